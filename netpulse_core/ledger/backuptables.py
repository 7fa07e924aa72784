"""The tables of configurations: versions that are believed, captures that are not, and what is sealed."""

from sqlalchemy import (
    JSON,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from netpulse_core.ledger.tables import counter, metadata

UNJUDGED = text("origin IS NULL")
UNDECIDED = text("accepted_at IS NULL")

config_sealed = Table(
    "config_sealed",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_config_sealed_key", "key_id"),
)


def _capture() -> list[Column[object]]:
    """Return the columns that say of a capture what it was, whether it is believed or not."""
    return [
        Column("device", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("driver", Text, nullable=False),
        Column("platform", Text, nullable=False),
        Column("form", Text, nullable=False),
        Column("first_seen_at", Double, nullable=False),
        Column("last_seen_at", Double, nullable=False),
        Column("captures", Integer, nullable=False),
        Column("run", Text, nullable=False),
        Column("last_run", Text, nullable=False),
        Column("caller", Text, nullable=False),
        Column("lines", Integer, nullable=False),
        Column("size", Integer, nullable=False),
        Column("raw_size", Integer, nullable=False),
        Column("redacted", Text, ForeignKey("blobs.hash"), nullable=False),
        Column("sealed", Text, ForeignKey("config_sealed.id")),
        Column("accepted_by", Text),
        Column("accepted_reason", Text),
    ]


config_versions = Table(
    "config_versions",
    metadata,
    Column("id", counter, primary_key=True, autoincrement=True),
    *_capture(),
    Column("number", Integer, nullable=False),
    # What is found out after the capture was written: who made the change, and how large it is.
    Column("origin", Text),
    Column("runs", JSON),
    Column("added", Integer),
    Column("removed", Integer),
    Column("unexplained", Integer),
    UniqueConstraint("device", "number", name="ux_config_versions_number"),
    Index("ix_config_versions_redacted", "redacted"),
    Index("ix_config_versions_last_seen", "last_seen_at"),
    Index("ix_config_versions_unjudged", "id", sqlite_where=UNJUDGED, postgresql_where=UNJUDGED),
)

config_suspects = Table(
    "config_suspects",
    metadata,
    Column("id", Text, primary_key=True),
    *_capture(),
    Column("reasons", JSON, nullable=False),
    Column("accepted_at", Double),
    Column("version", Integer),
    Index("ix_config_suspects_device", "device", "last_seen_at"),
    Index("ix_config_suspects_redacted", "redacted"),
    Index("ix_config_suspects_undecided", "last_seen_at", sqlite_where=UNDECIDED, postgresql_where=UNDECIDED),
)

config_repositories = Table(
    "config_repositories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("which", Text, nullable=False),
    Column("remote", Text, nullable=False),
    Column("run", Text),
    Column("head", Text, nullable=False),
    Column("commits", Integer, nullable=False),
    Column("exported_at", Double),
    Column("pushed", Text, nullable=False),
    Column("pushed_at", Double),
    Column("failures", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    Column("retry_at", Double),
    Column("seen_at", Double, nullable=False),
)

config_exports = Table(
    "config_exports",
    metadata,
    Column("repository", Text, ForeignKey("config_repositories.id"), primary_key=True),
    Column("version", counter, ForeignKey("config_versions.id"), primary_key=True, autoincrement=False),
    Column("commit", Text, nullable=False),
    Index("ix_config_exports_version", "version"),
)
