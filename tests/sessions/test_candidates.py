"""Several credentials in order, through a whole worker, on devices that were rotated and devices that were not."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from nornir.core.inventory import ConnectionOptions

from netpulse_core.lab import Device, Lab
from netpulse_core.lab.device import Account
from netpulse_core.lab.journal import Journal
from netpulse_core.model.outcome import Outcome
from tests.runs import service as services
from tests.runs.service import SECRET, Done, Service, eventually, serving
from tests.sessions.borrowing import reaching
from tests.sessions.test_logins import waits

pytestmark = pytest.mark.thorough

OLD, NEW = SECRET, "n3w-p4ssw0rd-of-the-core"
ASK: dict[str, Any] = {"commands": ["show clock"]}
FORMER = [{"password": "secret:core/old"}]


@pytest.fixture(autouse=True)
def accounts(lab: Lab) -> Iterator[None]:
    """Every device takes the old password until a test says otherwise."""
    was = {name: device.account for name, device in lab.devices.items()}
    yield
    for name, device in lab.devices.items():
        device.account = was[name]


def rotate(device: Device, password: str = NEW) -> None:
    device.account = Account("netops", password)


@pytest.fixture
def rotating(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A service whose inventory says the new password first, then the old one."""
    write = services.write_site

    def written(lab: Lab, folder: Path) -> Path:
        write(lab, folder)
        path = folder / "inventory" / "defaults.yaml"
        defaults = yaml.safe_load(path.read_text())
        defaults |= {"password": "secret:core/new", "data": {"netpulse_credentials": FORMER}}
        path.write_text(yaml.safe_dump(defaults))
        return folder

    monkeypatch.setattr(services, "write_site", written)

    @contextmanager
    def running(**values: Any) -> Iterator[Service]:
        if (tmp_path / ".netpulse" / "ledger.sqlite3").exists():  # started again: the ledger is guarded already
            monkeypatch.setattr(services, "guard", lambda ledger: None)
        with serving(lab, tmp_path, **{"connect_timeout": 5.0, **values}) as service:
            service.netpulse.ledger.secrets.set("core/new", NEW, by="ann")
            service.netpulse.ledger.secrets.set("core/old", OLD, by="ann")
            yield service

    return running


def ask(service: Service, device: str = "leaf1") -> Done:
    """Run a read on a device over a login of its own."""
    service.node.pool.drain()
    return service.run("send_commands", device, **ASK)


def took(service: Service, device: str = "leaf1") -> str | None:
    return service.netpulse.ledger.taken.known(device, "netmiko").took


def reads(service: Service, run: str) -> list[str]:
    rows = service.netpulse.ledger.audit.page(action="secret.read")
    return sorted({row.object for row in rows if row.body["run"] == run})


def test_a_device_that_is_not_rotated_yet_is_let_in_by_the_old_one_and_spared_the_new_one_after_that(
    rotating: Callable[..., Any], lab: Lab
) -> None:
    leaf1, leaf2 = lab.devices["leaf1"], lab.devices["leaf2"]
    rotate(leaf1)
    with rotating() as service:
        rotated, not_yet = ask(service, "leaf1"), ask(service, "leaf2")
        assert (rotated.outcome, not_yet.outcome) == (Outcome.OK, Outcome.OK)
        assert (leaf1.journal.logins, leaf1.journal.refused) == (1, [])
        assert (leaf2.journal.logins, leaf2.journal.refused) == (1, ["netops"])
        assert (took(service, "leaf1"), took(service, "leaf2")) == ("secret:core/new", "secret:core/old")
        assert reads(service, rotated.id) == ["secret:core/new"]
        assert reads(service, not_yet.id) == ["secret:core/new", "secret:core/old"]
        assert ask(service, "leaf2").outcome is Outcome.OK
        assert leaf2.journal.refused == ["netops"], "what it took last is tried first"
        assert service.netpulse.ledger.brakes.all() == []


