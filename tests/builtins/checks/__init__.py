"""The checks that come with NetPulse, and the runbook that judges devices by them."""
