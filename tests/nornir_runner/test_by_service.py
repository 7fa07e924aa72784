"""Nornir's own `run`, by a service: results as Nornir gives them, and refusals that say why."""

import functools
import logging
from pathlib import Path
from typing import Any

import pytest
from limits import RateLimitItemPerSecond
from nornir.core.exceptions import NornirExecutionError
from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Result, Task
from nornir_utils.plugins.functions import print_result

from netpulse_core import errors
from netpulse_core.broker import rates
from netpulse_core.lab import Lab
from netpulse_core.nornir_runner import NetPulseRunner, Registered
from tests.nornir_runner import plugin
from tests.nornir_runner.conftest import Made, served, write_site


def shape(result: Any) -> Any:
    """Everything Nornir says of a result, and how results are nested."""
    if isinstance(result, MultiResult):
        return (result.name, result.failed, result.changed, [shape(one) for one in result])
    said = None if result.failed else result.result
    return (result.name, said, result.failed, result.changed, result.diff, result.severity_level, result.host.name)


class Recorder:
    """A processor that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def task_started(self, task: Task) -> None:
        self.told.append(("task_started", task.name))

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        self.told.append(("task_completed", task.name, *sorted(result)))

    def task_instance_started(self, task: Task, host: Host) -> None:
        self.told.append(("instance_started", task.name, host.name))

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        self.told.append(("instance_completed", task.name, host.name, str(len(result)), str(result.failed)))

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        self.told.append(("subtask_started", task.name, host.name, str(task.parent_task)))

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        self.told.append(("subtask_completed", task.name, host.name, str(len(result)), str(result.changed)))


@pytest.mark.parametrize("fail_on", ["", "leaf2"])
def test_results_are_nested_as_nornirs_own(by_service: Made, here: Made, fail_on: str) -> None:
    own = here(runner="serial").run(plugin.nest, fail_on=fail_on)
    sent = by_service().run(plugin.nest, fail_on=fail_on)
    assert isinstance(sent, AggregatedResult)
    assert sent.name == own.name == "nest"
    assert {name: shape(each) for name, each in sent.items()} == {name: shape(each) for name, each in own.items()}
    assert sent.failed_hosts.keys() == own.failed_hosts.keys() == ({fail_on} - {""})


def test_a_level_given_to_run_is_kept(by_service: Made, here: Made) -> None:
    own = here("leaf1", runner="serial").run(plugin.nest, name="mine", severity_level=logging.DEBUG)
    sent = by_service("leaf1").run(plugin.nest, name="mine", severity_level=logging.DEBUG)
    assert shape(sent["leaf1"]) == shape(own["leaf1"])


def test_processors_are_told_in_nornirs_order(by_service: Made, here: Made) -> None:
    own, sent = Recorder(), Recorder()
    here("leaf1", runner="serial").with_processors([own]).run(plugin.nest, fail_on="leaf1")
    by_service("leaf1").with_processors([sent]).run(plugin.nest, fail_on="leaf1")
    assert sent.told == own.told
    both = Recorder()
    by_service("leaf1", "elsewhere").with_processors([both]).run(plugin.nest)
    assert ("instance_completed", "nest", "elsewhere", "1", "True") in both.told
    assert ("instance_completed", "nest", "leaf1", "5", "False") in both.told


@pytest.mark.thorough
@pytest.mark.parametrize("told", [True, False])
def test_who_asks_too_often_waits_and_loses_no_result(
    by_service: Made, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    monkeypatch.setattr(rates, "RateLimitItemPerMinute", lambda most: RateLimitItemPerSecond(most, 2))  # a short one
    recorder = Recorder()
    (tmp_path / "site").mkdir()
    with served(write_site(lab, tmp_path / "site"), requests_per_key=3) as options:
        nornir = by_service("leaf1", "leaf2", "leaf3", options=options)
        result = nornir.with_processors([recorder] if told else []).run(plugin.nest)
    assert [each.failed for each in result.values()] == [False] * 3
    completed = sorted(said[2] for said in recorder.told if said[0] == "instance_completed")
    assert completed == (["leaf1", "leaf2", "leaf3"] if told else [])


def test_a_failure_is_our_error_and_nornir_goes_on_as_with_its_own(by_service: Made, lab: Lab) -> None:
    lab.devices["leaf2"].faults.refuse_login = True
    nornir = by_service()
    result = nornir.run(plugin.read_the_clock)
    assert (result["leaf1"].failed, result["leaf2"].failed) == (False, True)
    error = result["leaf2"].exception
    assert isinstance(error, errors.AuthenticationFailed)
    assert error.device == "leaf2"
    assert result["leaf2"].outcome == "auth_failed"
    assert result["leaf2"].severity_level == logging.ERROR
    assert nornir.data.failed_hosts == {"leaf2"}
    with pytest.raises(NornirExecutionError, match="leaf2"):
        result.raise_on_error()


@pytest.mark.thorough
def test_a_change_is_told_and_one_by_a_runbook_that_reads_is_refused(by_service: Made, lab: Lab) -> None:
    result = by_service("leaf1").run(plugin.configure_with_all)
    assert not result.failed, result["leaf1"].exception
    assert result["leaf1"].changed
    assert "+ description from napalm" in result["leaf1"][3].diff
    assert lab.devices["leaf1"].running_config.count("ntp server 192.0.2.") == 2
    refused = by_service("leaf1").run(plugin.change_although_it_reads)
    assert isinstance(refused["leaf1"].exception, errors.CommandRejected)
    assert "192.0.2.9" not in lab.devices["leaf1"].running_config


def test_hosts_the_service_refuses_are_failed_and_never_missing(by_service: Made, lab: Lab) -> None:
    result = by_service("leaf1", "elsewhere").run(plugin.nest)
    assert list(result) == ["elsewhere", "leaf1"]
    assert not result["leaf1"].failed
    assert isinstance(result["elsewhere"].exception, errors.NotFound)
    refused = by_service("leaf1", "leaf3").run(plugin.configure_with_all)
    assert list(refused) == ["leaf1", "leaf3"]
    assert all(isinstance(each.exception, errors.Refused) for each in refused.values())
    assert "leaf3 is not to be changed" in str(refused["leaf1"].exception)
    assert not lab.devices["leaf1"].journal.applied


def closing_over() -> Any:
    def closure(task: Task) -> None:
        """Do nothing."""

    return closure


def plain(task: Task) -> None:
    """Be an ordinary task of a module."""


def of_the_script(task: Task) -> None:
    """Be defined in the script itself."""


of_the_script.__module__ = "__main__"


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (lambda task: None, "a lambda has no name"),
        (closing_over(), "defined inside another function"),
        (functools.partial(plain), "a partial"),
        (of_the_script, "defined in the script itself"),
        (plugin.refused(), "an object of the class refused"),
        (plain, "test_by_service.plain is not a runbook"),
    ],
)
def test_what_is_no_registered_runbook_is_refused_with_the_remedy(by_service: Made, task: Any, reason: str) -> None:
    with pytest.raises(errors.Refused, match=reason) as refused:
        by_service().run(task, name="of any name")
    assert "code does not travel" in refused.value.hint


def test_a_runbook_the_service_has_not_is_not_found(by_service: Made) -> None:
    with pytest.raises(errors.NotFound, match="no runbook 'only_here'"):
        by_service().run(plugin.only_here)


def test_a_runbook_that_is_another_one_here_is_refused(by_service: Made, lab: Lab) -> None:
    from netpulse_core import Runbook

    def mine(task: Task) -> None:
        """Read, where the service's runbook of that name changes."""

    mine.__qualname__ = "mine"
    with pytest.raises(errors.Refused, match="it changes"):
        by_service().run(Runbook(mine, name="configure_with_all"))
    assert not lab.devices["leaf1"].journal.applied


