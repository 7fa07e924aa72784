"""Events that came through hooks, and the runs they made or were joined to."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Create the table of incoming events."""
    op.create_table(
        "hook_events",
        sa.Column("hook", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("devices", sa.JSON(), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("hook", "delivery", "run_id"),
    )
    op.create_index("ix_hook_events_run", "hook_events", ["run_id"])
    op.create_index("ix_hook_events_at", "hook_events", ["at"])
