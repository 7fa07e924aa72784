"""The test servers are what they claim: real, private, breakable, and gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from netmiko import ConnectHandler
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.servers.frr import FrrRouters
from tests.servers.postgres import PostgresServer
from tests.servers.process import Process, ServerFailed
from tests.servers.redis import RedisServer

pytestmark = pytest.mark.servers


@pytest.fixture
def engine(postgres_url: str) -> Iterator[sqlalchemy.Engine]:
    engine = sqlalchemy.create_engine(postgres_url)
    yield engine
    engine.dispose()


def test_redis_answers_on_both_addresses(redis_server: RedisServer, redis_url: str) -> None:
    for url in (redis_url, redis_server.socket_url):
        with Redis.from_url(url) as client:
            assert client.ping()


def test_redis_killed_comes_back_empty_on_the_same_address(redis_server: RedisServer, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.set("key", "value")
        redis_server.kill()
        with pytest.raises(RedisConnectionError):
            client.get("key")
        redis_server.start()
        assert client.get("key") is None


def test_postgres_gives_each_test_an_empty_database(postgres_server: PostgresServer, postgres_url: str) -> None:
    other = postgres_server.create()
    assert not postgres_url.endswith(f"/{other}")
    postgres_server.drop(other)


def test_postgres_keeps_what_was_committed_before_a_crash(
    postgres_server: PostgresServer, engine: sqlalchemy.Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE fact (id int)"))
        connection.execute(sqlalchemy.text("INSERT INTO fact VALUES (7)"))
    postgres_server.crash()
    with pytest.raises(sqlalchemy.exc.OperationalError), engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 1"))
    postgres_server.start()
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT id FROM fact")).scalar_one() == 7


@pytest.mark.thorough
@pytest.mark.timeout(25)
def test_routers_are_driven_by_netmiko(frr_routers: FrrRouters) -> None:
    with ConnectHandler(**frr_routers["r1"].netmiko()) as connection:
        connection.send_config_set(["interface to-r2", "description pushed by a test"])
        assert "description pushed by a test" in connection.send_command("show running-config")
    assert frr_routers["r1"].show("show bgp summary")["ipv4Unicast"]["peerCount"] == 2
    frr_routers.reset()
    assert "description link to r2" in frr_routers["r1"].vtysh("show running-config")


@pytest.mark.timeout(25)
def test_routers_log_in_by_key_and_have_neighbours(frr_routers: FrrRouters) -> None:
    router = frr_routers["r1"]
    login = router.netmiko(password=None, use_keys=True, key_file=str(router.key_file))
    with ConnectHandler(**login) as connection:
        summary = str(connection.send_command("show bgp summary json"))
    assert summary.count('"state":"Established"') == 2
    assert router.settled()


@pytest.mark.thorough
@pytest.mark.timeout(25)
def test_a_router_comes_back_with_what_it_saved(frr_routers: FrrRouters) -> None:
    router = frr_routers["r3"]
    with ConnectHandler(**router.netmiko()) as connection:
        connection.send_config_set(["interface lo", "description saved"])
        connection.save_config()
        connection.send_config_set(["interface lo", "description not saved"])
    router.stop()
    frr_routers.start()
    assert " description saved" in router.vtysh("show running-config")
    frr_routers.reset()


def test_a_server_dies_with_whoever_started_it(tmp_path: Path) -> None:
    script = (
        "import time, pathlib; from tests.servers.process import Process\n"
        f"Process(['sh', '-c', 'echo $$ >{tmp_path}/pid; exec sleep 60'], pathlib.Path('{tmp_path}/log'))\n"
        "time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script])
    pid = int(wait_for(tmp_path / "pid"))
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    limit = time.monotonic() + 5
    while lives(pid):
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_a_server_that_fails_to_start_says_why(tmp_path: Path) -> None:
    process = Process(["sh", "-c", "echo no such luck; exit 1"], tmp_path / "log")
    with pytest.raises(ServerFailed, match="no such luck"):
        process.wait_until(lambda: False, "sh")
    assert not process.running


def lives(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())  # what has ended and is not waited for has none
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(path: Path) -> str:
    limit = time.monotonic() + 10
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < limit
        time.sleep(0.02)
    return path.read_text()


def test_nothing_of_the_machine_was_changed(frr_routers: FrrRouters) -> None:
    assert frr_routers["r1"].running
    assert "netpulse:" not in Path("/etc/passwd").read_text()
    assert not os.path.ismount("/etc/passwd")