def test_that_a_device_was_rotated_is_learned_at_its_next_login_and_audited(
    rotating: Callable[..., Any], leaf: Device
) -> None:
    with rotating() as service:
        ask(service)
        rotate(leaf)
        assert ask(service).outcome is Outcome.OK
        assert leaf.journal.refused == ["netops", "netops"], "first the new one, then, once it is rotated, the old one"
        (record,) = service.netpulse.ledger.audit.page(action="credential.taken")
        assert (record.object, record.body["took"], record.body["instead_of"]) == (
            "leaf1",
            "secret:core/new",
            "secret:core/old",
        )
        assert ask(service).outcome is Outcome.OK
        assert len(leaf.journal.refused) == 2


def test_what_a_device_took_is_known_to_a_worker_that_was_restarted(rotating: Callable[..., Any], leaf: Device) -> None:
    with rotating() as service:
        ask(service)
    with rotating() as service:
        assert ask(service).outcome is Outcome.OK
        assert leaf.journal.refused == ["netops"]


def test_the_newer_one_is_tried_again_after_its_time_and_at_once_where_it_was_changed(
    rotating: Callable[..., Any], leaf: Device
) -> None:
    with rotating(secret_cache=0.0) as service:
        ask(service)
        ask(service)
        assert len(leaf.journal.refused) == 1
        service.netpulse.ledger.secrets.set("core/new", "another one", by="ann")
        assert ask(service).outcome is Outcome.OK
        assert len(leaf.journal.refused) == 2
    with rotating(logins={"newer_after": 0.0}) as service:
        assert ask(service).outcome is Outcome.OK
        assert len(leaf.journal.refused) == 3


def test_a_device_that_takes_both_is_found_to_take_the_new_one(rotating: Callable[..., Any], leaf: Device) -> None:
    with rotating(logins={"newer_after": 0.0}) as service:
        ask(service)
        assert took(service) == "secret:core/old"
        rotate(leaf)
        ask(service)
        assert (took(service), leaf.journal.refused) == ("secret:core/new", ["netops"])


def test_each_is_tried_once_in_a_job_and_the_refusal_names_them(
    rotating: Callable[..., Any], leaf: Device, caplog: pytest.LogCaptureFixture
) -> None:
    rotate(leaf, "something else")
    with caplog.at_level(logging.DEBUG, "netpulse_core"), rotating() as service:
        done = ask(service)
        assert (done.outcome, done.job.attempt) == (Outcome.AUTH_FAILED, 1)
        assert done.message == "leaf1: it refused secret:core/new and secret:core/old"
        assert leaf.journal.refused == ["netops", "netops"]
        said = f"{done.everything}{service.netpulse.ledger.audit.page()}{caplog.text}"
        file = Path(service.netpulse.settings.state / "ledger.sqlite3").read_bytes()
    for value in (OLD, NEW):
        assert value not in said
        assert value.encode() not in file


