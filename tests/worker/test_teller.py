"""Telling plugins: a raise and a hang harm nobody else, and what is not written down as told is told again."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from netpulse_core import events, hookimpl
from netpulse_core.hooks.manager import Plugins
from netpulse_core.lab import Lab
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import nodes
from netpulse_core.worker import listener
from netpulse_core.worker.teller import Teller
from tests.ledger.conftest import ledger, ledger_url, postgres_ledger, postgres_ledger_url, sqlite_template
from tests.ledger.work import Worker, accepted
from tests.runs.service import SECRET, VARIABLE, eventually, write_site

__all__ = ["ledger", "ledger_url", "postgres_ledger", "postgres_ledger_url", "sqlite_template"]

PATIENCE = 30.0


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweep more often than in life, and take longer over last words where the machine is busy."""
    monkeypatch.setattr("netpulse_core.worker.rounds.SWEEP", 0.2)
    monkeypatch.setattr("netpulse_core.worker.rounds.LAST_WORDS", PATIENCE)


class Observing:
    """A plugin that keeps what it hears, and does before that whatever a test wants."""

    def __init__(self, first: Callable[[events.Event], None] = lambda event: None) -> None:
        self.heard: list[events.Event] = []
        self.first = first

    @hookimpl
    def observe(self, event: events.Event) -> None:
        self.first(event)
        self.heard.append(event)

    def hears(self, count: int) -> None:
        """Return once it has heard so many."""
        eventually(lambda: len(self.heard) >= count, PATIENCE)


@contextmanager
def telling(ledger: Ledger, *plugins: Observing, name: str = "n1") -> Iterator[Teller]:
    """A node that lives for as long as it takes, and tells these plugins, `p0` and so on."""
    Worker(ledger, name)
    with ledger.database.write() as connection:
        connection.execute(update(nodes).values(lease_until=nodes.c.lease_until + 3600))
    loaded = Plugins((f"p{number}", plugin) for number, plugin in enumerate(plugins))
    teller = Teller(ledger.observers, loaded, SimpleNamespace(id=name, name=name))
    teller.start()
    try:
        yield teller
    finally:
        teller.stop()


def test_all_plugins_are_told_in_order_whatever_one_of_them_raises(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: events.Event) -> None:
        raise KeyError("no such ticket")

    broken, well = Observing(fail), Observing()
    with telling(ledger, broken, well):
        run = accepted(ledger, "d1", "d2")
        ledger.stopping.cancel(run, "ann")
        well.hears(5)
        eventually(lambda: caplog.text.count("plugin p0 failed in observe: KeyError") == 5, PATIENCE)
    assert [event.number for event in well.heard] == [1, 2, 3, 4, 5]
    assert ledger.observers.due(["p0", "p1"], "n1") == []


def test_a_plugin_that_leaves_by_sys_exit_is_told_of_each_event_once_and_that_is_logged(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []

    def leave(event: events.Event) -> None:
        asked.append(event.number)
        sys.exit("no ticket system")

    with telling(ledger, Observing(leave)):
        run = accepted(ledger, "d1")
        ledger.stopping.cancel(run, "ann")
        eventually(lambda: not ledger.observers.due(["p0"], "n1"), PATIENCE)
    assert asked == [1, 2, 3, 4]
    assert caplog.text.count("plugin p0 failed in observe: SystemExit: no ticket system") == 4


@pytest.mark.thorough
def test_a_plugin_that_does_not_return_harms_nobody_and_goes_on_once_it_does(
    ledger: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "BOUND", 0.3)
    free = threading.Event()

    def hang(event: events.Event) -> None:
        if event.number == 1 and not free.is_set():
            free.wait()

    slow, well = Observing(hang), Observing()
    with telling(ledger, slow, well) as teller:
        run = accepted(ledger, "d1")
        well.hears(1)
        eventually(lambda: f"plugin p0 did not return from observe(run.accepted of run {run})" in caplog.text, PATIENCE)
        ledger.stopping.cancel(run, "ann")
        well.hears(4)
        assert slow.heard == []
        free.set()
        slow.hears(4)
        eventually(lambda: not ledger.observers.due(["p0"], "n1"), PATIENCE)
        teller.wake()
    assert [event.number for event in slow.heard] == [1, 2, 3, 4]


def test_a_node_that_ends_does_not_wait_for_a_plugin_and_another_goes_on(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.worker.rounds.LAST_WORDS", 0.2)
    free, at_work = threading.Event(), threading.Event()

    def hang(event: events.Event) -> None:
        at_work.set()
        free.wait()

    slow, heir = Observing(hang), Observing()
    try:
        with telling(ledger, slow):
            run = accepted(ledger, "d1")
            assert at_work.wait(PATIENCE)
        with telling(ledger, heir, name="n2"):
            heir.hears(1)
    finally:
        free.set()
    assert [event.run for event in heir.heard] == [run]


def test_what_happened_just_before_the_end_is_still_told(ledger: Ledger) -> None:
    well = Observing()
    with telling(ledger, well):
        ledger.stopping.cancel(accepted(ledger, *(f"d{number}" for number in range(600))), "ann")
    assert [event.number for event in well.heard] == list(range(1, 604))


def test_two_nodes_tell_each_event_once(ledger: Ledger) -> None:
    one, two = Observing(), Observing()
    with telling(ledger, one) as first, telling(ledger, two, name="n2") as second:
        runs = []
        for number in range(40):
            runs.append(accepted(ledger, f"d{number}"))
            (first, second)[number % 2].wake()
        eventually(lambda: len(one.heard) + len(two.heard) >= 40, PATIENCE)
    assert sorted(event.run for event in one.heard + two.heard) == sorted(runs)


DYING = """
import os, signal
from pathlib import Path
from netpulse_core import events, hookimpl

heard = Path(__file__).parent.parent / "heard"

@hookimpl
def observe(event):
    with heard.open("a") as file:
        file.write(f"{event.run} {event.number} {event.kind}\\n")
    if isinstance(event, events.RunFinished) and heard.with_name("dies").exists():
        os.kill(os.getpid(), signal.SIGKILL)
"""
OWNER = """
import sys
from pathlib import Path
from netpulse_core import settings
from netpulse_core.embedded.process import Embedded
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.run import RunRequest
with Embedded(settings.load(Path(sys.argv[1])), port=0, scheduler=False) as embedded:
    if len(sys.argv) > 2:
        asked = RunRequest(runbook="send_commands", target="leaf1", parameters={"commands": [sys.argv[2]]})
        run = embedded.netpulse.submit(asked, LOCAL).run
        for _ in embedded.netpulse.watch(run):
            pass
"""


@pytest.mark.thorough
def test_a_process_that_dies_between_telling_and_writing_it_down_tells_again(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    site = write_site(lab, tmp_path)
    (site / "plugins" / "dying.py").write_text(DYING)
    (site / "dies").touch()
    command = [sys.executable, "-W", "ignore", "-c", OWNER, str(site)]
    died = subprocess.run([*command, "show version"], stdin=subprocess.DEVNULL, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    first = (site / "heard").read_text().splitlines()
    assert first[-1].endswith("run.finished")
    (site / "dies").unlink()
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True, timeout=60)
    again = (site / "heard").read_text().splitlines()[len(first) :]
    assert again
    assert again == first[-len(again) :]
