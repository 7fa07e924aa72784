"""A cassette: the script of a device with what is known of its recording, in YAML that a person can read and write."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import yaml

from netpulse_core.lab.script import Script

VERSION = 1

_HEAD = """\
# A recorded session of {device}. Replay it: netpulse lab up --cassette {file}
# What is known to be a secret, or looks like one, was masked. Read it all the same before you give it away.
"""
_NO_BLOCK = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]")


@dataclass(frozen=True, kw_only=True)
class Cassette(Script):
    """A script and where it comes from; one that a person wrote needs only what a script needs.

    cassette: the version of this format
    platform: what the inventory calls the device's platform
    recorded: of which `device`, over which `driver`, `by` which program, `at` what time
    redacted: what was masked, and how often
    """

    cassette: int = VERSION
    platform: str = ""
    recorded: Mapping[str, str] = field(default_factory=dict)
    redacted: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Make one of plain values; raises ValueError where they tell no cassette, or one of a later version."""
        version = values.get("cassette", VERSION) if isinstance(values, Mapping) else VERSION
        if version != VERSION:
            raise ValueError(f"cassette: version {version} is not known here, but {VERSION}")
        for name in ("recorded", "redacted"):
            if isinstance(values, Mapping) and not isinstance(values.get(name, {}), Mapping):
                raise ValueError(f"{name}: must be a mapping")
        return super().of(values)

    @property
    def device(self) -> str:
        """The name of the device it was recorded of, or nothing."""
        return str(self.recorded.get("device", ""))


def text(values: Mapping[str, Any], file: str) -> str:
    """Return the values of a cassette as the text of a file of this name; what several lines say is a block of them."""
    device = values.get("recorded", {}).get("device", "a device")
    told = yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return _HEAD.format(device=device, file=file) + str(told)


class _Dumper(yaml.SafeDumper):
    """Writes lines as lines also where one of them ends in a space, which devices say a lot and YAML allows."""

    def analyze_scalar(self, scalar: str) -> Any:
        found = super().analyze_scalar(scalar)
        found.allow_block = found.allow_block or not _NO_BLOCK.search(scalar)
        return found


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = '"' if _NO_BLOCK.search(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
