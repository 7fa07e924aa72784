"""Webhooks: events as signed HTTPS requests, to the endpoints of [plugins.webhooks]."""

from netpulse_core import Notifier, PluginSettings, hookimpl
from netpulse_core.builtins.webhooks.notifier import Webhooks
from netpulse_core.builtins.webhooks.settings import Settings

settings = PluginSettings(Settings)


@hookimpl
def register_notifiers() -> list[Notifier]:
    """Offer the notifier."""
    return [Webhooks(settings)]
