"""Diagnostic reads: jobs that hold no device, and of which a device has one at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

HELD = "state IN ('running', 'pushing', 'in_doubt')"
HOLDS = sa.text(f"{HELD} AND behind IS NULL AND diagnostic IS NULL")
DIAGNOSES = sa.text(f"{HELD} AND diagnostic IS NOT NULL")


def upgrade() -> None:
    """Leave diagnostic reads out of what holds a device; no job of before is one."""
    op.add_column("jobs", sa.Column("diagnostic", sa.Boolean(), nullable=True))
    op.drop_index("ux_jobs_device_held", table_name="jobs")
    op.create_index(
        "ux_jobs_device_held", "jobs", ["device_key"], unique=True, sqlite_where=HOLDS, postgresql_where=HOLDS
    )
    op.create_index(
        "ux_jobs_device_diagnosed",
        "jobs",
        ["device_key"],
        unique=True,
        sqlite_where=DIAGNOSES,
        postgresql_where=DIAGNOSES,
    )
