"""One new file with a runbook: its annotations are its options, its schema, and what schedules are held against."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import Result

from netpulse_core import errors, settings
from netpulse_core.client import Client
from netpulse_core.controller import NetPulse
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.run import RunRequest
from netpulse_core.worker.node import Node
from tests.api.service import serving

RUNBOOK = '''
from typing import Annotated, Literal

from pydantic import Field

from netpulse_core import Result, Task, runbook


@runbook(timeout=90, attempts=2, drivers=("netmiko", "ssh"), platforms=("cisco_ios", "arista_eos"))
def set_mode(
    task: Task,
    mode: Literal["access", "trunk"],
    vlans: list[int],
    speed_limit: Annotated[int, Field(ge=1, le=100)] = 10,
    save: bool = True,
) -> Result:
    """Say what was asked.

    And more of it.
    """
    return Result(host=task.host, result=[mode, vlans, speed_limit, save])


@runbook
def look_along(task: Task, target: str) -> Result:
    """Say what was asked."""
    return Result(host=task.host, result=target)
'''
HOSTS = """
leaf1: {hostname: 192.0.2.1, platform: cisco_ios}
leaf2: {hostname: 192.0.2.2, platform: arista_eos}
core1: {hostname: 192.0.2.3, platform: junos}
what1: {hostname: 192.0.2.4}
edge1: {hostname: 192.0.2.5, platform: cisco_ios, data: {netpulse_driver: eapi}}
edge2: {hostname: 192.0.2.6, platform: cisco_ios, data: {netpulse_driver: ssh}}
"""
SCHEDULE = "runbook: set_mode\ntarget: {target}\ncron: '@daily'\nparameters: {parameters}\n"
Said = Callable[..., Result]
Served = tuple[Path, str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site with that file, and the address and a key of a whole service on it."""
    site = tmp_path_factory.mktemp("site")
    for folder, name, text in (("inventory", "hosts.yaml", HOSTS), ("plugins", "mode.py", RUNBOOK)):
        (site / folder).mkdir()
        (site / folder / name).write_text(text)
    (site / "netpulse.toml").write_text("grace = 5.0\n")
    with NetPulse.open(settings.load(site)) as netpulse, serving(netpulse) as (_, port):
        node = Node(netpulse)
        node.start()
        try:
            yield site, f"http://127.0.0.1:{port}", netpulse.ledger.keys.create("ada", "admin", by="test").key
        finally:
            node.stop()


@pytest.fixture
def run(served: Served, said: Said, monkeypatch: pytest.MonkeyPatch) -> Said:
    """Run the runbook from the command line with these words."""
    _, url, key = served
    monkeypatch.setenv("NETPULSE_API_KEY", key)
    return lambda *words, target="leaf*": said("run", "set_mode", "-t", target, *words, "--url", url)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--mode", "trunk", "--vlans", "1", "--vlans", "2"], ["trunk", [1, 2], 10, True]),
        (["--mode=access", "--vlans=[7]", "--no-save", "--speed-limit", "100"], ["access", [7], 100, False]),
        (["--vlans", "3", "--save", "--mode", "trunk", "--speed_limit=2"], ["trunk", [3], 2, True]),
        (["--vlans", "3", "--save", "false", "-p", "mode=trunk"], ["trunk", [3], 10, False]),
    ],
)
def test_parameters_are_options(run: Said, served: Served, words: list[str], answer: list[Any]) -> None:
    done = run(*words)
    assert done.exit_code == 0, done.output
    _, url, key = served
    with Client(url, key) as client:
        assert [step.body for step in client.steps("last", "leaf2")] == [answer]


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["--mode", "hybrid", "--vlans", "1"], 2, "parameter 'mode': input should be 'access' or 'trunk'"),
        (["--mode", "trunk", "--vlans", "x"], 2, "parameter 'vlans.0': input should be a valid integer"),
        (["--mode", "trunk", "--vlans", "1", "--speed-limit", "101"], 2, "less than or equal to 100"),
        (["--vlans", "1"], 2, "parameter 'mode' is required"),
        (["--mood", "trunk"], 2, "--mood: neither an option nor a parameter of set_mode; did you mean '--mode'?"),
        (["--mode", "trunk", "--no-mode"], 2, "--no-mode: neither an option nor a parameter"),
        (["--vlans", "--save"], 2, "--vlans: it needs a value"),
        (["leaf1"], 2, "leaf1: neither an option nor a parameter"),
    ],
)
def test_what_the_signature_does_not_take_is_refused(run: Said, words: list[str], code: int, problem: str) -> None:
    done = run(*words)
    assert done.exit_code == code, done.output
    assert problem in " ".join(done.output.split())


