"""Commands, settings, times, ports and probes in deploy/ are those of the code."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from netpulse_core.api.health import router
from netpulse_core.api.server import STOPPING
from netpulse_core.cli.app import load
from netpulse_core.controller.opening import PATIENCE as STARTING
from netpulse_core.scheduler.service import PATIENCE as TICK
from netpulse_core.settings import Settings
from netpulse_core.worker.descriptors import needed
from netpulse_core.worker.node import GOODBYE, LEAVING, SHORT

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.parent.name != "secrets")
UNITS = sorted((DEPLOY / "systemd").iterdir())
DEFAULT = {name: field.default for name, field in Settings.model_fields.items()}
DRAIN = max(DEFAULT["grace"], GOODBYE + SHORT) + 2 * GOODBYE + LEAVING
"""Seconds a worker may take to stop: its ledger may hang when it is told, and again when it is told how it ended."""
UNTIL = {"worker": DRAIN, "up": DRAIN, "scheduler": TICK, "api": STOPPING}
OPTIONAL = {"worker": "netpulse-devices", "api": "netpulse-hooks"}
"""Secrets whose variables `env:NAME` means, by whom alone they are given to."""
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def manifests() -> list[dict[str, Any]]:
    """Every object of deploy/kubernetes."""
    files = sorted((DEPLOY / "kubernetes").rglob("*.yaml"))
    return [found for path in files for found in yaml.safe_load_all(path.read_text())]


def pods() -> dict[str, dict[str, Any]]:
    """The pods of NetPulse's own, by their part."""
    made = [one["spec"]["template"] for one in manifests() if one["kind"] in ("Deployment", "Job")]
    found = {one["metadata"]["labels"]["part"]: one["spec"] for one in made}
    del found["redis"]
    return found


def services() -> dict[str, dict[str, Any]]:
    """The services of compose.yaml that are NetPulse's own."""
    return {name: one for name, one in COMPOSE["services"].items() if one["image"].startswith("netpulse-site")}


def unit(path: Path) -> dict[str, list[str]]:
    """The lines of a unit by their name."""
    lines: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        name, is_line, value = line.partition("=")
        if is_line and not line.startswith("#"):
            lines.setdefault(name, []).append(value)
    return lines


def commands() -> Iterator[tuple[str, list[str]]]:
    """What is run as netpulse, with where that stands."""
    for name, one in services().items():
        yield f"compose.yaml, {name}", one["command"]
    for part, pod in pods().items():
        yield f"kubernetes, {part}", pod["containers"][0]["args"]
    for path in UNITS:
        yield path.name, shlex.split(unit(path)["ExecStart"][0])[1:]
    pages = [*FILES, ROOT / "docs" / "deployment.md"]
    for path in pages:
        for line in path.read_text().splitlines():
            for said in re.findall(r"(?:^|`|exec api )netpulse ([a-z][^`#|>]*)", line):
                yield f"{path.name}: {line.strip()}", shlex.split(said)


def test_commands_are_there_with_their_options() -> None:
    seen = 0
    for where, said in commands():
        name, *words = said
        command: Any = load(name)
        while hasattr(command, "commands"):
            assert words, where
            name, *words = words
            assert name in command.commands, where
            command = command.commands[name]
        known = {option for parameter in command.params for option in parameter.opts}
        for word in words:
            if word.startswith("-"):
                assert word.partition("=")[0] in known, f"{where}: {word}"
        seen += 1
    assert seen > 12


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_variables_are_settings(path: Path) -> None:
    named = set(re.findall(r"NETPULSE_([A-Z_]+)", path.read_text()))
    assert {name.lower() for name in named} <= {*Settings.model_fields}


def test_whoever_stops_a_process_waits_longer_than_it_may_take() -> None:
    for name, one in services().items():
        if (longest := UNTIL.get(one["command"][0])) is not None and longest > 9:  # compose waits for 10 s by itself
            assert int(one["stop_grace_period"].removesuffix("s")) > longest, name
    for part, pod in pods().items():
        if part in UNTIL:
            container = pod["containers"][0]
            before = int(container["lifecycle"]["preStop"]["exec"]["command"][1]) if "lifecycle" in container else 0
            assert pod["terminationGracePeriodSeconds"] > UNTIL[part] + before, part
    for path in UNITS:
        part = re.split(r"[-@.]", path.name)[1]
        assert int(unit(path)["TimeoutStopSec"][0]) > UNTIL[part], path.name
    said = [int(seconds) for seconds in re.findall(r"(\d+) s more", "".join(path.read_text() for path in FILES))]
    assert set(said) == {2 * GOODBYE + LEAVING}
    patience = re.findall(r"TimeoutStopSec=` (\d+)|PeriodSeconds: (\d+)", (ROOT / "docs" / "workers.md").read_text())
    assert [max(map(int, filter(None, found))) > DRAIN for found in patience] == [True, True]


def test_nothing_kills_a_worker_in_the_middle_of_a_change() -> None:
    worker = pods()["worker"]["containers"][0]
    assert not {"livenessProbe", "startupProbe", "readinessProbe", "lifecycle"} & worker.keys()
    assert not [name for name, one in services().items() if one["command"] == ["worker"] and "healthcheck" in one]
    for path in UNITS:
        if re.search("worker|up", path.stem):
            assert (unit(path)["KillMode"], unit(path)["OOMPolicy"]) == (["process"], ["continue"])


