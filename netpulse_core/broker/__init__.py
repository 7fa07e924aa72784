"""Doorbells and live events: hints that may be lost, doubled or forged; the only room with huey and redis."""
