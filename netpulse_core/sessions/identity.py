"""Which session is whose: two requests share one only when everything that opened it is the same."""

import hmac
import json
import secrets
from typing import Any

from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.model.session import SessionIdentity

_KEY = secrets.token_bytes(32)
"""Of this process alone: a fingerprint says nothing to whoever reads it elsewhere."""

_as_json = json.JSONEncoder(sort_keys=True, default=repr).encode  # made once: it is asked at every lending


def identity(driver: str, parameters: ConnectionParameters) -> SessionIdentity:
    """Return the identity of the session that these parameters open."""
    return SessionIdentity(
        driver=driver,
        address=parameters.address,
        port=parameters.port,
        user=parameters.username,
        credential=_fingerprint([parameters.username, parameters.password]),
        # the options hold keys and enable secrets too, so they are fingerprinted, not shown
        options=_fingerprint([parameters.platform, parameters.extras, _way(parameters)]),
    )


def _way(parameters: ConnectionParameters) -> list[Any]:
    """Return the jump hosts as data: behind two of them, one private address is two devices."""
    return [[jump.address, jump.port, jump.username, jump.password, jump.extras] for jump in parameters.jumps]


def _fingerprint(value: Any) -> str:
    return hmac.digest(_KEY, _as_json(value).encode(), "sha256").hex()[:16]