def test_an_attempt_after_a_loss_does_not_try_again_what_was_refused_before(
    rotating: Callable[..., Any], leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse = Journal.refuse

    def refused_and_gone(journal: Journal, user: str) -> None:
        refuse(journal, user)
        leaf.faults.down = True

    monkeypatch.setattr(Journal, "refuse", refused_and_gone)
    with rotating() as service:
        run = service.submit("send_commands", **ASK)

        eventually(lambda: leaf.journal.connections >= 2)
        leaf.faults.heal()
        done = service.wait(run)
        assert (done.outcome, done.job.attempt) == (Outcome.OK, 2)
        assert leaf.journal.refused == ["netops"]


@pytest.mark.parametrize("fault", ["down", "hang"])
def test_a_device_that_does_not_answer_is_not_asked_with_the_next_one(
    rotating: Callable[..., Any], leaf: Device, fault: str
) -> None:
    if fault == "down":
        leaf.faults.down = True
    else:
        leaf.faults.hang = "login"
    with rotating(connect_timeout=1.0) as service:
        done = ask(service)
        assert done.outcome in (Outcome.FAILED, Outcome.UNREACHABLE, Outcome.TIMED_OUT)
        assert leaf.journal.connections == done.job.attempt
        assert reads(service, done.id) == ["secret:core/new"]


def test_a_changed_host_key_is_not_answered_with_another_credential(rotating: Callable[..., Any], leaf: Device) -> None:
    before = leaf.host_key
    with rotating() as service:
        ask(service)
        connections, refused = leaf.journal.connections, list(leaf.journal.refused)
        leaf.renew_host_key()
        done = ask(service)
        assert done.outcome is Outcome.HOST_KEY_CHANGED
        assert (leaf.journal.connections, leaf.journal.refused) == (connections + 1, refused)
        assert reads(service, done.id) == ["secret:core/new", "secret:core/old"]
    leaf.host_key = before


def test_a_session_under_the_old_one_is_used_as_long_as_it_is_open(rotating: Callable[..., Any], leaf: Device) -> None:
    with rotating(logins={"newer_after": 0.0}) as service:  # a login would try the new one first
        ask(service)
        rotate(leaf)
        done = service.run("send_commands", **ASK)
        assert (done.outcome, done.job.session_reused) == (Outcome.OK, True)
        assert (leaf.journal.logins, len(leaf.journal.refused)) == (1, 1)


def test_an_enable_secret_is_rotated_the_same_way_and_a_refused_one_brakes_no_login(
    rotating: Callable[..., Any], leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaf.account = Account("netops", OLD, privileged=False)
    monkeypatch.setattr(leaf.machine, "secret", "0ld-enable")
    with rotating() as service:
        for name, value in {"enable/old": "0ld-enable", "enable/new": "n3w-enable"}.items():
            service.netpulse.ledger.secrets.set(name, value, by="ann")
        host = service.netpulse.site.inventory.hosts["leaf1"]
        host.password = "secret:core/old"
        host.connection_options["ssh"] = ConnectionOptions(extras={"secret": "secret:enable/new"})
        host.data |= {"netpulse_driver": "ssh", "netpulse_credentials": [{"secret": "secret:enable/old"}]}
        assert ask(service).outcome is Outcome.OK
        assert (leaf.journal.logins, leaf.journal.refused) == (2, [])
        known = service.netpulse.ledger.taken.known("leaf1", "ssh")
        assert known.took == "secret:core/old as netops with secret:enable/old"
        assert ask(service).outcome is Outcome.OK
        assert leaf.journal.logins == 3, "the one whose enable secret it took comes first"
        assert service.netpulse.ledger.standing.all().refused == frozenset()


def braked(service: Service) -> set[str]:
    return {brake.id for brake in service.netpulse.ledger.brakes.all()}


def test_a_fleet_that_is_not_rotated_stops_nothing_and_is_soon_spared_the_new_one(
    rotating: Callable[..., Any], lab: Lab
) -> None:
    *first, last = lab.devices
    with rotating(slots=1) as service:
        for name in first:
            assert ask(service, name).outcome is Outcome.OK
            assert lab.devices[name].journal.refused == ["netops"]
        assert ask(service, last).outcome is Outcome.OK
        assert lab.devices[last].journal.refused == [], "three refused it, and none took it: it rests"
        assert braked(service) == set()
        rotate(lab.devices[last])
        assert ask(service, last).outcome is Outcome.OK
        assert lab.devices[last].journal.refused == ["netops"], "the old one; what rests is tried where nothing else is"


def test_devices_that_refuse_every_candidate_brake_each_of_them(rotating: Callable[..., Any], lab: Lab) -> None:
    *first, last = lab.devices
    for name in first:
        rotate(lab.devices[name], "something else")
    with rotating() as service:
        for name in first:
            assert ask(service, name).outcome is Outcome.AUTH_FAILED
        assert len(braked(service)) == 2
        waits(service, service.submit("send_commands", last, **ASK))
        assert lab.devices[last].journal.connections == 0


def test_a_held_candidate_is_passed_over_and_tried_once_it_is_released(rotating: Callable[..., Any], lab: Lab) -> None:
    *first, last = lab.devices
    for name in first:
        rotate(lab.devices[name], "something else")
    with rotating() as service:
        for name in first:
            ask(service, name)
        new = service.node.pool.doorman.sent(reaching(lab.devices[last], password=NEW)).credential
        (old,) = braked(service) - {new}
        service.netpulse.ledger.brakes.release(old, by="ann")
        done = ask(service, last)
        assert (done.outcome, lab.devices[last].journal.refused) == (Outcome.OK, [])
        rotate(lab.devices[last])
        refused = ask(service, last)
        assert refused.outcome is Outcome.AUTH_FAILED
        assert "secret:core/new is held by a brake, and was not tried" in refused.message
        service.netpulse.ledger.brakes.release(new, by="ann")
        assert ask(service, last).outcome is Outcome.OK
