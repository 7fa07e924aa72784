"""The broker, in memory and on a real Redis."""
