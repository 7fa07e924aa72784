"""One seed: an installation, its load, its adversary, and what came of it."""

import json
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.faults import asks, checker, record
from tests.faults.adversary import Adversary
from tests.faults.installation import Installation, Kind, installed
from tests.faults.journal import Journal
from tests.faults.load import Load
from tests.faults.person import Person
from tests.faults.plan import Blow, plan
from tests.faults.record import Record
from tests.faults.spans import Span
from tests.servers.process import ServerFailed

UP = 60.0
"""Seconds in which all its processes are at work, and in which a person has looked at every device in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of it; `length` is the seconds over which requests and blows are spread."""

    devices: int
    workers: int
    pushes: int
    reads: int
    length: float
    patience: float
    """Seconds that NetPulse is given to find out by itself what is in doubt."""
    blows: Mapping[Blow, int]


@dataclass(slots=True, kw_only=True)
class Result:
    """What one seed came to."""

    seed: int
    kind: Kind
    pushes: int = 0
    reached: int = 0
    """Pushes of which a device saw a line."""
    reads: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    """Of the pushes."""
    blows: dict[str, int] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    """Blows that could not be struck."""
    doubts: int = 0
    """Pushes that were in doubt at some time."""
    resolved: int = 0
    """Those of them that a person had to look at."""
    sent_again: int = 0
    """Requests after which the caller did not know whether they had been accepted."""
    drained: float = 0.0
    """Seconds from the last blow until every job had its outcome, or was seen to be in doubt."""
    lasted: float = 0.0
    violations: list[dict[str, str]] = field(default_factory=list)
    evidence: str = ""
    """The folder of logs, journal and record; kept where a violation was found."""

    @property
    def told(self) -> str:
        """What was violated, in words; empty where nothing was."""
        found = ["\n".join(one.values()) for one in self.violations]
        return "\n\n".join([*found, f"all of it: {self.evidence}"]) if found else ""


def run(kind: Kind, seed: int, size: Size, *, keep: bool = False) -> Result:
    """Run one seed and hold what the ledger says against what the devices saw; a good one leaves nothing behind."""
    result, began = Result(seed=seed, kind=kind), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix=f"netpulse-faults-{kind}-{seed}-"))
    folder.chmod(0o711)  # PostgreSQL runs as another user than root
    vouches = seed % 2 == 0  # that its standby lacks no commit, which is true of all
    with installed(kind, folder, devices=size.devices, workers=size.workers, vouches=vouches) as target:
        if not _came_true(target, "/v1/nodes", {}, lambda said: len(said["nodes"]) >= size.workers, UP):
            raise ServerFailed(f"it did not come up within {UP:.0f} s: {folder / 'logs'}")
        load = _put_through(target, seed, size, result)
        asleep = target.asleep
        for name, program in target.programs.items():
            if not program.drain():
                result.violations.append({"what": "did not end at SIGTERM", "where": name, "evidence": ""})
        said = record.read(target.ledger_url)
        journal = target.devices.journal.follow()
    _judge(result, said, journal, load, asleep)
    result.lasted = round(time.monotonic() - began, 1)
    if result.violations or keep:
        result.evidence = str(folder)
        (folder / "record.json").write_text(json.dumps(asdict(said), indent=1))
        (folder / "result.json").write_text(json.dumps(asdict(result), indent=1))
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def _put_through(target: Installation, seed: int, size: Size, result: Result) -> Load:
    """Send the load while the adversary strikes, mend, and wait until all is settled."""
    adversary = Adversary(target)
    load = Load(target.url, target.key, lambda: adversary.at)
    person = Person(target.url, target.key, target.devices, patience=size.patience)
    wanted = asks.asks(seed, target.devices.names, pushes=size.pushes, reads=size.reads, length=size.length)
    with person.at_work():
        sending = threading.Thread(target=load.send, args=(wanted,), name="load", daemon=True)
        sending.start()
        adversary.strike(plan(seed, size.blows, size.length))
        adversary.mend()
        mended = time.monotonic()
        sending.join()
        for which, within in (({"finished": "false"}, asks.DEADLINE + checker.LATE), ({"verdict": "in_doubt"}, UP)):
            _came_true(target, "/v1/runs", {"limit": "1", **which}, lambda said: not said["runs"], within)
            result.drained = result.drained or round(time.monotonic() - mended, 1)
    result.blows = dict(sorted(adversary.done.items()))
    result.missed, result.sent_again = adversary.missed, load.errors
    return load


def _came_true(
    target: Installation, path: str, which: Mapping[str, str], true: Callable[[Any], bool], within: float
) -> bool:
    """Wait until it is true of what the API says; False where it did not come true."""
    headers, until = {"Authorization": f"Bearer {target.key}"}, time.monotonic() + within
    with httpx.Client(base_url=target.url, headers=headers, timeout=5.0, trust_env=False) as client:
        while time.monotonic() < until:
            with suppress(httpx.HTTPError):  # a process of it is only just starting
                if true(client.get(path, params=dict(which)).raise_for_status().json()):
                    return True
            time.sleep(0.2)
    return False


def _judge(result: Result, said: Record, journal: Journal, load: Load, asleep: Sequence[Span]) -> None:
    result.violations += [asdict(one) for one in checker.violations(said, journal, load.answers, asleep)]
    result.violations += [{"what": "not accepted", "where": one, "evidence": ""} for one in load.refusals]
    pushes = [job for job in said.jobs if job.changes]
    result.pushes, result.reads = len(pushes), len(said.jobs) - len(pushes)
    result.doubts, result.resolved = sum(job.doubted for job in pushes), sum(job.resolved for job in pushes)
    result.outcomes = dict(sorted(Counter(str(job.outcome) for job in pushes).items()))
    named = ((asks.named(line.text), line.session.device) for line in journal.lines)
    result.reached = len({(name[0], device) for name, device in named if name is not None})
