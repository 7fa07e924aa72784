"""The run protocol, walked in full: a small model of it, and the ledger held to the model."""
