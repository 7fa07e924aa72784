"""One process that is a whole NetPulse: ledger, broker, worker, scheduler and REST; it owns its site."""

from netpulse_core.embedded.process import Embedded
from netpulse_core.embedded.site_lock import Service, running_service

__all__ = ["Embedded", "Service", "running_service"]
