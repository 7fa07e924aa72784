"""What a process does once it serves jobs until it is told to stop."""

from importlib import import_module

from netpulse_core.onecore import OneCore
from netpulse_core.settings import Settings
from netpulse_core.worker import collector

LOADED = ("netutils.config.clean",)
"""What the first job would else load while its device waits."""


def settle(settings: Settings) -> None:
    """Load what every job needs, have garbage collected seldom, and keep to one core where the site says so."""
    for module in LOADED:
        import_module(module)
    collector.seldom()
    if settings.one_core:
        OneCore().start()
