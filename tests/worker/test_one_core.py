"""A serving process on one core: all its threads, not what it starts, and not where others need that core more."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netpulse_core.onecore import OneCore, anywhere, better, others
from tests.runs.service import eventually

_GIVEN = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset[int]()

needs_cores = pytest.mark.skipif(len(_GIVEN) < 2, reason="one core is all there is, or nobody can be put on one")

SERVES = """
import os, subprocess, sys, threading
from netpulse_core.onecore import OneCore, anywhere
here = "import os; print(len(os.sched_getaffinity(0)))"
def shown():
    return {len(os.sched_getaffinity(int(task))) for task in os.listdir("/proc/self/task")}
def child():
    return subprocess.run([sys.executable, "-c", here], stdout=subprocess.PIPE, text=True).stdout.strip()
held = threading.Event()
threading.Thread(target=held.wait, daemon=True).start()
one = OneCore()
one.start()
threading.Thread(target=held.wait, daemon=True).start()
print(shown(), child(), flush=True)
with anywhere():
    print(child(), len(os.sched_getaffinity(0)), flush=True)
print(shown(), flush=True)
one.stop()
print(shown(), child(), flush=True)
"""


@needs_cores
def test_every_thread_is_on_one_core_and_what_is_started_need_not_be() -> None:
    done = subprocess.run([sys.executable, "-c", SERVES], stdout=subprocess.PIPE, text=True, check=True)
    settled, started, again, over = done.stdout.splitlines()
    cores = len(_GIVEN)
    assert settled == "{1} 1", "a process inherits the core of the thread that starts it"
    assert started == f"{cores} {cores}"
    assert again == "{1}"
    assert over == f"{{{cores}}} {cores}"


@contextmanager
def _serving(site: Path) -> Iterator[int]:
    """`netpulse up` on a site, and its process id."""
    command = [sys.executable, "-W", "ignore", "-m", "netpulse_core", "--site", str(site), "up", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline()
            yield process.pid
        finally:
            process.terminate()
            process.wait(60)


def _site(path: Path) -> Path:
    (path / "inventory").mkdir()
    (path / "inventory" / "hosts.yaml").write_text("leaf1: {hostname: 192.0.2.1, platform: cisco_ios}\n")
    return path


def _cores_of(process: int) -> set[int]:
    """On how many cores each of its threads may be."""
    return {len(os.sched_getaffinity(int(task.name))) for task in Path(f"/proc/{process}/task").iterdir()}


SETTLES = """
import os, sys, threading
from pathlib import Path
from netpulse_core import settings
from netpulse_core.worker.serving import settle
settle(settings.load(Path(sys.argv[1])))
print(len(os.sched_getaffinity(0)), "one-core" in {thread.name for thread in threading.enumerate()})
"""


@needs_cores
@pytest.mark.parametrize(("said", "shown"), [("true", "1 True"), ("false", f"{len(_GIVEN)} False")])
def test_a_site_may_keep_all_its_cores(tmp_path: Path, said: str, shown: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", SETTLES, str(_site(tmp_path))]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | {"NETPULSE_ONE_CORE": said}
    )
    assert done.stdout.strip() == shown


def test_without_a_second_core_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    one = OneCore()
    one.start()
    assert one.here is None
    with anywhere():
        pass


def test_our_own_work_is_not_taken_for_that_of_others() -> None:
    before = {0: (10.0, 100.0), 1: (5.0, 100.0), 2: (0.0, 100.0)}
    after = {0: (11.0, 101.0), 1: (5.5, 101.0), 2: (0.9, 101.0)}
    assert others(before, after, 0, 0.9, frozenset({0, 1})) == pytest.approx({0: 0.1, 1: 0.5})
    assert others(before, after, 1, 0.9, frozenset({0, 1})) == pytest.approx({0: 1.0, 1: 0.0})


@pytest.mark.parametrize(
    ("taken", "there"),
    [
        ({0: 0.9, 1: 0.1}, 1),
        ({0: 0.24, 1: 0.2}, None),  # not worth it
        ({0: 0.1, 1: 0.9}, None),
        ({0: 0.9, 1: 0.9, 2: 0.5}, 2),
        ({1: 0.0}, 1),  # the core it was on is not there any more
    ],
)
def test_another_core_is_taken_where_it_is_so_much_freer(taken: dict[int, float], there: int | None) -> None:
    assert better(0, taken) == there


BUSY = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
while True:
    pass
"""


@needs_cores
@pytest.mark.fleet  # alone, or the other cores are not free either
def test_it_leaves_a_core_that_somebody_else_wants(tmp_path: Path) -> None:
    with _serving(_site(tmp_path)) as process:
        eventually(lambda: _cores_of(process) == {1})
        (here,) = os.sched_getaffinity(process)
        with subprocess.Popen([sys.executable, "-c", BUSY, str(here)]) as busy:
            try:
                eventually(lambda: os.sched_getaffinity(process) != {here}, within=60)
            finally:
                busy.kill()
