"""One process that is a whole NetPulse: ledger, broker, worker, scheduler and REST; it owns its site."""
