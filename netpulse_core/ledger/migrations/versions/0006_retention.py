"""Retention: what was removed of a run, since when a text is kept, and who is at which chore."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

WITH_OUTPUTS = sa.text("outputs_removed_at IS NULL")
WITH_EVENTS = sa.text("events_removed_at IS NULL")


def upgrade() -> None:
    """Let runs age out, and find what nothing needs any more."""
    op.add_column("runs", sa.Column("outputs_removed_at", sa.Double(), nullable=True))
    op.add_column("runs", sa.Column("events_removed_at", sa.Double(), nullable=True))
    op.create_index("ix_runs_finished", "runs", ["finished_at"])
    for name, where in (("ix_runs_with_outputs", WITH_OUTPUTS), ("ix_runs_with_events", WITH_EVENTS)):
        op.create_index(name, "runs", ["finished_at"], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_outputs_blob", "outputs", ["blob"])
    op.add_column("blobs", sa.Column("stored_at", sa.Double(), nullable=True))
    op.create_table(
        "chores",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.Column("in_hand", sa.JSON(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
