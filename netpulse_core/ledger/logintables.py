"""The tables of logins: host keys, breakers, credentials that were refused, and which one a device took last."""

from sqlalchemy import JSON, Boolean, Column, Double, ForeignKey, Index, Integer, LargeBinary, Table, Text, false, text

from netpulse_core.ledger.tables import metadata

FIRST = text("first_use")

host_keys = Table(
    "host_keys",
    metadata,
    Column("address", Text, primary_key=True),
    Column("port", Integer, primary_key=True),
    Column("algorithm", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("blob", LargeBinary, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("first_seen_at", Double, nullable=False),
    Column("seen_by", Text, nullable=False),
    Column("first_use", Boolean, nullable=False),
    Index("ix_host_keys_device", "device"),
    # One key is believed on first use, whatever its algorithm: of two workers that pin at once, the second is told so.
    Index("ux_host_keys_first_use", "address", "port", unique=True, sqlite_where=FIRST, postgresql_where=FIRST),
)

breakers = Table(
    "breakers",
    metadata,
    Column("endpoint", Text, primary_key=True),
    Column("driver", Text, primary_key=True),
    Column("device", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("open_until", Double),
    Column("probe_until", Double),
    Column("probe", Text),
    Column("failed_at", Double),
    Column("last_error", Text, nullable=False),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user", Text, nullable=False),
    Column("braked_at", Double),
    Column("devices", JSON, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("credential", Text, ForeignKey("credentials.id"), primary_key=True),
    Column("endpoint", Text, primary_key=True),
    Column("device", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("spared", Boolean, nullable=False, server_default=false()),
)

taken = Table(
    "taken_credentials",
    metadata,
    Column("device", Text, primary_key=True),
    Column("driver", Text, primary_key=True),
    Column("name", Text),
    Column("position", Integer),
    Column("user", Text),
    Column("at", Double),
    Column("since", Double),
    Column("refused", JSON, nullable=False),
)
