"""What API, CLI, scheduler and a script hold of NetPulse."""

from netpulse_core.controller.netpulse import NetPulse
from netpulse_core.controller.opening import opened

__all__ = ["NetPulse", "opened"]
