"""Which credential a login uses: a keyed fingerprint that two logins share only when they send the same."""

import hashlib
import hmac
import json
from typing import Any

from netpulse_core.inventory.secrets import is_secret_key
from netpulse_core.ledger.brakes import Credential
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.logins import Sent

SHOWN = 12
"""Letters of the fingerprint: enough to tell apart the credentials of one site."""

_AFTER_THE_LOGIN = ("enable", "sudo", "become")
_NAMES = frozenset({"username", "user", "key_file", "client_keys", "use_keys", "allow_agent", "alt_key_file", "pkey"})


def credential(parameters: ConnectionParameters, key: bytes) -> Credential | None:
    """Return the credential of a login, None where it sends none; `key` is the site's secret key."""
    used = {str(name): value for name, value in parameters.extras.items() if _is_of_the_login(str(name))}
    user = str(used.get("username") or parameters.username or "")
    if not (user or parameters.password or used):
        return None
    return Credential(_fingerprint([user, parameters.password, used], key), user)


def sent(parameters: ConnectionParameters, key: bytes) -> Sent:
    """Return the ids of what a login sends: of the credential, and of that together with what is asked for after it."""
    found = credential(parameters, key)
    return Sent(
        "" if found is None else found.id,
        _fingerprint(["whole", parameters.username, parameters.password, parameters.extras], key),
    )


def _fingerprint(value: Any, key: bytes) -> str:
    text = json.dumps(value, sort_keys=True, default=repr)
    return hmac.new(key, f"credential {text}".encode(), hashlib.sha256).hexdigest()[:SHOWN]


def _is_of_the_login(name: str) -> bool:
    """Whether an option is part of what is sent to log in: an enable secret is asked for afterwards."""
    if name == "secret" or name.startswith(_AFTER_THE_LOGIN):
        return False
    return name in _NAMES or is_secret_key(name)
