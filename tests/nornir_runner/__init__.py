"""NetPulse as a Nornir runner, and other people's tasks and inventories on it, unchanged."""
