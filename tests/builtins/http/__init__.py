"""The drivers over HTTP."""
