"""`nightly_compliance`: one reading, kept and judged; and the same on real FRR, where a change comes by vtysh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.lab import Device
from netpulse_core.model.backup import Copy, Origin
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Outcome
from netpulse_core.testing import FakeDevice, Instance
from netpulse_core.worker import historian
from netpulse_core.worker.node import Node
from tests.runs.service import Service, eventually
from tests.servers.frr import FrrRouters
from tests.servers.router import FrrRouter

VARIABLE = "NETPULSE_TEST_FRR"


def test_the_configuration_is_read_once_for_both(service: Service, leaf: Device) -> None:
    done = service.run("nightly_compliance")
    assert done.outcome is Outcome.OK, done.message
    (findings,) = [step.body for step in done.steps if isinstance(step.body, list)]
    assert {one["check"] for one in findings} >= {"ntp_servers", "ssh_only"}
    assert all(one["verdict"] != "error" for one in findings if one["check"] in {"ntp_servers", "ssh_only"})
    assert leaf.journal.commands.count("show running-config") == 1
    (version,) = service.netpulse.ledger.backups.versions("leaf1")
    assert version.run == done.id


def test_what_is_not_believed_is_not_judged(service: Service, leaf: Device) -> None:
    service.run("backup_config")
    for line in [name for name in leaf.machine.running.children if name != "hostname"]:
        del leaf.machine.running.children[line]
    done = service.run("nightly_compliance")
    assert done.outcome is Outcome.FAILED
    assert not [step for step in done.steps if isinstance(step.body, list) and step.body]


@pytest.mark.thorough
def test_a_driver_without_a_configuration_says_so(
    site: Callable[..., Path], netpulse: Callable[..., Instance], fake_device: Callable[..., FakeDevice]
) -> None:
    script = {"prompt": "host#", "lines": [], "refuses": "% Invalid input"}
    device = fake_device(script, name="host1")
    running = netpulse(site({"inventory/hosts.yaml": {"host1": device.inventory("linux", netpulse_driver="http")}}))
    done = running.run("backup_config", "host1")
    assert done.outcome is Outcome.BLOCKED
    assert done.problem is not None
    assert "the driver 'http' has no configuration to keep" in done.problem.message


@pytest.mark.thorough
def test_an_answer_that_is_cut_off_goes_to_quarantine_over_our_own_driver(
    site: Callable[..., Path], netpulse: Callable[..., Instance], fake_device: Callable[..., FakeDevice]
) -> None:
    lines = [
        {"pattern": "terminal (width|length) [0-9]+"},
        {"command": "show running-config", "answer": "version 15.9\nhostname leaf1\nntp server 192.0.2.1"},
    ]
    device = fake_device({"prompt": "leaf1#", "lines": lines, "refuses": "% Invalid input"}, name="leaf1")
    running = netpulse(site({"inventory/hosts.yaml": {"leaf1": device.inventory("cisco_ios", netpulse_driver="ssh")}}))
    done = running.run("backup_config", "leaf1")
    assert done.outcome is Outcome.FAILED
    assert done.problem is not None
    assert "the end is missing" in done.problem.message
    assert done.problem.kind == "SuspectConfiguration"
    with running.http() as http:
        (suspect,) = http.get("/v1/configs/quarantine").json()["suspects"]
        assert http.get("/v1/configs").json() == {"versions": []}
        events = [one.kind.value for one in running.controller.events(done.run)]
        assert "config.suspect" in events
        accepted = http.post(f"/v1/configs/quarantine/{suspect['id']}/accept", json={"reason": "it ends so"})
        assert accepted.json()["version"] == 1
    assert running.run("backup_config", "leaf1").outcome is Outcome.OK


@pytest.fixture
def router(frr_routers: FrrRouters) -> Iterator[FrrRouter]:
    yield frr_routers["r1"]
    frr_routers.reset()


@pytest.mark.thorough
@pytest.mark.servers("frr")
@pytest.mark.parametrize("driver", ["netmiko", "ssh"])
def test_a_change_by_vtysh_is_found_on_a_real_router_and_is_out_of_band(
    router: FrrRouter, driver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, router.password)
    monkeypatch.setattr(historian, "EVERY", 0.1)
    (tmp_path / "inventory").mkdir()
    platform = {"netmiko": "cisco_ios", "ssh": "frr"}[driver]
    (tmp_path / "inventory" / "hosts.yaml").write_text(
        f"r1: {{hostname: {router.host}, port: {router.port}, username: {router.username}, "
        f"password: 'env:{VARIABLE}', platform: {platform}, data: {{netpulse_driver: {driver}}}}}\n"
    )
    with NetPulse.open(settings.load(tmp_path, grace=5.0)) as netpulse:
        worker = Node(netpulse)
        worker.start()
        service = Service(netpulse, worker, None)  # type: ignore[arg-type]
        try:
            first = service.run("backup_config", "r1", within=60.0)
            assert first.outcome is Outcome.OK, first.message
            router.vtysh("configure terminal", "interface lo", "description by hand")
            second = service.run("backup_config", "r1", within=60.0)
            assert second.outcome is Outcome.OK, second.message
            eventually(lambda: netpulse.ledger.backups.version("r1").origin, 60)
            version = netpulse.ledger.backups.version("r1")
            assert (version.number, version.origin) == (2, Origin.OUT_OF_BAND)
            assert "+ description by hand" in netpulse.configs.diff("r1", LOCAL).diff
            plan = netpulse.configs.plan("r1", LOCAL, 1, Copy.NORMALISED).lines
            assert plan.splitlines() == ["interface lo", "  no description"]
            pushed = service.run("send_config", "r1", lines=plan.splitlines(), within=60.0)
            assert pushed.outcome is Outcome.CHANGED, pushed.message
            service.run("backup_config", "r1", within=60.0)
            eventually(lambda: netpulse.ledger.backups.version("r1").origin, 60)
            third = netpulse.ledger.backups.version("r1")
            assert (third.number, third.origin, third.runs) == (3, Origin.OURS, (pushed.id,))
            assert third.digest == netpulse.ledger.backups.version("r1", 1).digest
        finally:
            worker.stop()
