"""Cancelling is said of a job, not of its run."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Move the mark from runs to jobs; what runs at this moment keeps it."""
    op.add_column("jobs", sa.Column("cancel_at", sa.Double(), nullable=True))
    op.execute(
        "UPDATE jobs SET cancel_at = (SELECT cancel_at FROM runs WHERE runs.id = jobs.run_id) WHERE state = 'running'"
    )
    op.drop_column("runs", "cancel_at")