def test_parameters_are_validated_before_anything_is_sent(by_service: Made) -> None:
    with pytest.raises(errors.InvalidParameters, match="unknown parameter 'fail_onn'"):
        by_service().run(plugin.nest, fail_onn="leaf1")
    with pytest.raises(errors.InvalidParameters, match="'fail_on' is a tuple"):
        by_service().run(Registered("nest"), fail_on=("leaf1",))


def test_a_runbook_is_run_by_its_name_alone(by_service: Made) -> None:
    result = by_service("leaf1").run(Registered("clock"))
    assert result.name == "clock"
    assert result["leaf1"].result
    with pytest.raises(errors.InvalidParameters, match="unknown parameter 'word'"):
        by_service("leaf1").run(Registered("clock"), word=1)


@pytest.mark.thorough
def test_a_dry_run_changes_nothing_or_is_refused(by_service: Made, lab: Lab) -> None:
    result = by_service("leaf1", dry_run=True).run(plugin.try_out)
    assert not result.failed, result["leaf1"].exception
    assert "+ description from napalm" in result["leaf1"][1].diff
    assert "from napalm" not in lab.devices["leaf1"].running_config
    with pytest.raises(errors.Refused, match="only tries things out"):
        by_service("leaf1", dry_run=True).run(plugin.configure_with_all)
    assert not by_service("leaf1", dry_run=True).run(plugin.read_the_clock).failed


def test_a_local_file_is_sent_and_a_kept_one_named(by_service: Made, here: Made, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("heavy")
    for nornir in (by_service("leaf1"), here("leaf1")):
        assert nornir.run(plugin.weigh, file=str(tmp_path / "note.txt"))["leaf1"].result == ["note.txt", "heavy"]
    with pytest.raises(errors.NotFound, match="unheard-of"):
        by_service("leaf1").run(plugin.weigh, file="unheard-of.txt")


def test_closing_connections_and_no_host_at_all_stay_here(by_service: Made) -> None:
    with by_service() as nornir:
        assert nornir.filter(name="nobody").run(plugin.nest) == {}
        nornir.close_connections()


def test_what_others_print_prints(by_service: Made, capsys: pytest.CaptureFixture[str]) -> None:
    print_result(by_service("leaf1").run(plugin.nest, fail_on="leaf1"), severity_level=logging.DEBUG)
    shown = capsys.readouterr().out
    for words in ("first inner", "deep", "+ a line", "second is wrong"):
        assert words in shown


def test_without_a_key_nothing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NETPULSE_API_KEY", raising=False)
    monkeypatch.setenv("NETPULSE_URL", "http://127.0.0.1:9")
    with pytest.raises(errors.Unidentified, match="no API key"):
        NetPulseRunner()
    monkeypatch.setenv("NETPULSE_API_KEY", "np_x_y")
    runner = NetPulseRunner()
    task = Task(plugin.nest, None, False, None)  # type: ignore[arg-type]  # it comes no further
    with pytest.raises(errors.ServiceError, match="cannot be reached"):
        runner.run(task, [Host("leaf1")])


def test_a_misspelt_option_of_the_runner_is_said_with_the_one_meant() -> None:
    options: dict[str, Any] = {"prioritty": 5}  # as Nornir hands over what its configuration says
    with pytest.raises(errors.InvalidParameters, match=r"'prioritty'; did you mean 'priority'\?") as refused:
        NetPulseRunner(**options)
    assert "num_workers" in refused.value.hint


def test_results_are_ordinary(by_service: Made) -> None:
    result = by_service("leaf1").run(plugin.nest)["leaf1"]
    assert type(result[0]) is Result
    assert result[0].host is not None
    assert result.result == {"done": [1, 2]}
