"""What was fetched from devices is sealed, and so are parameters in which secrets stand."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add what is sealed and the keys of it; what was kept of runs before stays as it is, until they are forgotten."""
    for table in ("file_contents", "runs", "schedules"):
        op.add_column(table, sa.Column("key_id", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("wrapped", sa.LargeBinary(), nullable=True))
    for table in ("runs", "schedules"):
        op.add_column(table, sa.Column("sealed", sa.LargeBinary(), nullable=True))
        op.add_column(table, sa.Column("shown", sa.JSON(), nullable=True))
    sealed = sa.text("wrapped IS NOT NULL")
    op.create_index("ix_runs_sealed", "runs", ["key_id"], sqlite_where=sealed, postgresql_where=sealed)
