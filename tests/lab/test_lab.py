"""The lab as a whole: addresses, inventory, its own process, and a thousand devices."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import uvloop
import yaml
from nornir import InitNornir

from netpulse_core.lab import Blueprint, Device, Lab, write_inventory
from tests.lab.clients import connect, login, read_until

pytestmark = pytest.mark.anyio


async def greeting(device: Device) -> str:
    async with login(device) as connection:
        _, reader, _ = await connection.open_session(term_type="vt100")
        return (await read_until(reader, "#", 60)).strip()


@pytest.mark.parametrize("mode", ["address", "port"])
async def test_each_device_answers_at_its_own_place(mode: str) -> None:
    async with Lab(count=30, mode=mode) as lab:
        places = {(device.address, device.port) for device in lab.devices.values()}
        assert len(places) == 30
        assert len({port for _, port in places}) == (1 if mode == "address" else 30)
        prompts = await asyncio.gather(*(greeting(device) for device in lab.devices.values()))
        assert prompts == [f"{name}#" for name in lab.devices]


async def test_addresses_without_the_right_to_bind_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "SO_BINDTODEVICE")
    async with Lab(count=5, mode="address") as lab:
        assert len({device.port for device in lab.devices.values()}) == 1
        assert await greeting(lab.devices["spine1"]) == "spine1#"


@pytest.mark.parametrize("mode", ["address", "port"])
async def test_nobody_outside_reaches_it(mode: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        outside = probe.getsockname()[0]
    async with Lab(count=1, mode=mode) as lab:
        device = lab.devices["leaf1"]
        try:
            reader, writer = await asyncio.open_connection(outside, device.port)
        except ConnectionError:
            return
        try:
            # A kernel that lets this host's own address in over loopback: met, and turned away.
            assert await reader.read() == b""
        except ConnectionError:
            pass
        finally:
            writer.close()


async def test_one_command_without_a_shell() -> None:
    async with Lab(count=1) as lab, login(lab.devices["leaf1"]) as connection:
        done = await connection.run("show version")
        assert done.exit_status == 0
        assert "leaf1 uptime" in str(done.stdout)


@pytest.mark.parametrize(
    "rudeness", [b"", b"GET / HTTP/1.0\r\n\r\n", b"SSH-1.5-x\r\n", b"SSH-2.0-x\r\n" + b"\xff" * 4000]
)
async def test_strangers_leave_no_trace(rudeness: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with Lab(count=1) as lab:
        device = lab.devices["leaf1"]
        _, writer = await asyncio.open_connection(device.address, device.port)
        writer.write(rudeness)
        await writer.drain()
        writer.close()
        assert await greeting(device) == "leaf1#"
        assert (device.journal.connections, device.journal.logins) == (2, 1)
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


def test_it_runs_on_uvloop_too() -> None:
    async def visit() -> str:
        async with Lab(count=1) as lab:
            return await greeting(lab.devices["leaf1"])

    assert uvloop.run(visit()) == "leaf1#"


async def test_a_script_on_standard_input_is_run_to_its_end() -> None:
    async with Lab(count=1, faults={"leaf1": {"slow": {"version": 0.1}}}) as lab, login(lab.devices["leaf1"]) as one:
        done = await one.run(input="show version\nshow clock\n", term_type="vt100")
        assert "UTC" in str(done.stdout)


async def test_stopping_ends_what_is_open() -> None:
    async with Lab(count=3, faults={"leaf2": {"hang": "connect"}}) as lab:
        connection = await login(lab.devices["leaf1"]).__aenter__()
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.devices["leaf2"].port)
    await asyncio.wait_for(connection.wait_closed(), 5)
    assert await reader.read() == b""
    writer.close()
    assert lab.devices["leaf1"].journal.sessions[0].ending == "stopped"


def test_a_port_in_use_is_the_callers_error() -> None:
    with (
        Lab.running(count=1) as lab,
        pytest.raises(OSError, match="in use"),
        Lab.running(count=1, port=lab.devices["leaf1"].port),
    ):
        pass


def test_the_inventory_is_one_nornir_reads(tmp_path: Path) -> None:
    with Lab.running(count=20, mode="address") as lab:
        write_inventory(lab, tmp_path, password="env:NETPULSE_LAB_PASSWORD")
        texts = {path.name: path.read_text() for path in tmp_path.iterdir()}
        assert "password: env:NETPULSE_LAB_PASSWORD" in texts["defaults.yaml"]
        write_inventory(lab, tmp_path)
        files = {f"{kind}_file": str(tmp_path / f"{name}.yaml") for kind, name in NAMES.items()}
        nornir = InitNornir(inventory={"plugin": "SimpleInventory", "options": files}, logging={"enabled": False})
        assert set(nornir.inventory.hosts) == set(lab.devices)
        spines = nornir.filter(role="spine")
        assert len(spines.inventory.hosts) == 4
        assert {host["site"] for host in nornir.inventory.hosts.values()} == {"ams", "fra", "lon"}
        with connect(lab.devices["spine1"]) as session:
            assert session.find_prompt() == "spine1#"


NAMES = {"host": "hosts", "group": "groups", "defaults": "defaults"}


def test_a_blueprint_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("count: 3\nfaults: {'*': {login_delay: 0.01}, leaf2: {down: true}}\njournal: seen.jsonl\n")
    with Lab.running(Blueprint.load(file), host_key=tmp_path / "key") as lab:
        assert lab.devices["leaf2"].faults.down
        assert lab.devices["leaf1"].faults.login_delay == 0.01
        with connect(lab.devices["leaf1"]) as session:
            session.send_config_set(["ntp server 7.7.7.7"])
        assert lab.devices["leaf1"].journal.wait_until_idle()
    events = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    assert [one["event"] for one in events if one["event"] != "line"] == ["login", "applied", "logout"]
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    file.write_text("cuont: 3\n")
    with pytest.raises(ValueError, match="cuont"):
        Blueprint.load(file)
    with pytest.raises(ValueError, match="no such device: leaf9"):
        Lab(count=1, faults={"leaf9": {}})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_its_own_process_says_when_it_is_ready_and_stops_cleanly(tmp_path: Path, number: int) -> None:
    command = [sys.executable, "-W", "error", "-m", "netpulse_core.lab", "--count", "3", "--port", "0"]
    with subprocess.Popen(
        [*command, "--inventory", tmp_path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("3 devices from 127.10.0.1:")
        hosts = yaml.safe_load((tmp_path / "hosts.yaml").read_text())
        with socket.create_connection((hosts["leaf3"]["hostname"], hosts["leaf3"]["port"])) as client:
            assert client.recv(20).startswith(b"SSH-2.0-Cisco")
            process.send_signal(number)
            output, errors = process.communicate(timeout=10)
        assert (process.returncode, output, errors) == (0, "", "")


def test_a_hangup_signal_reads_the_faults_anew(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("count: 1\n")
    command = [sys.executable, "-m", "netpulse_core.lab", "--file", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address, _, port = process.stdout.readline().split()[-1].rpartition(":")
        try:
            assert greeted(address, port)
            file.write_text("count: 1\nfaults: {leaf9: {down: true}}\n")
            process.send_signal(signal.SIGHUP)
            assert process.stderr.readline() == "lab: no such device: leaf9\n"
            assert greeted(address, port)
            file.write_text("count: 1\nfaults: {leaf1: {down: true}}\n")
            process.send_signal(signal.SIGHUP)
            until = time.monotonic() + 5
            while greeted(address, port) and time.monotonic() < until:
                time.sleep(0.02)
            assert not greeted(address, port)
        finally:
            process.terminate()


def greeted(address: str, port: str) -> bool:
    try:
        with socket.create_connection((address, int(port))) as client:
            return client.recv(4) == b"SSH-"
    except ConnectionError:
        return False


@pytest.mark.fleet
async def test_a_thousand_devices() -> None:
    began, cpu = time.monotonic(), time.process_time()
    async with Lab(count=1000, mode="address") as lab:
        assert time.monotonic() - began < 5
        gate = asyncio.Semaphore(200)

        async def visit(device: Device) -> str:
            async with gate:
                return await greeting(device)

        prompts = await asyncio.gather(*(visit(device) for device in lab.devices.values()))
        assert prompts == [f"{name}#" for name in lab.devices]
        assert sum(device.journal.logins for device in lab.devices.values()) == 1000
    assert time.process_time() - cpu < 60
