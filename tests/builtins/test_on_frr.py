"""The built-in driver and runbooks on real FRR behind real OpenSSH."""

import threading
import time
from collections.abc import Iterator

import pytest
from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import MultiResult
from nornir.plugins.runners import SerialRunner

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.netmiko.configuring import push
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.netmiko.prompts import ask
from netpulse_core.builtins.runbooks import probe, send_commands, send_config
from netpulse_core.testing.trust import FirstSeen
from tests.servers.frr import FrrRouters
from tests.servers.router import FrrRouter

pytestmark = [pytest.mark.servers("frr"), pytest.mark.thorough]
driver = Netmiko()


@pytest.fixture
def router(frr_routers: FrrRouters) -> FrrRouter:
    return frr_routers["r1"]


@pytest.fixture
def restored(frr_routers: FrrRouters) -> Iterator[None]:
    """The routers as they were, after a test that changes one."""
    yield
    frr_routers.reset()


@pytest.fixture
def nornir(router: FrrRouter) -> Iterator[Nornir]:
    ConnectionPluginRegister.auto_register()
    host = Host(
        name="r1",
        hostname=router.host,
        port=router.port,
        username=router.username,
        password=router.password,
        platform="cisco_ios",
        connection_options={"netmiko": ConnectionOptions(extras={})},
    )
    inventory = Inventory(hosts=Hosts({"r1": host}), groups=Groups(), defaults=Defaults())
    nornir = Nornir(inventory=inventory, runner=SerialRunner())
    yield nornir
    nornir.data.reset_failed_hosts()
    nornir.close_connections()


def parameters(router: FrrRouter, password: str = "") -> ConnectionParameters:
    return ConnectionParameters(
        device="r1",
        address=router.host,
        port=router.port,
        username=router.username,
        password=password or router.password,
        platform="cisco_ios",
        host_keys=FirstSeen(),
    )


def one(nornir: Nornir, runbook: object, **given: object) -> MultiResult:
    return nornir.run(runbook, **given)["r1"]  # type: ignore[arg-type]


def test_reads(nornir: Nornir, router: FrrRouter) -> None:
    result = one(nornir, send_commands, commands=["show bgp summary json", "show nonsense", "show ip route json"])
    assert result.failed
    nornir.data.reset_failed_hosts()
    assert [step.failed for step in result] == [True, False, True, False]
    assert "% Unknown command" in str(result[0].exception)
    parsed = one(nornir, send_commands, commands="show bgp summary json", parse="json")
    assert parsed[1].result["ipv4Unicast"]["as"] == router.asn
    text = one(nornir, send_commands, commands="show running-config")[1].result
    assert "hostname r1" in text
    assert not text.rstrip().endswith("r1#")


@pytest.mark.usefixtures("restored")
def test_a_change_is_there_and_saved(nornir: Nornir, router: FrrRouter) -> None:
    lines = "interface lo\n description a # and % Invalid\nip route 10.77.0.0/16 blackhole"
    result = one(nornir, send_config, lines=lines, save=True)
    assert not result.failed, result[0].exception
    assert "description a # and % Invalid" in router.vtysh("show running-config")
    assert [one["answer"] for one in result[0].result["lines"]] == ["", "", ""]
    assert "[OK]" in result[0].result["committed"]


@pytest.mark.usefixtures("restored")
def test_a_refusal_without_a_percent_sign_stops_the_push(nornir: Nornir, router: FrrRouter) -> None:
    lines = ["ip route 10.78.0.0/16 blackhole", "router bgp 65999", "no neighbor 10.12.0.2"]
    result = one(nornir, send_config, lines=lines, save=True)
    assert result.failed
    assert "line 2 of 3 refused: 'router bgp 65999' (BGP is already running; AS is 65001" in str(result[0].exception)
    assert result[0].changed
    assert "10.78.0.0/16" in router.vtysh("show running-config")
    assert "neighbor 10.12.0.2 remote-as" in router.vtysh("show running-config")


def test_probe(nornir: Nornir, router: FrrRouter) -> None:
    assert one(nornir, probe)[0].result["port"] == router.port


def test_sessions(router: FrrRouter) -> None:
    session = driver.open(parameters(router), timeout=10)
    assert driver.alive(session)
    assert driver.at_rest(session)
    assert "Hello" not in ask(session, "show version", 5)
    assert driver.at_rest(session)
    session.config_mode()
    assert not driver.at_rest(session)
    began = time.monotonic()
    driver.close(session)
    assert time.monotonic() - began < 15
    with pytest.raises(Exception, match="Authentication") as caught:
        driver.open(parameters(router, "wrong"), timeout=10)
    assert isinstance(driver.translate(caught.value, "r1"), errors.AuthenticationFailed)


def test_abort_while_the_control_plane_hangs(router: FrrRouter) -> None:
    session = driver.open(parameters(router), timeout=10)
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            ask(session, "show bgp summary", 30)
        except (EOFError, OSError) as error:
            caught.append(error)

    router.freeze()
    try:
        thread = threading.Thread(target=wait)
        thread.start()
        limit = time.monotonic() + 15
        while driver.at_rest(session):  # until the question is sent
            assert time.monotonic() < limit
            time.sleep(0.01)
        began = time.monotonic()
        driver.abort(session)
        thread.join(15)
        assert time.monotonic() - began < 15
    finally:
        router.thaw()
    assert isinstance(driver.translate(caught[0], "r1"), errors.SessionLost)
    driver.close(session)


@pytest.mark.usefixtures("restored")
def test_a_session_is_at_rest_after_a_push(router: FrrRouter) -> None:
    session = driver.open(parameters(router), timeout=15)
    try:
        assert push(session, "r1", ["interface lo", "description pushed"], save=False).error is None
        assert driver.at_rest(session), "the space behind the prompt is not an answer"
    finally:
        driver.close(session)
