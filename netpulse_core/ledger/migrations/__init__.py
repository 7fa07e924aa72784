"""How the ledger's shape came to be, step by step."""
