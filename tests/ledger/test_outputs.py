"""Outputs survive as they were, whatever a device or a runbook returned."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from netpulse_core.ledger.blobs import name_of
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import blobs
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Conclusion, FreshAnswer, Problem, Step
from tests.ledger.work import Worker, accepted


class Unspeakable:
    """A value that cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def circle() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["self"] = value
    return value


def recorded(ledger: Ledger, *bodies: Any, retry_in: float | None = None) -> list[Any]:
    """Record the bodies as the outputs of one job and return what the ledger says they were."""
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    steps = tuple(Step(label=f"step {number}", body=body) for number, body in enumerate(bodies))
    worker.conclude(worker.claim_one(), Conclusion(outcome=Outcome.OK, steps=steps, retry_in=retry_in))
    return [step.body for step in ledger.jobs.steps(run)["d1"]]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "body",
    ["", "a\0b", "half \ud800 a pair", "\udcff", {"x": "\ud800\0"}, None, True, 1.5, [1, {"a": None}], "ü" * 300],
    ids=repr,
)
def test_what_a_device_says_comes_back_as_it_was(ledger: Ledger, body: Any) -> None:
    assert recorded(ledger, body) == [body]


def test_five_megabytes_come_back_whole(ledger: Ledger) -> None:
    text = "".join(f"interface Vlan{number}\n" for number in range(250_000))
    assert len(text) > 5_000_000
    assert recorded(ledger, text) == [text]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"day": date(2026, 1, 2)}, {"day": "datetime.date(2026, 1, 2)"}),
        ({1, }, "{1}"),
        (b"\xff", "b'\\xff'"),
        (circle(), "{'self': {...}}"),
        (Unspeakable(), "<Unspeakable, which has no repr>"),
        (deep(100_000), "<list, which has no repr>"),
    ],
    ids=["date", "set", "bytes", "circle", "unspeakable", "deep"],
)  # fmt: skip
def test_what_json_cannot_say_never_fails_a_finished_job(ledger: Ledger, body: Any, kept: Any) -> None:
    assert recorded(ledger, body) == [kept]


def test_labels_and_errors_may_hold_anything(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    step = Step(label="a\0\ud800", diff="+\0", error="\udc00!", changed=True, failed=True, elapsed=0.5)
    problem = Problem(kind="E", message="m\0\ud800", hint="\0")
    worker.conclude(worker.claim_one(), Conclusion(outcome=Outcome.FAILED, steps=(step,), problem=problem))
    (kept,) = ledger.jobs.steps(run)["d1"]
    assert (kept.label, kept.diff, kept.error, kept.changed, kept.failed) == ("a\\0?", "+\\0", "?!", True, True)
    assert ledger.jobs.one(run, "d1").problem == Problem(kind="E", message="m\\0?", hint="\\0")


def test_a_second_attempt_replaces_the_outputs_of_the_first(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    first = (Step(label="show version", body="half"), Step(label="show clock", body="12:00"))
    worker.conclude(worker.claim_one(), Conclusion(outcome=Outcome.UNREACHABLE, steps=first, retry_in=0.0))
    assert len(ledger.jobs.steps(run, "d1")["d1"]) == 2
    second = (Step(label="show version", body="whole"),)
    worker.conclude(worker.claim_one(), Conclusion(outcome=Outcome.OK, steps=second))
    assert [step.body for step in ledger.jobs.steps(run, "d1")["d1"]] == ["whole"]


def answered(ledger: Ledger, bodies: Sequence[Any]) -> str:
    """Record one answer a device and return the run."""
    names = [f"d{number}" for number in range(len(bodies))]
    worker = Worker(ledger, owns=names)
    run = accepted(ledger, *names)
    done = [
        (claim, Conclusion(outcome=Outcome.OK, steps=(Step(label="show version", body=bodies[int(claim.device[1:])]),)))
        for claim in worker.claim(len(names))
    ]
    worker.turn(done, 0)
    return run


def test_equal_outputs_are_stored_once_and_told_together(ledger: Ledger) -> None:
    run = answered(ledger, ["same"] * 197 + ["other", "other", "third"])
    groups = ledger.jobs.groups(run)
    assert [(group.body, len(group.devices)) for group in groups] == [("same", 197), ("other", 2), ("third", 1)]
    with ledger.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(blobs)) == 3


def test_a_text_and_the_same_word_as_data_are_not_the_same_output(ledger: Ledger) -> None:
    groups = ledger.jobs.groups(answered(ledger, ["1", 1]))
    assert [group.body for group in groups] == ["1", 1]


@pytest.mark.thorough
@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)  # which binds 32,766 values at most
def test_a_job_of_many_thousand_outputs_is_recorded_and_grouped(ledger: Ledger) -> None:
    assert len(recorded(ledger, *range(33_000))) == 33_000
    (run,) = ledger.runs.page()
    assert len(ledger.jobs.groups(run.id)) == 33_000


def test_a_device_that_answered_nothing_is_not_among_those_that_answered_the_same(ledger: Ledger) -> None:
    groups = ledger.jobs.groups(answered(ledger, ["up", None, "", "up"]))
    assert [(group.body, group.devices) for group in groups] == [("up", ("d0", "d3")), ("", ("d2",))]


def test_an_answer_is_kept_for_later_reads_also_where_no_output_is_just_that_text(ledger: Ledger) -> None:
    worker = Worker(ledger, owns=["d1"])
    run = accepted(ledger, "d1")
    claim = worker.claim_one()
    assert claim.pushes == 0
    fresh = FreshAnswer(key="k", text='{"up": true}', taken=0.0)
    step = Step(label="show | json", body={"up": True}, age=3.5)
    worker.conclude(claim, Conclusion(outcome=Outcome.OK, steps=(step,), answers=(fresh,)))
    assert ledger.jobs.answer(name_of(fresh.text)) == fresh.text
    assert ledger.jobs.answer(name_of("never said")) is None
    assert [step.age for step in ledger.jobs.steps(run)["d1"]] == [3.5]
