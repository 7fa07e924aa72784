"""A site of three leaves and a controller over it, embedded and on servers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.settings import Settings

HOSTS = """
leaf1: {hostname: 192.0.2.1, platform: cisco_ios, data: {role: leaf}}
leaf2: {hostname: 192.0.2.2, platform: cisco_ios, data: {role: leaf}}
leaf3: {hostname: 192.0.2.3, platform: cisco_ios, data: {role: leaf}}
"""
PLUGIN = '''
from netpulse_core import Queue, Result, Task, runbook

@runbook
def look(task: Task, line: str = "show clock") -> Result:
    """Look."""
    return Result(host=task.host)

@runbook(changes=True)
def touch(task: Task) -> Result:
    """Touch."""
    return Result(host=task.host)

@runbook(queue=Queue.FIFO)
def ping(task: Task) -> Result:
    """Ping."""
    return Result(host=task.host)
'''
Open = Callable[..., NetPulse]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site on disk."""
    for folder, name, text in (("inventory", "hosts.yaml", HOSTS), ("plugins", "mine.py", PLUGIN)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    return tmp_path


@pytest.fixture
def opened(site: Path) -> Iterator[Open]:
    """Open the site with settings of one's own, each as another process would."""
    with ExitStack() as stack:
        yield lambda **changed: stack.enter_context(NetPulse.open(Settings(site=site, **changed)))


@pytest.fixture(params=["embedded", "distributed"])
def netpulse(request: pytest.FixtureRequest, opened: Open) -> NetPulse:
    """The controller in both of its lives."""
    if request.param == "embedded":
        return opened()
    url: str = request.getfixturevalue("postgres_url")
    ledger = Ledger(url)
    ledger.upgrade()
    ledger.close()
    return opened(ledger=url, broker=request.getfixturevalue("redis_url"), secret_key="a shared key")
