"""The tables of maintenance windows, as nodes read them: a book never changes once it is written."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, Table, Text

from netpulse_core.ledger.tables import metadata

window_books = Table(
    "window_books",
    metadata,
    Column("id", Text, primary_key=True),
    Column("made_at", Double, nullable=False),
)

window_devices = Table(
    "window_devices",
    metadata,
    Column("device_key", Text, primary_key=True),
    Column("book", Text, ForeignKey("window_books.id"), primary_key=True),
    Column("reads", Boolean, primary_key=True),
    Column("calendar", Integer, nullable=False),
    Index("ix_window_devices_book", "book"),
)
"""Which calendar a device follows, for what changes it and for what only reads it; without a row it follows none."""

window_stretches = Table(
    "window_stretches",
    metadata,
    Column("book", Text, ForeignKey("window_books.id"), primary_key=True),
    Column("calendar", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("begins_at", Double, nullable=False),
    Column("ends_at", Double, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("words", Text, nullable=False),
    Index("ix_window_stretches_begin", "book", "calendar", "begins_at"),
)
"""When work may begin, and when it may not: without a gap, so that what is beyond the last is not known, and closed."""
