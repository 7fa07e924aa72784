"""What NetPulse is put through, and whether the devices saw what the ledger says."""
