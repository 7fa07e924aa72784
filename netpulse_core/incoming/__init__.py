"""Webhooks in: the files that define hooks, the signatures that prove senders, and what a body asks for."""
