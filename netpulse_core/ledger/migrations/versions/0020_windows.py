"""Maintenance windows as nodes have read them, how long changes are expected to take, and overrides."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

WITH_BOOK = sa.text("book IS NOT NULL")


def upgrade() -> None:
    """Create the tables; runs and jobs that exist are bound by windows, and fit into what is left of any."""
    op.create_table(
        "window_books",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "window_devices",
        sa.Column("device_key", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("reads", sa.Boolean(), nullable=False),
        sa.Column("calendar", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["book"], ["window_books.id"]),
        sa.PrimaryKeyConstraint("device_key", "book", "reads"),
    )
    op.create_index("ix_window_devices_book", "window_devices", ["book"])
    op.create_table(
        "window_stretches",
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["book"], ["window_books.id"]),
        sa.PrimaryKeyConstraint("book", "calendar", "number"),
    )
    op.create_index("ix_window_stretches_begin", "window_stretches", ["book", "calendar", "begins_at"])
    op.add_column("nodes", sa.Column("book", sa.Text(), nullable=True))
    op.create_index("ix_nodes_book", "nodes", ["lease_until"], sqlite_where=WITH_BOOK, postgresql_where=WITH_BOOK)
    op.add_column("runs", sa.Column("override_window", sa.Text(), nullable=True))
    op.create_index("ix_runs_runbook", "runs", ["runbook", "finished_at"])
    op.add_column("jobs", sa.Column("expected", sa.Double(), nullable=True))
