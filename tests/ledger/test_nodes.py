"""Who owns a device: the ledger decides between proposals, and work never waits for an owner that cannot do it."""

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.node import LEASE
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.runbook import Queue
from tests.ledger.work import REVISION, Worker, accepted, on, pass_time, run_of


def test_the_first_owner_keeps_a_device_while_it_lives(ledger: Ledger) -> None:
    Worker(ledger, "n1", owns=["d1"])
    Worker(ledger, "n2", owns=["d1", "d2"])
    assert ledger.nodes.owners(["d1", "d2", "d3"]) == {"n1": ["d1"], "n2": ["d2"]}
    assert ledger.nodes.unplaced(["d1", "d2", "d3"]) == ["d3"]


def test_the_device_of_a_dead_node_is_free(ledger: Ledger) -> None:
    Worker(ledger, "n1", owns=["d1"]).die()
    assert ledger.nodes.unplaced(["d1"]) == ["d1"]
    Worker(ledger, "n2", owns=["d1"])
    assert ledger.nodes.owners(["d1"]) == {"n2": ["d1"]}


def test_a_life_inherits_of_all_before_it_whose_joining_was_not_answered(ledger: Ledger) -> None:
    for number, name in enumerate(("n1", "n2")):
        worker = Worker(ledger, name, owns=[f"d{number}"])
        accepted(ledger, f"d{number}")
        worker.claim_one()
    ledger.nodes.join("n3", name="n1", revision=REVISION, slots=32, fifo_only=False, after=["n1", "n2"])
    assert [node.running for node in ledger.nodes.recent() if node.id == "n3"] == [2]


def test_the_device_of_a_draining_node_is_free(ledger: Ledger) -> None:
    Worker(ledger, "n1", owns=["d1"])
    ledger.nodes.drain("n1")
    assert ledger.nodes.unplaced(["d1"]) == ["d1"]


def test_a_fifo_node_owns_nothing(ledger: Ledger) -> None:
    Worker(ledger, "n1", owns=["d1"], fifo_only=True)
    assert ledger.nodes.unplaced(["d1"]) == ["d1"]


def test_a_fleet_is_placed_and_asked_for_at_once(ledger: Ledger) -> None:
    names = [f"d{number}" for number in range(1200)]
    Worker(ledger, "n1", owns=names)
    assert sorted(ledger.nodes.owners(names)["n1"]) == sorted(names)


def test_nodes_say_what_they_hold_and_are_remembered_for_an_hour(ledger: Ledger) -> None:
    worker = Worker(ledger, "n1", owns=["d1", "d2"])
    accepted(ledger, "d1")
    worker.claim_one()
    assert ledger.nodes.heartbeat("n1", sessions=3)
    (node,) = ledger.nodes.recent()
    assert (node.alive, node.devices, node.sessions, node.running, node.draining) == (True, 2, 3, 1, False)
    pass_time(ledger, LEASE + 1)
    assert [node.alive for node in ledger.nodes.recent()] == [False]
    pass_time(ledger, 3601)
    assert ledger.nodes.recent() == []


def test_a_node_that_leaves_lets_its_devices_go(ledger: Ledger) -> None:
    Worker(ledger, "n1", owns=["d1"])
    ledger.nodes.leave("n1")
    assert ledger.nodes.owners(["d1"]) == {}
    assert [node.alive for node in ledger.nodes.recent()] == [False]


def test_the_owner_of_a_site_buries_the_nodes_before_it(ledger: Ledger) -> None:
    worker = Worker(ledger, "n1", owns=["d1"])
    accepted(ledger, "d1")
    ledger.nodes.bury()
    assert worker.claim() == []


def test_who_records_a_run_learns_who_owns_its_devices(ledger: Ledger) -> None:
    Worker(ledger, "n2", owns=["d2"]).die()
    Worker(ledger, "n1", owns=["d1"])
    assert ledger.runs.accept(run_of("d1", "d2", "d3", queue=Queue.NODE)).owners == {"d1": "n1"}
    assert ledger.runs.accept(run_of("d1", queue=Queue.NODE, revision="another")).owners == {}


def test_another_life_of_a_process_inherits_what_runs_and_no_change_that_has_begun(ledger: Ledger) -> None:
    worker = Worker(ledger, "n1", owns=["d1", "d2"])
    read, change = accepted(ledger, "d1"), accepted(ledger, "d2", changes=True)
    held = {claim.run: claim for claim in worker.claim()}
    ledger.claims.cross(held[change], "n1", on())
    pass_time(ledger, LEASE + 1)
    ledger.nodes.join("n2", name="n1", revision=REVISION, slots=32, fifo_only=False, after=["n1"])
    assert ledger.reaping.reap() == set()
    assert (ledger.jobs.one(read, "d1").node, ledger.jobs.one(change, "d2").node) == ("n2", "n1")
    worker.conclude(held[read])
    assert ledger.jobs.one(read, "d1").outcome is Outcome.OK
    assert ledger.nodes.owners(["d1"]) == {"n2": ["d1"]}
