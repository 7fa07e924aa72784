"""The controller over real ledgers and brokers."""
