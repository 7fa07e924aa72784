"""What API, CLI, scheduler and a script hold of NetPulse."""

from netpulse_core.controller.netpulse import NetPulse

__all__ = ["NetPulse"]
