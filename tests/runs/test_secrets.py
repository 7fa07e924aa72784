"""Secrets of the store as jobs read them: late, seldom, each real read on the record, and anew once one is refused."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from netpulse_core import hookimpl
from netpulse_core.errors import InvalidParameters
from netpulse_core.hooks.manager import Plugins
from netpulse_core.lab import Lab
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.secretstore import EmptyStore
from netpulse_core.runs.redact import Redactor
from netpulse_core.runs.secrets import SecretReader
from tests.runs.service import SECRET, VARIABLE, Service, at_work, serving, write_site


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """The name of a secret that no other test has had read."""
    return f"lab/{request.node.name}"


@pytest.fixture
def service(lab: Lab, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service that keeps what it has read, its devices' password in the store and not read yet."""
    monkeypatch.setenv(VARIABLE, SECRET)
    with serving(lab, tmp_path, secret_cache=3600.0) as service:
        service.netpulse.ledger.secrets.set(name, SECRET, by="ann")
        for host in service.netpulse.site.inventory.hosts.values():
            host.password = f"secret:{name}"
        yield service


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
    assert f"no secret under 'secret:{name}'" in done.message
    assert done.job.problem is not None
    assert done.job.problem.hint == f"keep it: `netpulse secrets set {name}`"
    assert service.lab.devices["leaf1"].journal.logins == 0


def test_a_parameter_arrives_as_the_secret_and_is_recorded_as_the_reference(
    service: Service, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAME_AGAIN", SECRET)
    keys = ["secret:other", "env:SAME_AGAIN"]
    service.netpulse.ledger.secrets.set("other", "an0ther-s3cret", by="ann")
    done = service.run("use_secret", password=f"secret:{name}", others=keys)
    assert done.outcome is Outcome.OK, done.message
    assert done.steps[0].body["lengths"] == [len(SECRET), len("an0ther-s3cret"), len(SECRET)]
    told = done.steps[0].body["told"]
    assert all(re.fullmatch(r"\*{8}-[0-9a-f]{10}", one) for one in told)
    assert told[0] != told[1]
    assert service.netpulse.get(done.id).parameters["password"] == f"secret:{name}"
    assert (SECRET in done.everything, "an0ther-s3cret" in done.everything) == (False, False)
    assert {reference for _, reference, _ in reads(service, done.id)} >= {f"secret:{name}", "secret:other"}


def test_a_secret_in_the_words_of_a_failure_is_masked(service: Service, name: str) -> None:
    done = service.run("use_secret", password=f"secret:{name}", how="raise")
    assert done.outcome is Outcome.FAILED
    assert re.fullmatch(r"ValueError: the device refused \['\*{8}-[0-9a-f]{10}'\]", done.message)
    assert SECRET not in done.everything


def test_a_secret_is_masked_in_what_a_later_job_reads_where_no_secret_stands(
    service: Service, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTACT", "n0c-desk-s3cret")
    pushed = service.run("use_secret", password="env:CONTACT", how="push")
    assert pushed.outcome is Outcome.CHANGED, pushed.message
    assert "snmp-server contact n0c-desk-s3cret" in service.lab.devices["leaf1"].running_config
    later = service.run("send_commands", commands=["show running-config"])
    assert re.search(r"snmp-server contact \*{8}-[0-9a-f]{10}", later.everything)
    assert "n0c-desk-s3cret" not in later.everything


@pytest.mark.parametrize(
    ("in_clear", "where", "device"),
    [
        ("d0ne-in-clear", {"password": "d0ne-in-clear"}, "leaf1"),
        ("d0ne-in-clear", {"password": "d0ne-in-clear"}, "leaf2"),
        ("sh0rt", {"data": {"enable_secret": "sh0rt"}}, "leaf1"),
        ("48151623", {"data": {"api_key": 48151623}}, "leaf2"),
    ],
)
def test_a_secret_in_clear_is_masked_in_what_every_job_reads(
    lab: Lab, tmp_path: Path, in_clear: str, where: dict[str, Any], device: str
) -> None:
    write_site(lab, tmp_path)
    file = tmp_path / "inventory" / "hosts.yaml"
    hosts = yaml.safe_load(file.read_text())
    hosts["leaf1"]["connection_options"] = {"snmp": where} if "password" in where else {}
    hosts["leaf1"]["data"] = hosts["leaf1"].get("data", {}) | where.get("data", {})
    file.write_text(yaml.safe_dump(hosts))
    with at_work(lab, tmp_path) as service:
        command = f"show running-config | include {in_clear}"
        done = service.run("send_commands", device, commands=[command, "show clock"])
        kept = repr(service.netpulse.steps(done.id))
    assert in_clear not in kept
    assert re.search(r"include \*{8}-[0-9a-f]{10}", kept)


def test_a_secret_in_clear_is_refused_before_anything_is_recorded(service: Service) -> None:
    before = [run.id for run in service.netpulse.runs()]
    for wrong in ({"password": "hunter2-clear"}, {"password": "env:X", "others": ["hunter2-clear"]}):
        with pytest.raises(InvalidParameters, match="takes a reference to a secret") as refused:
            service.submit("use_secret", **wrong)
        assert "hunter2-clear" not in f"{refused.value} {refused.value.hint}"
    assert [run.id for run in service.netpulse.runs()] == before


class Vault:
    """A plugin whose secret is another one each time it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    @hookimpl
    def resolve_secret(self, reference: str) -> str | None:
        """Return the next secret."""
        self.asked += 1
        return f"secret-{self.asked}"


@pytest.mark.parametrize(("seconds", "expected"), [(60.0, [1, 1, 2, 2, 3]), (0.0, [1, 2, 3, 4, 5])])
def test_a_secret_is_asked_for_again_once_its_time_is_over(seconds: float, expected: list[int]) -> None:
    reads: list[str] = []
    now: list[float] = []
    reader = SecretReader(Plugins([("vault", Vault())]), EmptyStore(), seconds, clock=lambda: now[-1])
    said = []
    for instant in (1000.0, 1059.9, 1060.0, 1119.9, 1120.1):
        now.append(instant)
        said.append(reader.read("op://core/password", reads.append))
    assert said == [f"secret-{number}" for number in expected]
    assert reads == ["op://core/password"] * expected[-1]
    redact = Redactor(b"the site's own", reader.ever)
    assert "secret-1" not in redact("secret-1 was the former one")
