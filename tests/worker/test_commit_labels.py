"""A commit carries the job it is of, and a device that lists it proves what nobody saw.

The device speaks as Juniper's published examples do; no software of Juniper's is behind it.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from netpulse_core.builtins.netmiko.labels import labelled
from netpulse_core.builtins.ssh.driver import Ssh
from netpulse_core.errors import InvalidParameters
from netpulse_core.lab import Script
from netpulse_core.lab.script import Line
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Job, commit_label
from netpulse_core.runs import reconciling
from netpulse_core.testing.device import FakeDevice
from netpulse_core.testing.device import running as device_running
from netpulse_core.testing.instance import Instance
from netpulse_core.testing.instance import running as site_running
from netpulse_core.worker import reconciler
from tests.builtins.test_dialects import junos

LINE = "set system ntp server 192.0.2.1"
PLATFORM = "juniper_junos"
over = pytest.mark.parametrize("driver", ["netmiko", "ssh"])


@dataclass(frozen=True, kw_only=True)
class Router(Script):
    """A router that keeps its commits, and breaks the session off in one."""

    commits: list[str] = field(default_factory=list)
    takes: bool = True
    drops: bool = True

    def find(self, line: str, prompt: str) -> Line | None:
        """Say what becomes of a commit, and what the list of commits shows."""
        if found := re.fullmatch(r'commit comment "(.*)"', line.strip()):
            if self.takes and found[1] not in self.commits:  # asked twice of each line
                self.commits.insert(0, found[1])
            return Line(command=line, answer="commit complete\n\n[edit]", drops=self.drops)
        if line.strip() == "show system commit":
            rows = [f"{n}   2026-11-30 10:00:00 UTC by netpulse via cli\n    {c}" for n, c in enumerate(self.commits)]
            return Line(command=line, answer="\n".join(rows))
        return super().find(line, prompt)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "EVERY", 0.1)
    monkeypatch.setattr(reconciling, "SETTLE", 0.05)
    monkeypatch.setattr(reconciling, "MARGIN", -1000.0)  # as if its exec timeout were over


@contextmanager
def site_of(router: Router, folder: Path, driver: str) -> Iterator[tuple[Instance, FakeDevice]]:
    with device_running(router, name="mx1") as device:
        (folder / "inventory").mkdir()
        hosts = {"mx1": device.inventory(PLATFORM, netpulse_exec_timeout=1, netpulse_driver=driver)}
        (folder / "inventory" / "hosts.yaml").write_text(yaml.safe_dump(hosts))
        with site_running(folder, reconcile=True) as site:
            yield site, device


def judged(site: Instance, run: str) -> Job:
    until = time.monotonic() + 60
    while (job := site.controller.jobs(run)[0]).outcome is Outcome.IN_DOUBT:
        assert time.monotonic() < until, job
        time.sleep(0.05)
    return job


def router(**told: object) -> Router:
    plain = Script.of(junos())
    return Router(prompt=plain.prompt, lines=plain.lines, refuses=plain.refuses, **told)  # type: ignore[arg-type]


@pytest.mark.thorough
@over
def test_a_commit_that_the_device_lists_was_made(tmp_path: Path, driver: str) -> None:
    with site_of(router(), tmp_path, driver) as (site, device):
        run = site.run("send_config", "mx1", lines=[LINE]).run
        job = judged(site, run)
        assert job.outcome is Outcome.CHANGED, job.problem
        assert job.problem is not None
        assert "list of commits names this job" in job.problem.message
        label = commit_label(run, job.id)
        assert f'commit comment "{label}"' in device.lines
        assert len(label) <= 60
        steps = {step.label: step.body for step in site.controller.steps(run)["mx1"]}
        assert steps["reconcile: commit"] == label


@pytest.mark.thorough
@over
def test_one_that_is_not_listed_proves_nothing_nor_does_anothers(tmp_path: Path, driver: str) -> None:
    others = [commit_label("0" * 26, 1), "netpulse"]
    with site_of(router(takes=False, commits=others), tmp_path, driver) as (site, _):
        job = judged(site, site.run("send_config", "mx1", lines=[LINE]).run)
        assert job.outcome is Outcome.NEEDS_OPERATOR, job.problem


@pytest.mark.thorough
@over
def test_a_commit_that_goes_well_has_its_label_too(tmp_path: Path, driver: str) -> None:
    well = router(drops=False)
    with site_of(well, tmp_path, driver) as (site, _):
        done = site.run("send_config", "mx1", lines=[LINE])
        assert done.outcome is Outcome.CHANGED, done.problem
        assert well.commits == [commit_label(done.run, 1)]


@pytest.mark.parametrize(
    ("platform", "args", "kwargs"),
    [
        ("cisco_ios", (), {}),
        ("juniper_junos", (), {"comment": "mine"}),
        ("juniper_junos", (), {"check": True}),
        ("juniper_junos", (True,), {}),
        ("cisco_xr", (), {"confirm": True, "confirm_delay": 60}),
        ("cisco_xr", (), {"label": "mine"}),
    ],
)
def test_what_a_task_says_of_its_commit_is_left_as_it_is(
    platform: str, args: tuple[object, ...], kwargs: dict[str, object]
) -> None:
    assert labelled(platform, "commit", args, kwargs, "ours") == kwargs


@pytest.mark.parametrize("comment", ['"', "two\nlines"])
def test_a_comment_that_would_be_another_line_is_refused_before_anything_is_sent(comment: str) -> None:
    with device_running(router(), name="mx1") as device:
        connection = Ssh().open(device.parameters("junos"), timeout=20)
        with pytest.raises(InvalidParameters, match="comment: must be printable and without quotes"):
            connection.send_config([LINE], comment=comment)
        Ssh().close(connection)
        assert LINE not in device.lines
