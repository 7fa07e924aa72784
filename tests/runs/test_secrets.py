"""Secrets of the store as jobs read them: late, seldom, each real read on the record, and anew once one is refused."""

from collections.abc import Iterator

import pytest

from netpulse_core.lab import Lab
from netpulse_core.model.outcome import Outcome
from tests.runs.service import SECRET, VARIABLE, Service, serving


@pytest.fixture(scope="module")
def keeping(one_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that keeps what it has read, over devices whose password is in the store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, SECRET)
        with serving(one_lab, tmp_path_factory.mktemp("site"), secret_cache=3600.0) as service:
            yield service


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """The name of a secret that no other test has had read."""
    return f"lab/{request.node.name}"


@pytest.fixture
def service(keeping: Service, lab: Lab, name: str) -> Iterator[Service]:
    """The service, its secret right and not read yet, and no session open."""
    keeping.netpulse.ledger.secrets.set(name, SECRET, by="ann")
    for host in keeping.netpulse.site.inventory.hosts.values():
        host.password = f"secret:{name}"
    yield keeping
    keeping.node.pool.drain()


def reads(service: Service, run: str) -> list[tuple[str, str, str]]:
    rows = service.netpulse.ledger.audit.page(action="secret.read")
    return [(row.actor, row.object, row.body["device"]) for row in rows if row.body["run"] == run]


def test_a_secret_is_read_once_and_each_real_read_is_on_the_record(service: Service, name: str) -> None:
    first = service.run("send_commands", commands=["show clock"])
    assert first.outcome is Outcome.OK
    assert reads(service, first.id) == [("local", f"secret:{name}", "leaf1")]
    second = service.run("send_commands", "leaf2", commands=["show clock"])
    assert second.outcome is Outcome.OK
    assert reads(service, second.id) == []
    assert SECRET not in repr(service.netpulse.ledger.audit.page())


def test_a_rotated_secret_is_taken_once_the_old_one_was_refused(service: Service, name: str) -> None:
    service.netpulse.ledger.secrets.set(name, "what it was before", by="ann")
    refused = service.run("send_commands", commands=["show clock"])
    assert refused.outcome is Outcome.AUTH_FAILED
    assert reads(service, refused.id) == [("local", f"secret:{name}", "leaf1")]
    service.netpulse.ledger.secrets.set(name, SECRET, by="ann")
    done = service.run("send_commands", commands=["show clock"])
    assert done.outcome is Outcome.OK
    assert reads(service, done.id) == [("local", f"secret:{name}", "leaf1")]


def test_a_secret_that_is_not_kept_stops_the_job_before_its_device(service: Service, name: str) -> None:
    service.netpulse.ledger.secrets.remove(name, by="ann")
    done = service.run("send_commands", commands=["show clock"])
    assert done.outcome is Outcome.FAILED
    assert f"no secret 'secret:{name}'" in done.message
    assert done.job.problem is not None
    assert done.job.problem.hint == f"keep it: `netpulse secrets set {name}`"
    assert service.lab.devices["leaf1"].journal.logins == 0
