"""Logins: host keys, breakers, credentials that were refused, and what a job waits on."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

WAITS = sa.text("waits_on IS NOT NULL")
FIRST = sa.text("first_use")


def upgrade() -> None:
    """Create the tables of logins, and give a job a word for what it waits on."""
    _host_keys()
    op.create_table(
        "breakers",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("driver", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.Double(), nullable=True),
        sa.Column("probe_until", sa.Double(), nullable=True),
        sa.Column("probe", sa.Text(), nullable=True),
        sa.Column("failed_at", sa.Double(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", "driver"),
    )
    op.create_table(
        "credentials",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("braked_at", sa.Double(), nullable=True),
        sa.Column("devices", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "refusals",
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["credential"], ["credentials.id"]),
        sa.PrimaryKeyConstraint("credential", "endpoint"),
    )
    op.add_column("jobs", sa.Column("waits_on", sa.Text(), nullable=True))
    op.create_index("ix_jobs_waits_on", "jobs", ["waits_on"], sqlite_where=WAITS, postgresql_where=WAITS)


def _host_keys() -> None:
    op.create_table(
        "host_keys",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.Double(), nullable=False),
        sa.Column("seen_by", sa.Text(), nullable=False),
        sa.Column("first_use", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("address", "port", "algorithm", "state"),
    )
    op.create_index("ix_host_keys_device", "host_keys", ["device"])
    op.create_index(
        "ux_host_keys_first_use",
        "host_keys",
        ["address", "port"],
        unique=True,
        sqlite_where=FIRST,
        postgresql_where=FIRST,
    )
