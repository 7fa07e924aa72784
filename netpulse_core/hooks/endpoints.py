"""The endpoints of all notifiers: one name, one endpoint."""

from collections.abc import Mapping

from netpulse_core.errors import PluginError
from netpulse_core.model.notifier import Endpoint, Notifier


def endpoints_of(notifiers: Mapping[str, tuple[str, Notifier]]) -> dict[str, tuple[Notifier, Endpoint]]:
    """Return every endpoint by its name; raise PluginError where two have one name."""
    found: dict[str, tuple[Notifier, Endpoint]] = {}
    for _, (plugin, notifier) in sorted(notifiers.items()):
        for one in notifier.endpoints():
            if one.name in found:
                raise PluginError(f"endpoint {one.name!r} is there twice, the second of {plugin}", plugin=plugin)
            found[one.name] = (notifier, one)
    return found
