"""Versions of configurations, captures in quarantine, and what of them is sealed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

UNJUDGED = sa.text("origin IS NULL")
UNDECIDED = sa.text("accepted_at IS NULL")


def _capture() -> list[Any]:
    return [
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("driver", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.Double(), nullable=False),
        sa.Column("last_seen_at", sa.Double(), nullable=False),
        sa.Column("captures", sa.Integer(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("last_run", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("raw_size", sa.Integer(), nullable=False),
        sa.Column("redacted", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("accepted_reason", sa.Text(), nullable=True),
    ]


def upgrade() -> None:
    """Create the tables of configurations."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "config_sealed",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_config_sealed_key", "config_sealed", ["key_id"])
    op.create_table(
        "config_versions",
        sa.Column("id", number, nullable=False, autoincrement=True),
        *_capture(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("runs", sa.JSON(), nullable=True),
        sa.Column("added", sa.Integer(), nullable=True),
        sa.Column("removed", sa.Integer(), nullable=True),
        sa.Column("unexplained", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["redacted"], ["blobs.hash"]),
        sa.ForeignKeyConstraint(["sealed"], ["config_sealed.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("device", "number", name="ux_config_versions_number"),
    )
    op.create_index("ix_config_versions_redacted", "config_versions", ["redacted"])
    op.create_index("ix_config_versions_last_seen", "config_versions", ["last_seen_at"])
    op.create_index(
        "ix_config_versions_unjudged", "config_versions", ["id"], sqlite_where=UNJUDGED, postgresql_where=UNJUDGED
    )
    op.create_table(
        "config_suspects",
        sa.Column("id", sa.Text(), nullable=False),
        *_capture(),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("accepted_at", sa.Double(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["redacted"], ["blobs.hash"]),
        sa.ForeignKeyConstraint(["sealed"], ["config_sealed.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_config_suspects_device", "config_suspects", ["device", "last_seen_at"])
    op.create_index("ix_config_suspects_redacted", "config_suspects", ["redacted"])
    op.create_index(
        "ix_config_suspects_undecided",
        "config_suspects",
        ["last_seen_at"],
        sqlite_where=UNDECIDED,
        postgresql_where=UNDECIDED,
    )
