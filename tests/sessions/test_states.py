"""The table of moves: what every session does is a walk along it, counted and remembered."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from netpulse_core.errors import AuthenticationFailed, CommandRejected, SessionLost, TimedOut
from netpulse_core.lab import Device
from netpulse_core.model.session import MOVES, Move, Moved, SessionState
from netpulse_core.sessions import pool as pools
from netpulse_core.sessions.moves import REMEMBERED, IllegalMove, Moves, Way
from netpulse_core.sessions.pool import Pool
from tests.runs.service import SECRET, eventually
from tests.sessions.borrowing import ask, job, pool_with, reaching
from tests.sessions.wire import Wire


@pytest.fixture
def pool(leaf: Device) -> Iterator[Pool]:
    pool = pool_with()
    yield pool
    pool.close()


def walked(pool: Pool) -> list[Move]:
    return [moved.move for moved in reversed(pool.moves.latest())]


def test_each_move_of_the_table_and_no_other_is_made() -> None:
    for state in SessionState:
        for move in Move:
            way = Way(Moves(), "leaf1", "netmiko")
            way.state = state
            if (state, move) in MOVES:
                way.go(move)
                assert way.state is MOVES[state, move]
            else:
                assert not way.may(move)
                with pytest.raises(IllegalMove, match=f"no {move.value} while {state.value}"):
                    way.go(move)
                assert way.state is state


def test_moves_are_counted_and_the_latest_remembered() -> None:
    moves = Moves()
    way = Way(moves, "leaf1", "netmiko")
    way.go(Move.CONNECT_REQUEST)
    way.go(Move.SUCCESS)
    for _ in range(REMEMBERED):
        way.go(Move.COMMAND_REQUEST)
        way.go(Move.COMMAND_COMPLETE)
    assert moves.counters["success"] == 1
    assert moves.counters["command_complete"] == REMEMBERED
    assert moves.counters["retry"] == 0
    assert len(moves.latest()) == REMEMBERED
    newest = moves.latest(1)[0]
    assert newest == Moved(
        "leaf1", "netmiko", SessionState.EXECUTING, Move.COMMAND_COMPLETE, SessionState.CONNECTED, newest.at, ""
    )


def test_two_threads_never_make_the_same_move() -> None:
    way = Way(Moves(), "leaf1", "netmiko")
    way.state = SessionState.CONNECTED
    made: list[bool] = []
    together = threading.Barrier(8)

    def request() -> None:
        together.wait()
        made.append(way.may(Move.COMMAND_REQUEST))

    threads = [threading.Thread(target=request) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.count(True) == 1


def test_a_session_walks_from_the_request_to_the_end(pool: Pool, leaf: Device) -> None:
    ask(pool, reaching(leaf))
    ask(pool, reaching(leaf))
    assert [(seen.state, seen.uses) for seen in pool.sessions()] == [(SessionState.CONNECTED, 2)]
    pool.drain()
    command = [Move.COMMAND_REQUEST, Move.COMMAND_COMPLETE]
    assert walked(pool) == [Move.CONNECT_REQUEST, Move.SUCCESS, *command, *command, Move.CLOSED]
    assert pool.sessions() == []


@pytest.mark.thorough
def test_while_a_command_runs_the_session_is_seen_executing(pool: Pool, leaf: Device) -> None:
    leaf.faults.slow = {"show version": 1.5}
    asking = threading.Thread(target=ask, args=(pool, reaching(leaf), "show version"))
    asking.start()
    eventually(lambda: [seen.state for seen in pool.sessions()] == [SessionState.EXECUTING])
    assert pool.sessions()[0].idle is None
    asking.join()
    (seen,) = pool.sessions()
    assert seen.state is SessionState.CONNECTED
    assert seen.idle is not None
    assert (seen.device, seen.driver, seen.user, seen.port) == ("leaf1", "netmiko", "netops", leaf.port)


def test_a_failed_login_is_seen_until_the_next_one_retries_it(pool: Pool, leaf: Device) -> None:
    wrong = replace(reaching(leaf), password="wrong-netpulse-secret")
    with pytest.raises(AuthenticationFailed):
        ask(pool, wrong)
    assert [(seen.state, seen.reason) for seen in pool.sessions()] == [(SessionState.FAILED, "AuthenticationFailed")]
    with pytest.raises(AuthenticationFailed):
        ask(pool, wrong)
    assert walked(pool) == [
        Move.CONNECT_REQUEST, Move.CONNECT_FAILED, Move.RETRY, Move.CONNECT_REQUEST, Move.CONNECT_FAILED,
    ]  # fmt: skip
    assert len(pool.sessions()) == 1
    assert len(pool) == 0
    assert "secret" not in repr((pool.moves.latest(), pool.sessions()))


def test_a_failure_is_forgotten_after_a_while(leaf: Device) -> None:
    pool = pool_with(idle_timeout=0.2)
    with pytest.raises(AuthenticationFailed):
        ask(pool, replace(reaching(leaf), password="wrong"))
    eventually(lambda: pool.sweep() == 0 and pool.sessions() == [])
    pool.close()


def test_a_command_that_raises_ends_the_session_and_the_reason_is_no_secret(pool: Pool, leaf: Device) -> None:
    leaf.faults.slow = {"show version": 30.0}
    with pytest.raises(Exception), job(pool, reaching(leaf)) as lender:  # noqa: B017, PT011  of netmiko
        lender.connection("netmiko").send_command("show version", read_timeout=0.3)
    assert walked(pool)[-1] is Move.COMMAND_FAILED
    (seen,) = pool.sessions()
    assert (seen.state, seen.reason) == (SessionState.FAILED, "TimedOut")
    assert len(pool) == 0
    leaf.faults.heal()
    assert "UTC" in ask(pool, reaching(leaf))
    assert Move.RETRY in walked(pool)
    assert SECRET not in repr(pool.moves.latest())


def test_a_refused_line_was_answered_so_the_job_goes_on_and_the_session_ends_with_it(pool: Pool, leaf: Device) -> None:
    with job(pool, reaching(leaf), changes=True) as lender:
        connection = lender.connection("netmiko")
        with pytest.raises(Exception, match="nonsense"):
            connection.send_config_set(["nonsense"], error_pattern="% Invalid")
        assert lender.connection("netmiko") is connection
        connection.send_config_set(["ntp server 192.0.2.1"])
    assert Move.COMMAND_FAILED not in walked(pool)
    assert walked(pool)[-1] is Move.CLOSED
    assert leaf.journal.applied == ["ntp server 192.0.2.1"]


def test_what_a_call_has_spoilt_answers_nothing_more_and_is_replaced_within_the_job(pool: Pool, leaf: Device) -> None:
    leaf.faults.slow = {"show version": 1.0}
    with job(pool, reaching(leaf)) as lender:
        first = lender.connection("netmiko")
        with pytest.raises(Exception):  # noqa: B017, PT011  of netmiko
            first.send_command("show version", read_timeout=0.3)
        with pytest.raises(SessionLost, match="spoilt"):
            first.send_command("show clock")
        answer = lender.connection("netmiko").send_command("show clock")
        assert "UTC" in answer
        assert "Version" not in answer
    assert leaf.journal.logins == 2


def test_a_change_that_broke_off_gets_no_other_session(pool: Pool, leaf: Device) -> None:
    leaf.faults.drop_on = "192.0.2.1"
    with job(pool, reaching(leaf), changes=True) as lender:
        with pytest.raises(Exception):  # noqa: B017, PT011  of netmiko
            lender.connection("netmiko").send_config_set(["ntp server 192.0.2.1"])
        with pytest.raises(SessionLost):
            lender.connection("netmiko").send_config_set(["ntp server 192.0.2.2"])
        assert lender.doubt is not None
    assert leaf.journal.applied == []
    assert leaf.journal.logins == 1


@pytest.mark.thorough
def test_two_threads_of_one_job_never_ask_at_once(pool: Pool, leaf: Device) -> None:
    leaf.faults.slow = {"show version": 1.5}
    with job(pool, reaching(leaf)) as lender:
        connection = lender.connection("netmiko")
        answers: list[str] = []
        asking = threading.Thread(target=lambda: answers.append(connection.send_command("show version")))
        asking.start()
        eventually(lambda: pool.sessions()[0].state is SessionState.EXECUTING)
        with pytest.raises(CommandRejected, match="another call is under way"):
            connection.send_command("show clock")
        asking.join()
        assert "Version" in answers[0]
        assert "show clock" not in leaf.journal.commands


def test_a_session_left_executing_by_a_stray_thread_is_lent_to_nobody(pool: Pool, leaf: Device) -> None:
    leaf.faults.slow = {"show version": 1.5}
    raised: list[BaseException] = []
    with job(pool, reaching(leaf)) as lender:
        connection = lender.connection("netmiko")

        def stray() -> None:
            try:
                connection.send_command("show version")
            except BaseException as error:  # noqa: BLE001  looked at below
                raised.append(error)

        asking = threading.Thread(target=stray)
        asking.start()
        eventually(lambda: pool.sessions()[0].state is SessionState.EXECUTING)
    assert len(pool) == 0
    assert "UTC" in ask(pool, reaching(leaf))
    asking.join(20)
    assert not asking.is_alive()
    assert len(raised) == 1
    assert leaf.journal.logins == 2


@pytest.mark.thorough
def test_a_dead_link_is_found_by_the_probe_counted_and_replaced_in_the_same_job(
    leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "PROBE", 2.0)
    wire = Wire(leaf.port or 0)
    pool = pool_with(probe_after=0.0)
    reached = reaching(leaf, port=wire.port)
    try:
        ask(pool, reached)
        ask(pool, reached)
        assert (pool.moves.counters["probed"], pool.moves.counters["dead_links"]) == (1, 0)
        assert leaf.journal.logins == 1
        wire.forget()
        assert "UTC" in ask(pool, reached)
        assert (pool.moves.counters["probed"], pool.moves.counters["dead_links"]) == (2, 1)
        assert leaf.journal.logins == 2
        assert walked(pool)[-6:] == [
            Move.CONNECTION_LOST, Move.RETRY, Move.CONNECT_REQUEST, Move.SUCCESS,
            Move.COMMAND_REQUEST, Move.COMMAND_COMPLETE,
        ]  # fmt: skip
        lost = next(moved for moved in pool.moves.latest() if moved.move is Move.CONNECTION_LOST)
        assert lost.reason.startswith("gave no sign of life")
    finally:
        wire.close()
        pool.close()


def test_a_session_used_a_moment_ago_is_not_probed(pool: Pool, leaf: Device) -> None:
    for _ in range(3):
        ask(pool, reaching(leaf))
    assert pool.moves.counters["probed"] == 0
    assert pool.moves.counters["reused"] == 2
    assert pool.moves.counters["lent"] == 3


def test_what_the_device_ended_is_noticed_without_anybody_asking(pool: Pool, leaf: Device) -> None:
    ask(pool, reaching(leaf))
    leaf.hang_up()
    assert leaf.journal.wait_until_idle()
    eventually(lambda: pool.sweep() == 1)
    (seen,) = pool.sessions()
    assert (seen.state, seen.reason) == (SessionState.FAILED, "ended while nobody used it")
    assert len(pool) == 0


def test_a_moved_names_what_happened() -> None:
    moves = Moves()
    Way(moves, "leaf1", "ssh").go(Move.CONNECT_REQUEST, "why")
    (moved,) = moves.latest()
    assert isinstance(moved, Moved)
    assert moved.reason == "why"
    assert abs(moved.at - time.time()) < 60


@pytest.mark.thorough
def test_waiting_for_a_doorman_counts_as_connecting_and_ends_in_time(leaf: Device) -> None:
    leaf.faults.hang = "login"
    pool = pool_with(connect_timeout=1.0)
    with pytest.raises(TimedOut):
        ask(pool, reaching(leaf))
    assert walked(pool) == [Move.CONNECT_REQUEST, Move.CONNECT_FAILED]
    pool.close()
