"""Where NetPulse's own keys are kept: settings that are `env:NAME` or `file:PATH`, and what stands there."""

from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from netpulse_core.blame import referred

_MAY_REFER = ("ledger", "broker", "secret_key", "store_keys")
"""Settings that hold secrets, and so may be `env:NAME` or `file:PATH`."""


def read(settings: BaseSettings) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what stands behind the settings that refer to a variable or a file, and those references."""
    told: dict[str, Any] = {}
    kept: list[str] = []
    for key in _MAY_REFER:
        value = getattr(settings, key)
        said = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not said:
            continue
        found = referred(settings.site, key, said)  # type: ignore[attr-defined]
        told[key] = SecretStr(found) if isinstance(value, SecretStr) else found
        if said.partition(":")[0] in ("env", "file"):
            kept.append(said)
    return told, tuple(kept)
