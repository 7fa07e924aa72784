"""Deliveries of events to endpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Create the table of deliveries."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("delivered_at", sa.Double(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_deliveries_endpoint", "deliveries", ["endpoint", "id"])
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["endpoint", "due_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
