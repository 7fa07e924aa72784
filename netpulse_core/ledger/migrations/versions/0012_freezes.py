"""Freezes, the devices they mean, and the site revisions they were read on."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

IN_FORCE = sa.text("thawed_at IS NULL")


def upgrade() -> None:
    """Create the tables of freezes."""
    op.create_table(
        "freezes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reads_too", sa.Boolean(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("until_at", sa.Double(), nullable=True),
        sa.Column("thawed_at", sa.Double(), nullable=True),
        sa.Column("thawed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_freezes_in_force", "freezes", ["created_at"], sqlite_where=IN_FORCE, postgresql_where=IN_FORCE)
    for table, column in (("freeze_devices", "device_key"), ("freeze_revisions", "revision")):
        op.create_table(
            table,
            sa.Column("freeze", sa.Text(), nullable=False),
            sa.Column(column, sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(["freeze"], ["freezes.id"]),
            sa.PrimaryKeyConstraint("freeze", column),
        )
