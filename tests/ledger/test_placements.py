"""Devices change hands by compare-and-swap: one node leads, and what a job holds stays where it is."""

import threading

import pytest

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.node import LEASE
from netpulse_core.model.runbook import Queue
from tests.ledger.work import OK, Worker, accepted, in_doubt, on, pass_time


def owned(ledger: Ledger, settled: float = 0.0) -> list[tuple[str, str]]:
    return [(one.key, one.node) for one in ledger.placements.owned("r1", settled=settled)]


def test_the_oldest_node_that_may_own_devices_leads(ledger: Ledger) -> None:
    Worker(ledger, "n0", fifo_only=True)
    Worker(ledger, "n1", revision="r2")
    for name in ("n2", "n3"):
        Worker(ledger, name)
    assert [name for name in ("n0", "n1", "n2", "n3") if ledger.placements.leads(name)] == ["n1", "n2"]
    ledger.nodes.drain("n2")
    assert [name for name in ("n2", "n3") if ledger.placements.leads(name)] == ["n3"]


def test_only_the_leader_moves_and_only_what_is_still_where_it_was(ledger: Ledger) -> None:
    one, two = Worker(ledger, "n1", owns=["d1", "d2"]), Worker(ledger, "n2", owns=["d3"])
    accepted(ledger, "d1", "d2", "d3")
    moves = {"d1": ("n1", "n2"), "d3": ("n1", "n2"), "d2": ("n1", "nobody")}
    assert ledger.placements.move(two.name, moves) == []
    assert ledger.placements.move(one.name, moves) == ["d1"]
    assert {node: sorted(keys) for node, keys in ledger.nodes.owners(["d1", "d2", "d3"]).items()} == {
        "n1": ["d2"],
        "n2": ["d1", "d3"],
    }
    assert ledger.placements.elsewhere("n1", ["d1", "d2", "d9"]) == {"d1"}
    assert {claim.device for claim in one.claim()} == {"d2"}
    assert {claim.device for claim in two.claim()} == {"d1", "d3"}


@pytest.mark.parametrize("state", ["running", "pushing", "in_doubt"])
def test_a_device_that_a_job_holds_is_not_moved(ledger: Ledger, state: str) -> None:
    worker, _ = Worker(ledger, "n1", owns=["d1"]), Worker(ledger, "n2")
    accepted(ledger, "d1", changes=True)
    if state == "in_doubt":
        in_doubt(ledger, worker)
        Worker(ledger, "n3")
        Worker(ledger, "n4")
        moves, leader = {"d1": ("n1", "n4")}, "n3"
    else:
        claim = worker.claim_one()
        if state == "pushing":
            ledger.claims.cross(claim, "n1", on())
        moves, leader = {"d1": ("n1", "n2")}, "n1"
    assert ledger.placements.move(leader, moves) == []
    assert ledger.placements.idle("n1") == []
    if state == "running":
        worker.conclude(claim, OK)
        assert ledger.placements.move(leader, moves) == ["d1"]


def test_what_has_just_been_placed_is_not_asked_about(ledger: Ledger) -> None:
    Worker(ledger, "n1", owns=["d1"])
    Worker(ledger, "n2", owns=["x1"], revision="r2")
    assert owned(ledger, settled=30.0) == []
    assert owned(ledger) == [("d1", "n1")]


def test_devices_of_a_stopping_node_are_left_behind_at_once_those_of_a_dead_one_on_demand(ledger: Ledger) -> None:
    stopping = Worker(ledger, "n1", owns=["d1", "d2"])
    accepted(ledger, "d1")
    stopping.claim_one()
    ledger.nodes.drain("n1")
    assert ledger.placements.left_behind("r1", by_the_dead=False) == ["d2"]  # d1 is being worked on
    assert ledger.placements.left_behind("r2", by_the_dead=True) == []
    pass_time(ledger, LEASE + 1)
    Worker(ledger, "n2")
    assert ledger.placements.left_behind("r1", by_the_dead=False) == []
    assert ledger.placements.left_behind("r1", by_the_dead=True) == ["d1", "d2"]
    ledger.nodes.place({"d1": "n2", "d2": "n2"})
    assert ledger.placements.left_behind("r1", by_the_dead=True) == []


def test_work_without_an_owner_that_can_do_it_is_an_orphan(ledger: Ledger) -> None:
    Worker(ledger, "old", owns=["d1", "owned"], revision="r1")
    accepted(ledger, "d1", revision="r2")
    accepted(ledger, "owned", "orphan")
    accepted(ledger, "fifo", queue=Queue.FIFO)
    assert ledger.placements.orphans("r1") == ["orphan"]
    assert ledger.placements.orphans("r2") == ["d1"]
    new = Worker(ledger, "new", owns=["d1"], revision="r2")
    assert ledger.placements.orphans("r2") == []
    assert new.claim(1)[0].device in {"d1", "fifo"}


def test_a_node_that_begins_anew_inherits_its_devices(ledger: Ledger) -> None:
    Worker(ledger, "n1", owns=["d1", "d2"]).die()
    Worker(ledger, "n2", owns=["d2"])
    ledger.nodes.join("n3", name="n1", revision="r1", slots=8, fifo_only=False, after=["n1"])
    assert ledger.nodes.owners(["d1", "d2"]) == {"n3": ["d1"], "n2": ["d2"]}


def test_moves_and_claims_at_once_leave_each_device_with_whoever_works_on_it(ledger: Ledger) -> None:
    names = [f"d{number:02}" for number in range(40)]
    one, two = Worker(ledger, "n1", owns=names), Worker(ledger, "n2")
    accepted(ledger, *names)
    moved: list[str] = []
    claimed: dict[str, list[str]] = {"n1": [], "n2": []}
    begin = threading.Barrier(3)

    def move() -> None:
        begin.wait()
        for start in range(0, 40, 4):
            moved.extend(ledger.placements.move("n1", dict.fromkeys(names[start : start + 4], ("n1", "n2"))))

    def claim(worker: Worker) -> None:
        begin.wait()
        for _ in range(20):
            claimed[worker.name].extend(claim.device for claim in worker.claim(3))

    threads = [threading.Thread(target=claim, args=(worker,)) for worker in (one, two)]
    threads.append(threading.Thread(target=move))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = [claim.device for worker in (one, two) for claim in worker.claim(40)]
    assert not set(claimed["n1"]) & set(moved)
    assert set(claimed["n2"]) <= set(moved)
    assert sorted([*claimed["n1"], *claimed["n2"], *left]) == names
