"""Text in a job: the site's templates, the device as the job sees it, and answers that are parsed."""

import pytest

from netpulse_core.lab import Device
from netpulse_core.model.outcome import Outcome
from tests.runs.service import Service


@pytest.mark.thorough
def test_a_runbook_renders_and_parses_with_the_sites_templates(service: Service) -> None:
    done = service.run("describe", within=60, greeting="hello")
    assert done.outcome is Outcome.OK, done.job.problem
    body = done.steps[0].body
    assert body["text"] == "hello leaf1 cisco_ios calm\n"
    assert body["records"] == [{"greeting": "hello", "name": "leaf1"}]
    assert body["version"].startswith("sha256 ")


def test_what_a_template_lacks_fails_the_job_with_file_and_line(service: Service) -> None:
    done = service.run("describe", within=60, greeting="")
    assert done.outcome is Outcome.FAILED
    assert done.job.problem is not None
    assert "templates/hello.textfsm: State Error raised" in done.job.problem.message


def test_answers_are_parsed_in_a_job_and_kept_where_they_cannot_be(service: Service, leaf: Device) -> None:
    leaf.faults.refuse["show ip arp"] = "nonsense"
    commands = ["show ip interface brief", "show ip arp"]
    done = service.run("send_commands", within=60, commands=commands, parse="textfsm")
    assert done.outcome is Outcome.FAILED
    parsed, lost = done.steps[0], done.steps[1]
    assert not parsed.failed
    assert {record["proto"] for record in parsed.body["records"]} >= {"up"}
    assert parsed.body["output"].startswith("Interface")
    assert (lost.failed, lost.body) == (True, "nonsense")
    assert "cisco_ios_show_ip_arp.textfsm" in lost.error
