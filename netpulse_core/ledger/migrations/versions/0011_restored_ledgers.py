"""Several doubts of one device, of which one holds it: a ledger that was restored has them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

HOLDS = sa.text("state IN ('running', 'pushing', 'in_doubt') AND behind IS NULL")
BEHIND = sa.text("behind IS NOT NULL")


def upgrade() -> None:
    """Let a job be in doubt behind another."""
    op.add_column("jobs", sa.Column("behind", sa.Boolean(), nullable=True))
    op.drop_index("ux_jobs_device_held", table_name="jobs")
    op.create_index(
        "ux_jobs_device_held", "jobs", ["device_key"], unique=True, sqlite_where=HOLDS, postgresql_where=HOLDS
    )
    op.create_index("ix_jobs_behind", "jobs", ["device_key"], sqlite_where=BEHIND, postgresql_where=BEHIND)