def test_a_parameter_that_is_called_as_an_option_of_the_command_is_asked_for_by_p(
    served: Served, said: Said, run: Said
) -> None:
    words = ("run", "look_along", "-t", "leaf1", "--url", served[1])
    refused = said(*words, "--target", "leaf2")
    assert refused.exit_code == 2, refused.output
    assert "runbook 'look_along': parameter 'target' is required" in " ".join(refused.output.split())
    assert "give the parameter as -p target=..." in " ".join(refused.output.split())
    done = said(*words, "-p", "target=leaf2")
    assert done.exit_code == 0, done.output


def test_the_schema_and_the_metadata_are_told_everywhere(served: Served, said: Said, run: Said) -> None:
    _, url, key = served
    shown = httpx.get(f"{url}/v1/runbooks/set_mode", headers={"Authorization": f"Bearer {key}"}).json()
    properties = shown["parameters"]["properties"]
    assert properties["mode"]["enum"] == ["access", "trunk"]
    assert properties["vlans"]["items"] == {"type": "integer"}
    assert (properties["speed_limit"]["minimum"], properties["speed_limit"]["maximum"]) == (1, 100)
    assert properties["save"] == {"default": True, "title": "Save", "type": "boolean"}
    assert shown["parameters"]["required"] == ["mode", "vlans"]
    assert (shown["drivers"], shown["platforms"]) == (["netmiko", "ssh"], ["cisco_ios", "arista_eos"])
    with Client(url, key) as client:
        assert list(client.runbook("set_mode").platforms) == ["cisco_ios", "arista_eos"]
        assert client.runbook("send_commands").platforms == []
    told = said("runbooks", "set_mode", "--url", url).output
    assert re.search(r"^timeout    1\.5 min *\nattempts   2 *$", told, re.MULTILINE), told
    assert "drivers    netmiko, ssh" in told
    assert "platforms  cisco_ios, arista_eos" in told


def test_a_device_of_another_platform_is_refused_before_anything_is_recorded(served: Served, run: Said) -> None:
    _, url, key = served
    with Client(url, key) as client:
        before = [one.id for one in client.runs()]
        done = run("--mode", "trunk", "--vlans", "1", target="*")
        assert done.exit_code == 5, done.output
        said = " ".join(done.output.split())
        assert "'set_mode' is for cisco_ios, arista_eos" in said
        assert "core1 (junos), what1 (none)" in said
        assert [one.id for one in client.runs()] == before


def test_a_device_of_another_driver_is_refused_before_anything_is_recorded(served: Served, run: Said) -> None:
    _, url, key = served
    asked = {"runbook": "set_mode", "target": "edge*", "parameters": {"mode": "trunk", "vlans": [1]}}
    with Client(url, key) as client:
        before = [one.id for one in client.runs()]
        done = run("--mode", "trunk", "--vlans", "1", target="edge*")
        assert done.exit_code == 5, done.output
        said = " ".join(done.output.split())
        assert "'set_mode' uses netmiko, ssh, and the driver of these devices is another: edge1 (eapi)" in said
        answer = httpx.post(f"{url}/v1/runs", json=asked, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 403
        assert "edge1 (eapi)" in answer.json()["detail"]
        assert [one.id for one in client.runs()] == before


@pytest.mark.parametrize(
    ("target", "parameters", "problem"),
    [
        ("leaf*", "{mode: trunk, vlans: [1]}", ""),
        ("leaf*", "{mode: hybrid, vlans: [1]}", "parameters.mode error parameter 'mode': input should be 'access' or"),
        ("leaf*", "{mode: trunk, vlans: [1], speed_limit: 0}", "parameters.speed_limit"),
        ("leaf*", "{mode: trunk, vlans: [1], sav: false}", "unknown parameter 'sav'; did you mean 'save'?"),
        ("edge1", "{mode: trunk, vlans: [1]}", "target error runbook 'set_mode' uses netmiko, ssh"),
        ("leaf1,core1", "{mode: trunk, vlans: [1]}", "target error runbook 'set_mode' is for cisco_ios, arista_eos"),
    ],
)
def test_schedules_are_held_against_it(said: Said, tmp_path: Path, target: str, parameters: str, problem: str) -> None:
    texts = {"inventory/hosts.yaml": HOSTS, "plugins/mode.py": RUNBOOK, "netpulse.toml": ""}
    texts["schedules/mode.yaml"] = SCHEDULE.format(target=f"'{target}'", parameters=parameters)
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = said("--site", tmp_path, "check")
    assert (problem in " ".join(done.output.split())) if problem else done.exit_code == 0, done.output
    assert done.exit_code == bool(problem)
    assert not (tmp_path / ".netpulse").exists()


def test_the_controller_is_asked_by_schedules_too(served: Served) -> None:
    site, _, _ = served
    asked = RunRequest(runbook="set_mode", target="core1", parameters={"mode": "trunk", "vlans": [1]})
    with NetPulse.open(settings.load(site)) as netpulse, pytest.raises(errors.Refused, match="core1"):
        netpulse.prepared(asked, LOCAL, schedule="mode")
