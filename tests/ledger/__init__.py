"""The ledger, over SQLite and PostgreSQL alike."""
