"""Every command and example of README.md is executed, on a site of simulated devices."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

import pytest
import yaml

from netpulse_core.inventory import scaffold, targets
from netpulse_core.lab import Lab, write_inventory
from netpulse_core.model.outcome import Outcome
from tests.conftest import lack
from tests.servers.process import Process, free_port

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
REFERENCE = (ROOT / "docs" / "reference.md").read_text()
RUNS = (ROOT / "docs" / "runs.md").read_text()
BIN = str(Path(sys.executable).parent)


def block(language: str, holding: str) -> str:
    """The one code block of this language that holds this text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (found,) = [text for text in blocks if holding in text]
    return str(found)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab.running(count=6) as network:
        yield network


@pytest.fixture
def site(lab: Lab, tmp_path: Path) -> Path:
    write_inventory(lab, tmp_path / "inventory", password="env:NETPULSE_LAB_PASSWORD")
    for folder in ("plugins", "schedules"):
        (tmp_path / folder).mkdir()
    (tmp_path / "plugins" / "set_ntp.py").write_text(block("python", "def set_ntp"))
    (tmp_path / "schedules" / "nightly.yaml").write_text(block("yaml", "cron:"))
    (tmp_path / "netpulse.toml").touch()
    return tmp_path


@pytest.fixture
def shell(lab: Lab, site: Path) -> Iterator[dict[str, str]]:
    """The environment of a person in the site's folder, with `netpulse up` running there."""
    env = os.environ | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "NETPULSE_LAB_PASSWORD": lab.blueprint.password,
        "NETPULSE_PORT": str(free_port()),
        "NETPULSE_SITE": str(site),
    }
    up = Process(["netpulse", "up"], site / "up.log", env=env)
    until = time.monotonic() + 20
    while not (site / ".netpulse" / "service.json").exists():
        assert up.running, (site / "up.log").read_text()
        assert time.monotonic() < until, "the service did not come up"
        time.sleep(0.1)
    yield env
    up.end(SIGTERM)


def typed(command: str, env: dict[str, str], site: Path) -> subprocess.CompletedProcess[str]:
    """Do what a person would see; the port is the one this test listens on."""
    command = command.replace(":8420", f":{env['NETPULSE_PORT']}")
    return subprocess.run(["bash", "-ec", command], env=env, cwd=site, capture_output=True, text=True, timeout=60)


@pytest.mark.thorough
def test_the_commands_beside_a_running_service_do_what_they_say(shell: dict[str, str], site: Path, lab: Lab) -> None:
    if shutil.which("curl") is None:
        lack("curl is not installed")
    done = typed(block("sh", "netpulse run"), shell, site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"run"' in done.stdout, "curl shows the run that was accepted"
    configured = {name for name, device in lab.devices.items() if "ntp server 192.0.2.123" in device.running_config}
    assert configured == {name for name, device in lab.devices.items() if device.site == "fra"}
    assert done.stdout.count("ntp server 192.0.2.123") == len(configured), "what each device answered, once"


@pytest.mark.thorough
def test_the_site_of_the_examples_has_nothing_wrong(shell: dict[str, str], site: Path) -> None:
    done = typed("netpulse check --strict", shell, site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert yaml.safe_load(block("yaml", "cron:"))["runbook"] == "send_commands"
    listed = typed("netpulse schedules", shell, site)
    assert "nightly" in listed.stdout


def test_the_runbook_shown_is_the_one_that_a_new_site_has(tmp_path: Path) -> None:
    scaffold.create(tmp_path)
    there = (tmp_path / "plugins" / "set_ntp.py").read_text()
    assert there.endswith("\n\n" + block("python", "def set_ntp").replace("# only", "# noqa: PLC0415 - only"))


@pytest.mark.thorough
def test_the_demo_runs_and_the_commands_it_names_work(tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=110, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    beginning, _, last = block("sh", "netpulse up").rstrip().rpartition("\n")
    assert last == "netpulse up"
    first = block("sh", "netpulse run").partition("\n")[0]
    env = {name: value for name, value in os.environ.items() if not name.startswith("NETPULSE_")}
    try:
        typed = f"{beginning}\n{first}"
        done = subprocess.run(["bash", "-ec", typed], env=env, cwd=ROOT, capture_output=True, text=True, timeout=90)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        subprocess.run([f"{BIN}/netpulse", "--site", ".netpulse-demo", "lab", "down"], env=env, cwd=ROOT, check=True)


def test_no_key_stands_in_the_arguments_of_a_program() -> None:
    for text in re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        assert not re.search(r"(-H|--header) *\S*Authorization", text)


@pytest.mark.thorough
def test_the_python_of_the_reference_runs(shell: dict[str, str], site: Path) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```$", REFERENCE, re.MULTILINE | re.DOTALL)
    script = "from pathlib import Path\nkey = Path('.netpulse/admin.key').read_text().strip()\n" + example
    (site / "example.py").write_text(script.replace(":8420", f":{shell['NETPULSE_PORT']}"))
    done = typed(f"{sys.executable} example.py", shell, site)
    assert done.returncode == 0, done.stderr
    assert "leaf1 ok" in done.stdout


def test_every_target_of_the_reference_can_be_read() -> None:
    table = REFERENCE.partition("## Targets")[2].partition("## Outcomes")[0]
    rows = re.findall(r"^\| (`.*?) \|", table.replace("\\|", "¦"), re.MULTILINE)
    written = [text for row in rows for text in re.findall(r"`([^`]+)`", row) if not text.endswith("=")]
    assert len(written) > 12
    for text in written:
        targets.parse(text)


def test_the_table_of_outcomes_has_each_once() -> None:
    table = RUNS.partition("## Outcomes")[2].partition("## Verdicts")[0]
    named = [word for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for word in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(Outcome)


def test_every_make_target_named_exists() -> None:
    named = set(re.findall(r"\bmake ([a-z]+)", README))
    assert {"demo", "test"} <= named
    for target in named:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_every_link_leads_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link
