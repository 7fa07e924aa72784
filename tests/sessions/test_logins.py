"""Logins through the whole of a worker: devices that are away, credentials that are refused, keys that changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import update

from netpulse_core.lab import Device, Lab
from netpulse_core.ledger.database import now
from netpulse_core.ledger.tables import jobs
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.event import EventKind
from netpulse_core.model.logins import KeyState
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState
from tests.runs import service as services
from tests.runs.service import SECRET, Service, eventually, serving
from tests.servers import sshd

ASK: dict[str, Any] = {"commands": ["show clock"]}


@pytest.fixture
def own(lab: Lab, tmp_path: Path) -> Iterator[Service]:
    """A service of this test alone, whose breakers open soon and not for long."""
    with serving(lab, tmp_path, connect_timeout=5.0, breaker_failures=2, breaker_cooldown=1.0) as service:
        yield service


def waits(service: Service, run: str) -> str:
    """Wait until the only job of a run waits, and return what for."""
    found: list[str] = []

    def waiting() -> bool:
        (job,) = service.netpulse.jobs(run)
        if job.state is JobState.QUEUED and job.problem is not None and job.problem.kind == "LoginDelayed":
            found.append(job.waiting_for)
        return bool(found)

    eventually(waiting)
    return found[0]


@pytest.mark.thorough
def test_a_job_waits_for_the_breaker_and_goes_on_when_the_device_is_back(own: Service, leaf: Device) -> None:
    leaf.faults.down = True
    first = own.run("send_commands", **ASK)
    assert first.outcome is Outcome.UNREACHABLE, "a device that hangs up before it greets is not reached"
    run = own.submit("send_commands", **ASK)
    reason = waits(own, run)
    assert reason.startswith("the breaker of leaf1 is open until ")
    assert "(2 failures, last: " in reason
    leaf.faults.heal()
    done = own.wait(run)
    assert (done.outcome, done.job.attempt) == (Outcome.OK, 1)
    told = [event for event in done.events if event.kind is EventKind.JOB_WAITING]
    assert told
    assert told[0].body["reason"] == f"leaf1: {reason}"
    assert own.netpulse.ledger.breakers.all() == []


@pytest.mark.thorough
def test_the_deadline_of_a_waiting_job_carries_the_reason(lab: Lab, leaf: Device, tmp_path: Path) -> None:
    leaf.faults.down = True
    with serving(lab, tmp_path, breaker_failures=2, breaker_cooldown=600.0) as service:
        service.run("send_commands", **ASK)
        run = service.submit("send_commands", **ASK)
        waits(service, run)
        with service.netpulse.ledger.database.write() as connection:
            connection.execute(update(jobs).where(jobs.c.run_id == run).values(deadline_at=now()))
        done = service.wait(run)
    assert done.outcome is Outcome.EXPIRED
    assert "the breaker of leaf1 is open" in done.message
    assert done.job.problem is not None
    assert "netpulse breakers" in done.job.problem.hint


@pytest.mark.thorough
def test_neither_a_refused_login_nor_a_short_time_opens_a_breaker(own: Service, leaf: Device) -> None:
    leaf.faults.refuse_login = True
    for _ in range(3):
        assert own.run("send_commands", **ASK).outcome is Outcome.AUTH_FAILED
    leaf.faults.heal()
    leaf.faults.hang = "login"
    for _ in range(3):
        assert own.run("ask_briefly", command="show clock").outcome is Outcome.TIMED_OUT
    assert own.netpulse.ledger.breakers.all() == []


@pytest.mark.thorough
def test_three_devices_that_refuse_a_credential_stop_its_use_until_it_is_released(own: Service, lab: Lab) -> None:
    names = list(lab.devices)
    for device in lab.devices.values():
        device.faults.refuse_login = True
    for name in names[:3]:
        assert own.run("send_commands", name, **ASK).outcome is Outcome.AUTH_FAILED
    run = own.submit("send_commands", names[3], **ASK)
    reason = waits(own, run)
    (brake,) = own.netpulse.ledger.brakes.all()
    assert sorted(brake.devices) == sorted(names[:3])
    assert (brake.user, brake.waiting) == ("netops", 1)
    assert reason.startswith(f"the credential of 'netops' ({brake.id}) is held: ")
    assert lab.devices[names[3]].journal.refused == []
    for device in lab.devices.values():
        device.faults.heal()
    own.netpulse.ledger.brakes.release(brake.id, by=LOCAL.name)
    done = own.wait(run)
    assert (done.outcome, done.job.attempt) == (Outcome.OK, 1)
    assert SECRET not in f"{done.everything}{own.netpulse.ledger.audit.page()}"


def test_a_success_between_keeps_a_credential_in_use(own: Service, lab: Lab) -> None:
    names = list(lab.devices)
    for name in names[:2]:
        lab.devices[name].faults.refuse_login = True
        own.run("send_commands", name, **ASK)
    assert own.run("send_commands", names[3], **ASK).outcome is Outcome.OK
    lab.devices[names[2]].faults.refuse_login = True
    assert own.run("send_commands", names[2], **ASK).outcome is Outcome.AUTH_FAILED
    assert own.netpulse.ledger.brakes.all() == []


def test_a_changed_host_key_is_told_kept_and_approved(own: Service, leaf: Device) -> None:
    assert own.run("knock").outcome is Outcome.OK
    book = own.netpulse.ledger.host_keys
    (pinned,) = book.all("leaf1")
    assert (pinned.state, pinned.port, pinned.seen_by) == (KeyState.PINNED, leaf.port, "first use")
    before = leaf.host_key
    leaf.renew_host_key()
    own.node.pool.drain()
    done = own.run("knock")
    assert done.outcome is Outcome.HOST_KEY_CHANGED
    assert done.job.attempt == 1
    assert pinned.fingerprint in done.message
    assert leaf.journal.logins == 1
    assert leaf.journal.refused == []
    (offered,) = [one for one in book.all("leaf1") if one.state is KeyState.OFFERED]
    assert offered.fingerprint in done.message
    assert any(record.action == "hostkey.refused" for record in own.netpulse.ledger.audit.page())
    book.approve("leaf1", offered.fingerprint, by="ann")
    assert own.run("knock").outcome is Outcome.OK
    leaf.host_key = before


@pytest.mark.thorough
def test_a_strict_site_believes_only_what_was_approved(lab: Lab, leaf: Device, tmp_path: Path) -> None:
    with serving(lab, tmp_path, host_keys="strict") as service:
        done = service.run("knock")
        assert done.outcome is Outcome.HOST_KEY_CHANGED
        assert "is not known" in done.message
        (offered,) = service.netpulse.ledger.host_keys.all("leaf1")
        service.netpulse.ledger.host_keys.approve("leaf1", offered.fingerprint, by="ann")
        assert service.run("knock").outcome is Outcome.OK


def behind(folder: Path, *bastions: sshd.Seen, **changed: Any) -> None:
    """Put leaf1 of a site behind these jump hosts, which become devices of it."""
    path = folder / "inventory" / "hosts.yaml"
    hosts = yaml.safe_load(path.read_text())
    names = [f"bastion{number}" for number, _ in enumerate(bastions)]
    hosts["leaf1"]["data"]["netpulse_jump"] = names
    for name, bastion in zip(names, bastions, strict=True):
        login = {"username": sshd.USERNAME, "password": sshd.PASSWORD}
        hosts[name] = {"hostname": "127.0.0.1", "port": bastion.port, **login, **changed}
    path.write_text(yaml.safe_dump(hosts))


@pytest.mark.parametrize("hops", [1, 2])
def test_a_device_is_reached_through_its_jump_hosts(
    lab: Lab, leaf: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hops: int
) -> None:
    with sshd.running() as one, sshd.running() as two:
        bastions = [one, two][:hops]
        _written(monkeypatch, *bastions)
        with serving(lab, tmp_path) as service:
            assert service.run("knock").outcome is Outcome.OK
            assert bastions[-1].forwarded == [(leaf.address, leaf.port)]
            keys = {key.device: key.address for key in service.netpulse.ledger.host_keys.all()}
            via = ", ".join(f"127.0.0.1:{bastion.port}" for bastion in bastions)
            assert keys["leaf1"] == f"{leaf.address} via {via}"
            assert set(keys) == {"leaf1", *(f"bastion{number}" for number in range(hops))}
            assert service.netpulse.site.devices["leaf1"].key.endswith(f" via {via}")


def test_a_jump_host_that_fails_is_itself_to_blame(
    lab: Lab, leaf: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sshd.running() as bastion:
        _written(monkeypatch, bastion)
    with serving(lab, tmp_path, breaker_failures=2) as service:
        for _ in range(2):
            assert service.run("knock").outcome is Outcome.UNREACHABLE
        (breaker,) = service.netpulse.ledger.breakers.all()
        assert (breaker.device, breaker.driver) == ("bastion0", "jump host")
        assert waits(service, service.submit("knock")).startswith("the breaker of bastion0 is open")


@pytest.mark.thorough
def test_a_driver_without_jump_hosts_is_not_led_around_them(
    lab: Lab, leaf: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sshd.running() as bastion:
        _written(monkeypatch, bastion)
        with serving(lab, tmp_path) as service:
            done = service.run("send_commands", **ASK)
            if done.outcome is Outcome.OK:  # through the jump host, then
                assert bastion.forwarded == [(leaf.address, leaf.port)]
            else:
                assert done.outcome is Outcome.BLOCKED
                assert leaf.journal.connections == 0


def _written(monkeypatch: pytest.MonkeyPatch, *bastions: sshd.Seen) -> None:
    write = services.write_site

    def written(lab: Lab, folder: Path) -> Path:
        write(lab, folder)
        behind(folder, *bastions)
        return folder

    monkeypatch.setattr(services, "write_site", written)
