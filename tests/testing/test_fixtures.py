"""The fixtures, as a plugin author asks for them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from netpulse_core import Turn, errors
from netpulse_core.builtins.ssh import Platform, Ssh
from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.testing import Clock, FakeDevice, Instance, device, opened

FakeDevices = Callable[..., FakeDevice]
Sites = Callable[..., Path]

SCRIPT = {
    "prompt": "box1> ",
    "banner": "welcome to the box",
    "lines": [
        {"command": "show version", "answer": "Box OS 4.2"},
        {"pattern": "show port [0-9]+", "answer": "port is up\nno errors"},
        {"command": "show load", "answer": ["load 1", "load 2"]},
        {"command": "show slow", "answer": "at last", "delay": 0.3},
        {"command": "show never", "delay": 3600},
        {"command": "show gone", "drops": True},
        {"command": "login", "prompt": "Password: ", "hidden": True},
        {"command": "hunter2", "at": "Password: ", "prompt": "box1# "},
        {"command": "show secret", "at": "box1# ", "answer": "42"},
        {"command": "quit", "closes": True},
    ],
    "refuses": "-- error: what is {line}?",
}


class Box(Ssh):
    """Speaks to the device of the script."""

    name = "box"
    platforms = (
        Platform.model_validate(
            {
                "name": "box_os",
                "sentence": "a box",
                "like": "box_os",
                "prompts": {"user": "(?P<host>[a-z0-9]+)>", "privileged": "(?P<host>[a-z0-9]+)#"},
                "questions": ["Password:$"],
                "refuses": ["-- error: .*"],
            }
        ),
    )


@pytest.mark.thorough
def test_a_device_answers_by_its_script(fake_device: FakeDevices) -> None:
    device = fake_device(SCRIPT, name="box1")
    with opened(Box(), device.parameters()) as line:
        assert line.send_command("show version") == "Box OS 4.2"
        assert line.send_command("show port 7") == "port is up\nno errors"
        assert [line.send_command("show load") for _ in range(3)] == ["load 1", "load 2", "load 2"]
        assert line.send_command("show slow") == "at last"
        assert line.refusal(line.send_command("show secret")) == "-- error: what is show secret?"
    assert device.lines[:3] == ["show version", "show port 7", "show load"]
    assert device.logins == 1


@pytest.mark.thorough
def test_an_answer_may_depend_on_the_prompt_and_a_secret_is_not_shown(fake_device: FakeDevices) -> None:
    device = fake_device(SCRIPT)
    with opened(Box(), device.parameters()) as line:
        answers = line.send_dialog([Turn("login", "Password: "), Turn("hunter2", "")])
        assert "hunter2" not in "".join(answers)
        assert line.send_command("show secret") == "42"
    assert device.lines == ["login", "<secret>", "show secret"]


def test_a_device_may_drop_hang_up_and_be_silent(fake_device: FakeDevices) -> None:
    device, driver = fake_device(SCRIPT), Box()
    with opened(driver, device.parameters()) as line, pytest.raises(EOFError):
        line.send_command("show gone")
    with opened(driver, device.parameters()) as line, device.silenced(), pytest.raises(errors.TimedOut):
        line.send_command("show version", read_timeout=0.5)
    device.faults.refuse_login = True
    with pytest.raises(Exception) as caught:  # noqa: PT011  the library's own
        driver.open(device.parameters(), timeout=10)
    assert isinstance(driver.translate(caught.value, "box1"), errors.AuthenticationFailed)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "prompt is missing"),
        ({"prompt": "x> ", "answers": []}, "no such key: answers; there are prompt, banner, lines, refuses"),
        ({"prompt": "x> ", "lines": [{"answer": "x"}]}, "lines, number 1: give it a `command` or a `pattern`"),
        ({"prompt": "x> ", "lines": [{"command": "a"}, {"pattern": "("}]}, r"number 2: '\(' is no regular expression"),
        ({"prompt": "x> ", "lines": {"command": "a"}}, "lines: must be a list"),
    ],
    ids=str,
)
def test_what_is_no_script_is_said(fake_device: FakeDevices, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fake_device(wrong)


def test_a_script_in_a_file_is_named_where_it_is_wrong(fake_device: FakeDevices, tmp_path: Path) -> None:
    file = tmp_path / "box.yaml"
    file.write_text("prompt: 'x> '\nlines: [{command: show version, reply: x}]\n")
    with pytest.raises(ValueError, match=r"box\.yaml: lines, number 1: no such key: reply"):
        fake_device(file)


PLUGIN = '''
"""A runbook that reads."""
from netpulse_core import Result, Task, runbook

@runbook
def versions(task: Task, word: str = "version") -> Result:
    """Ask for the version."""
    line = task.host.get_connection("ssh", task.nornir.config)
    return Result(host=task.host, result=line.send_command(f"show {word}"))
'''
PLATFORM = """
from pathlib import Path
from netpulse_core.builtins.ssh import add_platforms
add_platforms(Path(__file__).parent)
"""
BOX_OS = r"""
name: box_os
sentence: a box
like: box_os
prompts: {user: '(?P<host>[a-z0-9]+)>'}
refuses: ['-- error: .*']
"""


@pytest.fixture
def boxes(site: Sites, fake_device: FakeDevices) -> Path:
    """A site with one device that is there and one that is not."""
    there, away = fake_device(SCRIPT, name="box1").inventory("box_os"), {"hostname": "127.0.0.1", "port": 1}
    files = {
        "inventory/hosts.yaml": {"box1": there, "box2": there | away},
        "plugins/versions.py": PLUGIN,
        "plugins/boxes.py": PLATFORM,
        "plugins/box_os.yaml": BOX_OS,
    }
    return site(files)


@pytest.fixture
def running(boxes: Path, netpulse: Callable[..., Instance]) -> Instance:
    """A NetPulse that runs that site."""
    return netpulse(boxes)


@pytest.mark.thorough
def test_a_run_says_of_each_device_what_became_of_it(running: Instance) -> None:
    done = running.run("versions", "*")
    assert done.verdict is Verdict.MIXED
    assert (done["box1"].outcome, done["box1"].result, done["box1"].problem) == (Outcome.OK, "Box OS 4.2", None)
    assert done["box2"].outcome is Outcome.UNREACHABLE
    assert done["box2"].problem is not None
    assert done["box2"].problem.kind == "Unreachable"
    with pytest.raises(ValueError, match="too many values"):
        _ = done.outcome


def test_a_run_on_one_device_is_asked_as_if_it_were_it(running: Instance) -> None:
    done = running.run("versions", "box1", word="load")
    assert (done.outcome, done.result, [step.label for step in done.steps]) == (Outcome.OK, "load 1", ["versions"])
    assert done.problem is None
    with pytest.raises(errors.NotFound, match="versions"):
        running.run("version", "box1")


def test_the_api_answers_who_has_the_key(running: Instance, api: Callable[[Instance], httpx.Client]) -> None:
    listed = api(running).get("/v1/devices")
    assert listed.status_code == 200
    assert "box1" in listed.text
    assert httpx.get(f"{running.url}/v1/devices").status_code == 401


@pytest.mark.thorough
def test_a_run_that_lasts_is_said_with_its_device(boxes: Path, netpulse: Callable[..., Instance]) -> None:
    with pytest.raises(TimeoutError, match=r"versions on box1 did not end within 1 s: box1 \w+"):
        netpulse(boxes, grace=0.1).run("versions", "box1", within=1, word="never")


def test_nothing_of_the_callers_own_settings_is_touched(
    site: Sites, netpulse: Callable[..., Instance], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETPULSE_BROKER", "redis://production.example")
    monkeypatch.setenv("NETPULSE_LEDGER", "postgresql://production.example/netpulse")
    folder = site({"inventory/hosts.yaml": {"box1": {"hostname": "192.0.2.1"}}})
    assert netpulse(folder).controller.settings.ledger_url == f"sqlite:///{folder / '.netpulse' / 'ledger.sqlite3'}"


@pytest.mark.parametrize("name", ["../hosts.yaml", "/etc/hosts.yaml", "inventory/../../x"])
def test_a_site_stays_in_its_folder(site: Sites, name: str) -> None:
    with pytest.raises(ValueError, match="leads out of the site"):
        site({name: ""})


def test_a_clock_goes_when_it_is_told_to(clock: Clock) -> None:
    began = clock()
    clock.advance(60)
    assert (clock() - began, clock()) == (60, clock())
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


def test_a_device_ends_with_its_test() -> None:
    before = set(threading.enumerate())
    with device.running(SCRIPT):
        started = set(threading.enumerate()) - before
    assert started
    for thread in started:  # the last ones end beside the test
        thread.join(20)
    assert [thread.name for thread in started if thread.is_alive()] == []


def test_a_project_that_uses_none_of_it_hardly_pays_for_it() -> None:
    heavy = ("nornir", "netmiko", "asyncssh", "pydantic", "sqlalchemy", "fastapi", "yaml")
    code = (
        "import sys, pytest; before = set(sys.modules); import netpulse_core.testing.plugin; "
        f"print([name for name in {heavy!r} if name in set(sys.modules) - before], "
        "sorted(name for name in sys.modules if name.startswith('netpulse_core')))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split("]")[0] == "["
    assert said.stdout.strip().endswith("['netpulse_core', 'netpulse_core.testing', 'netpulse_core.testing.plugin']"), (
        said.stdout
    )
