"""How long a worker may be silent: of the environment, being the same for each process of an installation."""

import os

LEASE = float(os.environ.get("NETPULSE_LEASE") or 15)
"""Seconds a node may be silent before its work is taken from it; a shorter one takes short pauses for deaths."""
