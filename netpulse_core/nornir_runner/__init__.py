"""NetPulse as a Nornir runner: registered runbooks sent to a service, or any callable over a pool of this process."""

from netpulse_core.nornir_runner.runner import NetPulseRunner
from netpulse_core.nornir_runner.travelling import Registered

__all__ = ["NetPulseRunner", "Registered"]
