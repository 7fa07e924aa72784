"""Where schedules come from, who paused them, and what became of each due time."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

WAITS = sa.text("state = 'queued'")


def upgrade() -> None:
    """Add the columns; schedules that exist are those of files, and fires were what their run and problem say."""
    for name in ("source", "made_by", "paused_by", "paused_for"):
        op.add_column("schedules", sa.Column(name, sa.Text(), nullable=True))
    for name in ("paused_at", "passed"):
        op.add_column("schedules", sa.Column(name, sa.Double(), nullable=True))
    op.add_column("fires", sa.Column("state", sa.Text(), nullable=True))
    op.add_column("fires", sa.Column("since", sa.Double(), nullable=True))
    op.add_column("fires", sa.Column("due_times", sa.Integer(), nullable=True))
    op.create_index("ix_fires_queued", "fires", ["schedule"], sqlite_where=WAITS, postgresql_where=WAITS)
