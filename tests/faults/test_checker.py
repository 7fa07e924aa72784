"""The checker is shown to see each kind of violation, in journals that are forged."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.faults.asks import asks, named
from tests.faults.checker import LATE, violations
from tests.faults.journal import ENTERS, Journal
from tests.faults.record import JobSaid, Record
from tests.faults.spans import common, joined

LINES = tuple(f"ip route 198.18.0.{n} 255.255.255.255 Null0 name s1n0-{n}" for n in (1, 2, 3))
OTHERS = tuple(line.replace("s1n0", "s1n1") for line in LINES)
GOOD = JobSaid(
    run="run-0",
    device="leaf1",
    changes=True,
    lines=LINES,
    state="finished",
    outcome="changed",
    deadline_at=100.0,
    settled_at=50.0,
    crossings=1,
)
OTHER = replace(GOOD, run="run-1", lines=OTHERS)
KEYS = {"s1n0": ["run-0"], "s1n1": ["run-1"]}
ANSWERS = {"s1n0": {"run-0"}, "s1n1": {"run-1"}}


def entry(event: str, vty: int = 0, **facts: Any) -> dict[str, Any]:
    at = datetime(2026, 1, 1, tzinfo=UTC).isoformat(timespec="milliseconds")
    return {"at": at, "device": "leaf1", "event": event, "line": vty, "source": f"127.0.0.1:4000{vty}", **facts}


def pushed(lines: Iterable[str], vty: int = 0, *, applied: bool = True) -> list[dict[str, Any]]:
    """Return what the lab writes of a session that pushes these lines."""
    events = ("line", "applied") if applied else ("line",)
    body = [entry(event, vty, text=line) for line in lines for event in events]
    return [entry("login", vty), entry("line", vty, text=ENTERS), *body, entry("logout", vty)]


def found(*jobs: JobSaid, journal: list[dict[str, Any]], keys: Mapping[str, list[str]] = KEYS) -> list[str]:
    seen = Journal()
    seen.add(journal)
    return [one.what for one in violations(Record(keys=keys, jobs=jobs), seen, ANSWERS)]


def test_what_is_as_it_should_be_is_no_violation() -> None:
    assert found(GOOD, OTHER, journal=[*pushed(LINES), *pushed(OTHERS)]) == []


def test_a_job_without_an_outcome_is_lost() -> None:
    lost = replace(GOOD, state="queued", outcome=None, settled_at=None, crossings=0)
    assert found(lost, journal=[]) == ["lost"]


def test_a_job_may_be_settled_a_minute_after_its_deadline_and_no_later() -> None:
    late = replace(GOOD, settled_at=GOOD.deadline_at + LATE + 1)
    assert found(late, journal=pushed(LINES)) == ["settled 61.0 s after its deadline"]
    assert found(replace(late, settled_at=GOOD.deadline_at + LATE), journal=pushed(LINES)) == []


def test_time_in_which_nobody_could_do_anything_is_not_counted_as_late() -> None:
    late = replace(GOOD, settled_at=GOOD.deadline_at + LATE + 10)
    seen = Journal()
    seen.add(pushed(LINES))
    for asleep, whats in (
        ([(50.0, 111.0)], []),
        ([(0.0, 100.0), (165.0, 168.0)], ["settled 67.0 s after its deadline"]),
    ):
        said = violations(Record(keys=KEYS, jobs=[late]), seen, ANSWERS, asleep)
        assert [one.what for one in said] == whats


def test_spans_are_joined_where_they_overlap_and_cut_to_what_they_have_in_common() -> None:
    assert joined([(4.0, 6.0), (1.0, 2.0), (1.5, 3.0)]) == [(1.0, 3.0), (4.0, 6.0)]
    assert common([(1.0, 3.0), (4.0, 6.0)], [(2.0, 5.0)]) == [(2.0, 3.0), (4.0, 5.0)]


@pytest.mark.parametrize("outcome", ["in_doubt", "needs_operator"])
def test_what_nobody_knows_may_be_anything_and_is_pushed_once_all_the_same(outcome: str) -> None:
    job = replace(GOOD, outcome=outcome)
    for number in range(len(LINES) + 1):
        assert found(job, journal=pushed(LINES[:number])) == []
    assert "pushed twice" in found(job, journal=[*pushed(LINES), *pushed(LINES)])


def test_a_push_that_is_done_again_is_seen() -> None:
    again = found(replace(GOOD, crossings=2), journal=[*pushed(LINES), *pushed(LINES)])
    assert set(again) >= {"passed its point of no return twice", "pushed in two sessions", "pushed twice"}


def test_a_push_that_is_begun_again_in_another_session_is_seen_though_no_line_took_effect() -> None:
    journal = [*pushed(LINES[:1], applied=False), *pushed(LINES)]
    assert "pushed in two sessions" in found(replace(GOOD, crossings=2), journal=journal)


@pytest.mark.parametrize(
    ("outcome", "lines"),
    [
        ("changed", LINES[:2]),
        ("changed", ()),
        ("partial", LINES),
        ("partial", ()),
        ("ok", LINES),
        ("ok", ()),
        ("not_applied", LINES[:1]),
        ("cancelled", LINES),
        ("expired", LINES[:1]),
        ("blocked", LINES),
        ("unreachable", LINES[:1]),
        ("failed", LINES),
        ("rejected", LINES[:1]),
        ("timed_out", LINES[:1]),
        ("quarantined", LINES[:1]),
        ("an outcome that is not known here", LINES),
    ],
)
def test_an_outcome_that_is_not_what_the_device_shows_is_seen(outcome: str, lines: tuple[str, ...]) -> None:
    job = replace(GOOD, outcome=outcome)
    assert found(job, journal=pushed(lines)) == ["the outcome is not what the device shows"]


def test_a_persons_word_is_not_held_against_netpulse() -> None:
    assert found(replace(GOOD, resolved=True), journal=pushed(LINES[:1])) == []


def test_what_was_seen_and_had_no_effect_does_not_stand() -> None:
    assert found(replace(GOOD, outcome="not_applied"), journal=pushed(LINES, applied=False)) == []


def test_lines_before_the_point_of_no_return_are_seen() -> None:
    early = replace(GOOD, crossings=0)
    said = found(early, journal=pushed(LINES))
    assert said == ["sent before its point of no return", "configuration mode without a point of no return"]


def test_a_session_that_configures_for_no_job_is_seen() -> None:
    assert found(GOOD, journal=[*pushed(LINES), *pushed(())]) == ["configuration mode without a point of no return"]


def test_lines_in_another_order_are_seen() -> None:
    assert "pushed in another order" in found(GOOD, journal=pushed((LINES[0], LINES[2], LINES[1])))


def test_two_sessions_that_configure_a_device_at_once_are_seen() -> None:
    one, two = pushed(LINES, 0), pushed(OTHERS, 1)
    mixed = [*one[:4], *two[:6], *one[4:], *two[6:]]
    assert found(GOOD, OTHER, journal=mixed) == ["interleaved"]
    assert found(GOOD, OTHER, journal=[two[0], *one, *two[1:]]) == []


def test_a_line_nobody_asked_for_is_seen() -> None:
    assert "a line that nobody asked for" in found(GOOD, journal=[*pushed(LINES), *pushed(OTHERS)])


def test_a_line_on_another_device_than_it_was_asked_for_is_seen() -> None:
    elsewhere = [one | {"device": "leaf2"} for one in pushed(LINES)]
    assert "a line that nobody asked for" in found(GOOD, journal=[*pushed(LINES), *elsewhere])


def test_two_runs_under_one_key_are_seen() -> None:
    keys = {**KEYS, "s1n0": ["run-0", "run-2"]}
    said = found(GOOD, journal=pushed(LINES), keys=keys)
    assert said == ["two runs under one key", "another run than was answered"]


def test_an_accepted_run_that_is_gone_is_seen() -> None:
    assert found(journal=[], keys={"s1n1": ["run-1"]}) == ["another run than was answered"]


def test_a_seed_asks_for_the_same_each_time_and_no_line_twice() -> None:
    made = asks(3, ["leaf1", "leaf2", "leaf3", "leaf4"], pushes=200, reads=50, length=10.0)
    assert made == asks(3, ["leaf1", "leaf2", "leaf3", "leaf4"], pushes=200, reads=50, length=10.0)
    lines = [line for ask in made for line in ask.lines]
    assert len(set(lines)) == len(lines)
    assert {named(line) for ask in made for line in ask.lines} == {
        (ask.token, number) for ask in made for number in range(1, len(ask.lines) + 1)
    }
    assert sum(len(ask.devices) for ask in made if ask.lines) == 200
