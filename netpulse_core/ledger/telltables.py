"""The tables of telling: who is told of events, and how far."""

from sqlalchemy import BigInteger, Column, Double, Table, Text

from netpulse_core.ledger.tables import metadata

observers = Table(
    "observers",
    metadata,
    Column("plugin", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("holder", Text),
    Column("seen_at", Double, nullable=False),
)
