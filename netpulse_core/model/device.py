"""A device as the site knows it, without its credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A Nornir host; `key` is the address it really has, so that two names of one box hold one lock."""

    DRIVER: ClassVar[str] = "netpulse_driver"
    """Inventory data, of a host, a group or the defaults: which driver its command line is spoken through."""

    name: str
    key: str
    address: str
    port: int | None = None
    platform: str | None = None
    groups: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
