"""The tables of freezes."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Table, Text, text

from netpulse_core.ledger.tables import metadata

IN_FORCE = text("thawed_at IS NULL")

freezes = Table(
    "freezes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("target", Text),
    Column("reason", Text, nullable=False),
    Column("reads_too", Boolean, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("until_at", Double),
    Column("thawed_at", Double),
    Column("thawed_by", Text),
    Index("ix_freezes_in_force", "created_at", sqlite_where=IN_FORCE, postgresql_where=IN_FORCE),
)

freeze_devices = Table(
    "freeze_devices",
    metadata,
    Column("freeze", Text, ForeignKey("freezes.id"), primary_key=True),
    Column("device_key", Text, primary_key=True),
)

freeze_revisions = Table(
    "freeze_revisions",
    metadata,
    Column("freeze", Text, ForeignKey("freezes.id"), primary_key=True),
    Column("revision", Text, primary_key=True),
)
