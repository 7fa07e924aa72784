"""A site whose templates a test writes, and its text service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.inventory.site import Site
from netpulse_core.text.service import Text

HOSTS = """\
leaf1:
  hostname: 192.0.2.11
  password: sesame
  groups: [ams]
  data: {rack: 7, snmp_community: hush, uplink: {peer: spine1, auth_key: hush}}
"""
GROUPS = "ams:\n  platform: cisco_ios\n  data: {site: ams, ntp_servers: [10.0.0.1, 10.0.0.2]}\n"

Texts = Callable[..., Text]


@contextmanager
def text_of(
    site: Path, templates: Mapping[str, str], plugins: Mapping[str, str] | None = None, **bounds: int
) -> Iterator[Text]:
    """Write a site of templates, and of plugins, and open its text service."""
    write(site / "templates", templates)
    write(site / "plugins", plugins or {})
    write(site / "inventory", {"hosts.yaml": HOSTS, "groups.yaml": GROUPS})
    told = settings.load(site)
    text = Text(told, Site.load(told), **bounds)
    try:
        yield text
    finally:
        text.close()


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[Texts]:
    """Return what makes a site of templates, and of plugins, and opens its text service."""
    with ExitStack() as stack:
        yield lambda *given, **bounds: stack.enter_context(text_of(tmp_path, *given, **bounds))


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
