"""Freezes as the processes of a site make and read them, one of which may already serve another revision."""

import queue
from collections.abc import Sequence
from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.errors import InvalidParameters, Refused
from netpulse_core.model.run import RunRequest
from tests.controller.conftest import HOSTS, Open
from tests.controller.test_controller import ANN, join, reopened

TOUCH = RunRequest(runbook="touch", target="*")


def claimed(netpulse: NetPulse, node: str) -> set[str]:
    netpulse.placing.place([device.key for device in netpulse.site.devices.values()], otherwise=node)
    return {claim.device for claim in netpulse.ledger.claims.turn(node, [], 100)[0]}


def test_whoever_asks_is_told_that_it_will_wait_and_the_workers_hear_of_the_thaw(netpulse: NetPulse) -> None:
    join(netpulse)
    heard: queue.SimpleQueue[Sequence[str]] = queue.SimpleQueue()
    netpulse.broker.listen("n1", heard.put)
    made = netpulse.freezing.begin(ANN, "leaf1,leaf2", "core  upgrade", seconds=3600.0)
    accepted = netpulse.submit(TOUCH, ANN)
    assert accepted.notes[0].startswith("2 of 3 devices wait: frozen by ann until ")
    assert accepted.notes[0].endswith(f": core upgrade (netpulse thaw {made.id})")
    assert netpulse.submit(RunRequest(runbook="look", target="*"), ANN).notes == ()
    netpulse.freezing.thaw(made.id, ANN)
    while heard.get(timeout=10) != []:
        pass  # what was rung before may come late


def test_a_device_that_joins_the_target_later_is_frozen_too(opened: Open, site: Path) -> None:
    before = opened()
    made = before.freezing.begin(ANN, "role=leaf & !leaf3", "core upgrade")
    (site / "inventory" / "hosts.yaml").write_text(
        HOSTS.replace("leaf1:", "leaf9:") + "spine1: {hostname: 192.0.2.9, data: {role: spine}}\n"
    )
    since = reopened(opened, before)
    join(since, "n2")
    since.submit(RunRequest(runbook="touch", target="leaf2,leaf9,spine1"), ANN)
    assert claimed(since, "n2") == set()  # nobody has said yet whom the freeze means on this revision
    since.freezing.read()
    assert claimed(since, "n2") == {"spine1"}
    before.freezing.thaw(made.id, ANN)
    assert claimed(since, "n2") == {"leaf2", "leaf9"}


def test_a_device_it_names_that_is_gone_freezes_nothing_else(opened: Open, site: Path) -> None:
    before = opened()
    before.freezing.begin(ANN, "leaf1", "core upgrade")
    (site / "inventory" / "hosts.yaml").write_text("leaf7: {hostname: 192.0.2.7, platform: cisco_ios}\n")
    since = reopened(opened, before)
    join(since, "n2")
    since.submit(RunRequest(runbook="touch", target="leaf7"), ANN)
    since.freezing.read()
    assert claimed(since, "n2") == {"leaf7"}


def test_a_target_that_is_not_understood_any_more_freezes_all_of_the_revision(
    opened: Open, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = opened()
    before.freezing.begin(ANN, "role=leaf", "core upgrade")
    (site / "inventory" / "hosts.yaml").write_text("leaf7: {hostname: 192.0.2.7, platform: cisco_ios}\n")
    since = reopened(opened, before)
    join(since, "n2")
    since.submit(RunRequest(runbook="touch", target="leaf7"), ANN)
    since.freezing.read()
    since.freezing.read()
    assert claimed(since, "n2") == set()
    told = [record for record in caplog.records if "its target is not understood" in record.message]
    assert len(told) == 1


def test_what_is_no_freeze_is_refused(opened: Open) -> None:
    freezing = opened().freezing
    for reason, problem in ((" ", "reason is empty"), ("x" * 501, "longer than 500")):
        with pytest.raises(InvalidParameters, match=problem):
            freezing.begin(ANN, None, reason)
    with pytest.raises(InvalidParameters, match="both `until` and `seconds`"):
        freezing.begin(ANN, None, "x", until=1.0, seconds=1.0)
    with pytest.raises(Refused, match="no device is named 'leaf8'"):
        freezing.begin(ANN, "leaf8", "x")
