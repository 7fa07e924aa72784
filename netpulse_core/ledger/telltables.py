"""The tables of telling: who is told of events, how far, and what is on its way to endpoints."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, Table, Text, text

from netpulse_core.ledger.tables import metadata

WAITING = text("state = 'waiting'")

observers = Table(
    "observers",
    metadata,
    Column("plugin", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("holder", Text),
    Column("seen_at", Double, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("endpoint", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("run_id", Text),
    Column("number", Integer),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("holder", Text),
    Column("created_at", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("delivered_at", Double),
    Column("answer", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Index("ix_deliveries_endpoint", "endpoint", "id"),
    Index("ix_deliveries_waiting", "endpoint", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
)
