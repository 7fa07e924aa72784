"""How many sessions there may be and for how long: of one device, of one node, by age and by silence."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.errors import Refused, SessionLost, TimedOut
from netpulse_core.lab import Device, Lab
from netpulse_core.model.connection import ConnectionParameters, SessionLimits
from netpulse_core.model.session import Move, SessionState
from netpulse_core.sessions.pool import Pool
from netpulse_core.sessions.session import Session
from tests.runs.service import eventually
from tests.sessions.borrowing import ask, job, pool_with, reaching


class Watch:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def pools() -> Iterator[Any]:
    made: list[Pool] = []

    def make(**values: Any) -> Pool:
        made.append(pool_with(**values))
        return made[-1]

    yield make
    for pool in made:
        pool.close()


def lend(pool: Pool, parameters: ConnectionParameters, timeout: float = 20.0, **how: Any) -> Session:
    return pool.lend(Netmiko(), parameters, timeout=timeout, **how)


def other(parameters: ConnectionParameters) -> ConnectionParameters:
    """The same device under another identity."""
    return replace(parameters, extras={"global_delay_factor": 1.0})


def test_an_idle_session_of_the_device_makes_room_for_another_identity(pools: Any, leaf: Device) -> None:
    pool = pools(most_of_a_device=1)
    ask(pool, reaching(leaf))
    ask(pool, other(reaching(leaf)))
    assert leaf.journal.logins == 2
    first, second = leaf.journal.sessions
    assert first.ended is not None
    assert first.ended <= second.began
    closed = [moved for moved in pool.moves.latest() if moved.move is Move.CLOSED]
    assert [moved.reason for moved in closed] == ["to make room on its device"]


def test_who_finds_every_session_in_use_waits_until_one_comes_back(pools: Any, leaf: Device) -> None:
    pool = pools(most_of_a_device=1)
    lent = lend(pool, reaching(leaf))
    got: list[Session] = []
    waiting = threading.Thread(target=lambda: got.append(lend(pool, other(reaching(leaf)))))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    assert leaf.journal.logins == 1
    pool.take_back(lent)
    waiting.join(20)
    assert len(got) == 1
    assert pool.moves.counters["waited_for_room"] == 1
    assert len(leaf.journal.live) == 1
    pool.take_back(got[0])


def test_who_waits_in_vain_is_told_what_is_in_the_way_and_may_try_again(pools: Any, leaf: Device) -> None:
    pool = pools(most_of_a_device=1)
    lent = lend(pool, reaching(leaf))
    with pytest.raises(TimedOut, match="no session came free in time: the 1 it may have") as caught:
        lend(pool, other(reaching(leaf)), timeout=0.8)
    assert caught.value.retryable
    assert caught.value.device == "leaf1"
    assert "max_sessions_per_device" in caught.value.hint
    assert leaf.journal.logins == 1
    pool.take_back(lent)
    assert [seen.state for seen in pool.sessions()] == [SessionState.CONNECTED]


def test_the_device_may_say_how_many_it_takes(pools: Any, leaf: Device) -> None:
    pool = pools(most_of_a_device=1)
    two = replace(reaching(leaf), limits=SessionLimits(most=2))
    lent = lend(pool, two), lend(pool, other(two))
    with pytest.raises(TimedOut):
        lend(pool, replace(two, extras={"global_delay_factor": 2.0}), timeout=0.6)
    for session in lent:
        pool.take_back(session)


def test_other_devices_do_not_wait(pools: Any, lab: Lab, leaf: Device) -> None:
    pool = pools(most_of_a_device=1)
    lent = lend(pool, reaching(leaf))
    assert "UTC" in ask(pool, reaching(lab.devices["leaf2"]))
    pool.take_back(lent)


def test_a_job_that_has_them_all_itself_need_not_wait_for_itself(pools: Any, leaf: Device) -> None:
    pool = pools(most_of_a_device=1)
    me = object()
    lent = lend(pool, reaching(leaf), borrower=me)
    with pytest.raises(Refused, match="this job already has the 1 sessions"):
        lend(pool, other(reaching(leaf)), timeout=600, borrower=me)
    pool.take_back(lent)


def test_a_failed_login_gives_its_room_back(pools: Any, leaf: Device) -> None:
    pool = pools(most_of_a_device=1)
    leaf.faults.refuse_login = True
    for _ in range(3):
        with pytest.raises(Exception, match="refused"):
            lend(pool, reaching(leaf))
    leaf.faults.heal()
    assert "UTC" in ask(pool, reaching(leaf))


def test_who_waits_when_the_pool_closes_is_told_so(pools: Any, leaf: Device) -> None:
    pool = pools(most_of_a_device=1)
    lend(pool, reaching(leaf))
    raised: list[BaseException] = []

    def wait() -> None:
        try:
            lend(pool, other(reaching(leaf)), timeout=60)
        except SessionLost as error:
            raised.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    waiting.join(0.3)
    pool.close()
    waiting.join(20)
    assert "stopping" in str(raised[0])


@pytest.mark.thorough
def test_many_jobs_on_one_device_never_have_more_sessions_than_it_may(pools: Any, leaf: Device) -> None:
    pool = pools(most_of_a_device=2)
    leaf.faults.login_delay = 0.05
    answers: list[str] = []

    def work(number: int) -> None:
        one = replace(reaching(leaf), extras={"global_delay_factor": 1.0 + number % 3})
        with job(pool, one, changes=number % 2 == 0) as lender:
            answers.append(lender.connection("netmiko").send_command("show clock"))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for worker in workers:
        worker.start()
    most = 0
    while any(worker.is_alive() for worker in workers):
        most = max(most, len(leaf.journal.live))
        time.sleep(0.005)
    assert len(answers) == 5
    assert 1 <= most <= 2


def test_what_comes_back_to_a_full_node_sends_away_what_was_used_longest_ago(pools: Any, lab: Lab) -> None:
    pool = pools(most=2)
    sessions = [lend(pool, reaching(lab.devices[name])) for name in ("leaf1", "leaf2", "leaf3")]
    assert len(pool) == 3
    for session in sessions:
        pool.take_back(session)
    assert len(pool) == 2
    eventually(lambda: not lab.devices["leaf1"].journal.live)
    assert [len(lab.devices[name].journal.live) for name in ("leaf2", "leaf3")] == [1, 1]


def test_an_old_session_is_not_lent_again(pools: Any, leaf: Device, watch: Watch) -> None:
    pool = pools(max_age=100, idle_timeout=1000, clock=watch)
    ask(pool, reaching(leaf))
    watch.now += 99
    ask(pool, reaching(leaf))
    assert leaf.journal.logins == 1
    watch.now += 1
    ask(pool, reaching(leaf))
    assert leaf.journal.logins == 2
    watch.now += 100
    assert pool.sweep() == 1
    assert {moved.reason for moved in pool.moves.latest() if moved.move is Move.CLOSED} == {"too old"}


def test_a_session_that_became_too_old_while_it_was_lent_is_closed_when_it_comes_back(
    pools: Any, leaf: Device, watch: Watch
) -> None:
    pool = pools(max_age=100, idle_timeout=1000, clock=watch)
    lent = lend(pool, reaching(leaf))
    watch.now += 200
    assert pool.sweep() == 0
    assert "UTC" in lent.connection.send_command("show clock")
    pool.take_back(lent)
    assert len(pool) == 0


def test_a_device_may_say_how_long_it_keeps_a_silent_session(pools: Any, lab: Lab, watch: Watch) -> None:
    pool = pools(idle_timeout=100, clock=watch)
    ask(pool, replace(reaching(lab.devices["leaf1"]), limits=SessionLimits(idle_timeout=10)))
    ask(pool, reaching(lab.devices["leaf2"]))
    watch.now += 10
    assert pool.sweep() == 1
    assert [seen.device for seen in pool.sessions()] == ["leaf2"]
    watch.now += 90
    assert pool.sweep() == 1
    assert pool.moves.counters["idle_timeout"] == 2


def test_a_device_may_say_how_long_a_login_may_take(pools: Any, leaf: Device) -> None:
    leaf.faults.hang = "login"
    pool = pools(connect_timeout=600)
    with pytest.raises(TimedOut):
        lend(pool, replace(reaching(leaf), limits=SessionLimits(connect_timeout=0.5)), timeout=600)


def test_nobody_waits_for_a_slow_goodbye_but_who_needs_its_room(pools: Any, leaf: Device) -> None:
    pool = pools(most_of_a_device=2)
    lent = lend(pool, reaching(leaf))
    began = threading.Event()
    over = threading.Event()
    close = Netmiko.close

    class Slow(Netmiko):
        def close(self, connection: Any) -> None:
            began.set()
            over.wait(60)
            close(self, connection)

    lent.driver = Slow()
    pool.discard(lent)
    assert began.wait(20)
    assert "UTC" in ask(pool, reaching(leaf))
    first = lend(pool, reaching(leaf))
    with pytest.raises(TimedOut):
        lend(pool, other(reaching(leaf)), timeout=0.6)
    over.set()
    second = lend(pool, other(reaching(leaf)))
    assert leaf.journal.logins == 3
    for session in (first, second):
        pool.take_back(session)
