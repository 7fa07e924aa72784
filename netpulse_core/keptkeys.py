"""Where NetPulse's own keys are kept: settings that are `env:NAME` or `file:PATH`, and what stands there."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from netpulse_core.blame import referred

MAY_REFER = ("ledger", "broker", "secret_key", "store_keys")
"""Settings that hold secrets, and so may be `env:NAME` or `file:PATH`."""


def read(site: Path, given: Mapping[str, str | SecretStr | None]) -> tuple[dict[str, str | SecretStr], tuple[str, ...]]:
    """Return what stands behind the settings that refer to a variable or a file, and those references."""
    told: dict[str, str | SecretStr] = {}
    kept: list[str] = []
    for key, value in given.items():
        said = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not said:
            continue
        found = referred(site, key, said)
        told[key] = SecretStr(found) if isinstance(value, SecretStr) else found
        if said.partition(":")[0] in ("env", "file"):
            kept.append(said)
    return told, tuple(kept)