def test_probes_and_ports_are_those_of_the_service() -> None:
    routes = {route.path for route in router.routes if hasattr(route, "path")}
    container = pods()["api"]["containers"][0]
    port = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert port == {"http": DEFAULT["port"]}
    probes = {name: container[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert {probe["port"] for probe in probes.values()} == {"http"}
    assert {probe["path"] for probe in probes.values()} <= routes
    assert probes["readinessProbe"]["path"] == "/readyz"
    assert container["startupProbe"]["periodSeconds"] * container["startupProbe"]["failureThreshold"] > STARTING
    api = COMPOSE["services"]["api"]
    assert api["ports"] == [f"127.0.0.1:{DEFAULT['port']}:{DEFAULT['port']}"]
    asked = re.search(r"127\.0\.0\.1:(\d+)(/\w+)", api["healthcheck"]["test"][-1])
    assert asked is not None
    assert (int(asked[1]), asked[2]) == (DEFAULT["port"], "/healthz")
    assert int(api["healthcheck"]["start_period"].removesuffix("s")) > STARTING
    assert f"EXPOSE {DEFAULT['port']}" in (DEPLOY / "Dockerfile").read_text()


def test_only_the_api_listens_beyond_its_own_machine() -> None:
    assert DEFAULT["host"] == "127.0.0.1"
    listening = [name for name, one in services().items() if "NETPULSE_HOST" in one["environment"]]
    listening += [part for part, pod in pods().items() if "NETPULSE_HOST" in str(pod)]
    assert listening == ["api", "api"]


def test_pods_are_held_short() -> None:
    for part, pod in pods().items():
        container = pod["containers"][0]
        assert pod["enableServiceLinks"] is False, part
        assert pod["automountServiceAccountToken"] is False, part
        assert pod["securityContext"]["runAsNonRoot"] is True, part
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, part
        written = {one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")}
        assert written == {"/site/.netpulse", "/tmp"}, part


def test_secrets_are_files_and_none_is_here() -> None:
    (secret, *further) = [one for one in manifests() if one["kind"] == "Secret"]
    assert set(secret["stringData"].values()) == {""}
    assert [one["stringData"] for one in further] == [{}, {}]
    assert [one["metadata"]["name"] for one in further] == list(OPTIONAL.values())
    for part, pod in pods().items():
        told = {one["name"]: one["value"] for one in pod["containers"][0]["env"]}
        files = [value.removeprefix("file:/run/secrets/netpulse/") for value in told.values() if "file:" in value]
        assert files == list(secret["stringData"]), part
    for name, one in services().items():
        files = re.findall(r"file:/run/secrets/(\w+)", str(one["environment"]))
        assert files == one["secrets"], name
        assert {*files} <= COMPOSE["secrets"].keys(), name


def test_workers_are_given_the_secrets_of_devices_and_the_api_those_of_hooks() -> None:
    for part, pod in pods().items():
        given = pod["containers"][0].get("envFrom", [])
        name = OPTIONAL.get(part)
        assert given == ([{"secretRef": {"name": name, "optional": True}}] if name else []), part
    for name, one in services().items():
        (part,) = one["command"][:1]
        path = f"./secrets/{OPTIONAL[part].removeprefix('netpulse-')}.env" if part in OPTIONAL else None
        assert one.get("env_file", []) == ([{"path": path, "required": False}] if path else []), name


def test_a_roll_out_takes_the_job_of_before_away() -> None:
    (job,) = [one for one in manifests() if one["kind"] == "Job"]
    assert job["spec"]["ttlSecondsAfterFinished"] > 0
    lines = (ROOT / "docs" / "deployment.md").read_text().splitlines()
    (delete,) = [number for number, line in enumerate(lines) if f"delete job/{job['metadata']['name']} " in line]
    assert lines[delete + 1] == "kubectl apply --kustomize ."


def test_a_unit_may_open_a_file_for_every_session() -> None:
    for path in UNITS:
        assert int(unit(path)["LimitNOFILE"][0]) >= needed(DEFAULT["max_sessions"]), path.name


def test_a_kustomization_names_what_is_there() -> None:
    for path in (DEPLOY / "kubernetes").rglob("kustomization.yaml"):
        named = yaml.safe_load(path.read_text())["resources"]
        beside = {one.name for one in path.parent.glob("*.yaml")} - {path.name, "secret.example.yaml"}
        assert set(named) == beside


def test_selectors_find_their_pods() -> None:
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in manifests() if "template" in one.get("spec", {})]
    for one in manifests():
        spec = one.get("spec", {})
        chosen = spec.get("podSelector", spec.get("selector", {}))
        wanted = chosen.get("matchLabels", chosen) if one["kind"] != "Job" else {}
        assert any(wanted.items() <= found.items() for found in labels), one["metadata"]["name"]


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        lines = unit(path)
        assert lines["Restart"] == ["always"]
        assert lines["ExecStart"][0].startswith("/opt/netpulse/bin/netpulse ")
        (tmp_path / path.name).write_text(path.read_text().replace("/opt/netpulse/bin/netpulse", "/bin/true"))
    if (program := shutil.which("systemd-analyze")) is not None:  # what is above holds without it
        units = [str(tmp_path / path.name) for path in UNITS]
        done = subprocess.run([program, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
        assert [line for line in done.stderr.splitlines() if "netpulse" in line] == []


def test_the_image_is_built_from_what_is_there() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = {
        word.removeprefix("./") for line in lines if re.match(r"COPY (?!--)", line) for word in line.split()[1:-1]
    }
    let_in = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)
    assert 'ENTRYPOINT ["netpulse"]' in lines
    assert "STOPSIGNAL SIGTERM" in lines
