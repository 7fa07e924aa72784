"""Connections on which somebody in between could read the credentials, because the inventory says so."""

from collections.abc import Iterator
from typing import Any

from netpulse_core.inventory.notice import Where

UNVERIFIED = "certificates are not verified: whoever stands in between reads the credentials"
GIVE_A_CA = "give `ca_file` the certificate of its issuer, and take `verify: false` away"
UNENCRYPTED = "credentials travel unencrypted: whoever stands in between reads them"
USE_ANOTHER = "take `ssh`, or `https` where the device has an API, instead"
USE_HTTPS = "take `scheme: http` away where the device speaks HTTPS"


_DEEPEST = 3
"""Keys above a host's own, in the whole inventory of a plugin; in a file there are fewer."""


def exposed(value: Any, where: Where = ()) -> Iterator[tuple[Where, str, str]]:
    """Yield what is exposed in an inventory file: the keys that lead there, what it means, and what to do."""
    if not isinstance(value, dict) or len(where) > _DEEPEST:
        return
    for key, item in value.items():
        if key == "connection_options" and isinstance(item, dict):
            for name, options in item.items():
                yield from _of(options, (*where, key, name))
        elif key != "data":
            yield from exposed(item, (*where, key))


def _of(options: Any, where: Where) -> Iterator[tuple[Where, str, str]]:
    extras = options.get("extras") if isinstance(options, dict) else None
    if not isinstance(extras, dict):
        return
    if extras.get("verify") is False:
        yield (*where, "extras", "verify"), UNVERIFIED, GIVE_A_CA
    if extras.get("scheme") == "http":
        yield (*where, "extras", "scheme"), UNENCRYPTED, USE_HTTPS
    optional = extras.get("optional_args")
    if isinstance(optional, dict):  # NAPALM's
        if optional.get("verify") is False:
            yield (*where, "extras", "optional_args", "verify"), UNVERIFIED, GIVE_A_CA
        for key in ("transport", "eos_transport"):
            if optional.get(key) in ("http", "telnet"):
                yield (*where, "extras", "optional_args", key), UNENCRYPTED, USE_ANOTHER
