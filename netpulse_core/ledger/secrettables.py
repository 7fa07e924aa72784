"""The table of the secret store; what opens it is kept elsewhere."""

from sqlalchemy import Column, Double, LargeBinary, Table, Text

from netpulse_core.ledger.tables import metadata

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("changed_by", Text, nullable=False),
)
