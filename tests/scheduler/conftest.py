"""A site with schedules on disk, and ledgers to fire them on."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.settings import Settings

HOSTS = """
leaf1: {hostname: 192.0.2.1, platform: cisco_ios, username: u, data: {role: leaf}}
leaf2: {hostname: 192.0.2.2, platform: cisco_ios, username: u, data: {role: leaf}}
"""
NIGHTLY = """
runbook: send_commands
target: role=leaf
cron: "0 2 * * *"
parameters: {commands: [show version]}
"""

ASKED = """
from pathlib import Path
from netpulse_core import hookimpl

@hookimpl
def refuse_run(runbook):
    with (Path(__file__).parent.parent / "asked").open("a") as asked:
        asked.write("asked\\n")
"""
"""A plugin that keeps count of how often it is asked."""

WriteSchedule = Callable[..., Path]
Open = Callable[..., NetPulse]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with two leaves and no schedule."""
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts.yaml").write_text(HOSTS)
    (tmp_path / "schedules").mkdir()
    return tmp_path


@pytest.fixture
def write(site: Path) -> WriteSchedule:
    """Write one schedule file, the text dedented, in one step as an editor does."""

    def written(text: str, name: str = "nightly.yaml") -> Path:
        path = site / "schedules" / name
        half = path.with_suffix(".half")
        half.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return half.replace(path)

    return written


@pytest.fixture
def opened(site: Path) -> Iterator[Open]:
    """Open the site over a ledger, as often as asked: each time another process would."""
    with ExitStack() as stack:
        yield lambda ledger="": stack.enter_context(NetPulse.open(Settings(site=site, ledger=ledger)))
