"""Which run another repeats, and the unfinished runs found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

UNFINISHED = sa.text("verdict IS NULL")


def upgrade() -> None:
    """Let a run name the one it repeats."""
    op.add_column("runs", sa.Column("repeats", sa.Text(), nullable=True))
    op.create_index("ix_runs_unfinished", "runs", ["caller"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED)
