"""One trial: blows at random instants, and what every due time became by the ledger's own clock."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.schedule import FireState, ScheduleStatus
from netpulse_core.timing.due import next_due
from tests.scheduler.conftest import HOSTS
from tests.scheduler.many.process import Scheduler
from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer

SKEWS = (-5.0, 0.0, 5.0)
STARTING = 90.0
"""Seconds that are waited for a process to be at work; a busy machine takes many."""

FILES = {
    "reads.yaml": "every: 2s",
    "spread.yaml": "every: 5s\njitter: 2s",
    "minutes.yaml": 'cron: "* * * * *"\ntimezone: Australia/Lord_Howe',
}
ASKED = """\
runbook: send_commands
target: role=leaf
parameters: {commands: [show version]}
overlap: allow
deadline: 5s
"""


@dataclass
class Found:
    """What a trial showed; lags are seconds from when a due time was to be fired until its run was recorded."""

    kills: int = 0
    crashes: int = 0
    due: int = 0
    fired: int = 0
    together: int = 0
    """Due times that passed while the ledger was away, and that another's run stands for."""
    double: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    """Due times that became something else than a run."""
    lags: list[float] = field(default_factory=list)
    lags_after_a_crash: list[float] = field(default_factory=list)
    """From when the ledger was back, of those that were due while it was away."""


def run(folder: Path, seed: int, *, kills: int, crashes: int, pause: tuple[float, float]) -> Found:
    """Put three schedulers through it, and count."""
    dice, found = Random(seed), Found()
    with ExitStack() as stack:
        postgres = stack.enter_context(closing(PostgresServer()))
        redis = stack.enter_context(closing(RedisServer()))
        url = postgres.url(postgres.create())
        ledger = stack.enter_context(closing(Ledger(url)))
        ledger.upgrade()
        env = {"NETPULSE_LEDGER": url, "NETPULSE_BROKER": redis.url, "NETPULSE_SECRET_KEY": "the key of a trial"}
        site = _site(folder / "site")
        schedulers = stack.enter_context(_schedulers(site, folder, env))
        _until(lambda: all(each.at_work for each in schedulers), schedulers)
        _until(lambda: len(ledger.schedules.all()) == len(FILES), schedulers)
        away: list[tuple[float, float]] = []
        blows = ["kill"] * kills + ["crash"] * crashes
        dice.shuffle(blows)
        for blow in blows:
            time.sleep(dice.uniform(*pause))
            if blow == "kill":
                _kill(dice, ledger, schedulers)
                found.kills += 1
            else:
                away.append(_crash(postgres))
                found.crashes += 1
            _until(lambda: sum(each.at_work for each in schedulers) >= len(schedulers) - 1, schedulers)
        _until(lambda: all(each.at_work for each in schedulers), schedulers)
        end = ledger.database.now()
        _until(lambda: _all_done(ledger, end), schedulers)
        for status in ledger.schedules.all():
            _count(found, status, ledger, away, end)
    return found


def _all_done(ledger: Ledger, end: float) -> bool:
    """Whether nothing that was due by then is still to come: what is not there now was lost."""
    for each in ledger.schedules.all():
        due = next_due(each.schedule, each.anchor, each.after)
        if due is not None and each.schedule.starts(due) <= end:
            return False
    return True


def _site(folder: Path) -> Path:
    (folder / "inventory").mkdir(parents=True)
    (folder / "inventory" / "hosts.yaml").write_text(HOSTS)
    (folder / "schedules").mkdir()
    for name, when in FILES.items():
        (folder / "schedules" / name).write_text(f"{ASKED}{when}\n")
    return folder


@contextmanager
def _schedulers(site: Path, folder: Path, env: dict[str, str]) -> Iterator[list[Scheduler]]:
    found = [Scheduler(number, skew, site, folder, env) for number, skew in enumerate(SKEWS)]
    try:
        yield found
    finally:
        for each in found:
            each.stop()


def _until(happened: Callable[[], bool], schedulers: list[Scheduler]) -> None:
    limit = time.monotonic() + STARTING
    while not happened():
        assert time.monotonic() < limit, f"it did not happen in time: {schedulers[0].log.read_text()[-2000:]}"
        for each in schedulers:
            each.revive()
        time.sleep(0.05)


def _kill(dice: Random, ledger: Ledger, schedulers: list[Scheduler]) -> None:
    """Kill one, half of the times just as something is due: then it may be in the midst of a fire."""
    if dice.random() < 0.5:
        reads = ledger.schedules.one("reads")
        now = ledger.database.now()
        due = next_due(reads.schedule, reads.anchor, now) or now
        time.sleep(max(0.0, due - now + dice.uniform(0.0, 0.04)))
    dice.choice(schedulers).kill()


def _crash(postgres: PostgresServer) -> tuple[float, float]:
    began = time.time()
    postgres.crash()
    postgres.start()
    return began, time.time()


def _count(found: Found, status: ScheduleStatus, ledger: Ledger, away: list[tuple[float, float]], end: float) -> None:
    runs = {run.id: run for run in ledger.runs.page(limit=100_000, schedule=status.name)}
    fires = ledger.fires.page(status.name, 100_000)
    of_fires = Counter(fire.run for fire in fires)
    found.double += [f"{status.name}: run {run} of no fire" for run in runs.keys() - of_fires.keys()]
    found.double += [f"{status.name}: {number} fires of run {run}" for run, number in of_fires.items() if number > 1]
    due = next_due(status.schedule, status.anchor, status.anchor)
    while due is not None and (start := status.schedule.starts(due)) <= end:
        found.due += 1
        fire = next((one for one in fires if (one.since or one.due_at) <= due <= one.due_at), None)
        if fire is None:
            found.missing.append(f"{status.name} due {due}")
        elif fire.state is not FireState.FIRED or fire.run is None:
            found.other.append(f"{status.name} due {due}: {fire.state.value} {fire.problem}")
        else:
            found.fired += fire.due_at == due
            found.together += fire.due_at != due
            _lag(found, start, runs[fire.run].accepted_at, away)
        due = next_due(status.schedule, status.anchor, due)


def _lag(found: Found, start: float, accepted_at: float, away: list[tuple[float, float]]) -> None:
    back = max((until for since, until in away if since - 1.0 <= start <= until), default=None)
    if back is None:
        found.lags.append(accepted_at - start)
    else:
        found.lags_after_a_crash.append(max(accepted_at - max(back, start), 0.0))
