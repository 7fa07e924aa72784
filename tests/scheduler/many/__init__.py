"""Several scheduler processes that are killed, over a ledger that crashes, on machines whose clocks are wrong."""
