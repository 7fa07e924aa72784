"""The tables of the audit: its records, chained, and where the chain begins and ends."""

from sqlalchemy import JSON, BigInteger, Column, Double, Index, Integer, Table, Text

from netpulse_core.ledger.tables import metadata

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Column("number", BigInteger),
    Column("mac", Text),
    Index("ux_audit_number", "number", unique=True),
)

audit_ends = Table(
    "audit_ends",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("mac", Text, nullable=False),
    Column("proof", Text, nullable=False),
)
