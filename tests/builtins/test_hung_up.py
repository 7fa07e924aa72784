"""Devices that take a connection and are no SSH server: nobody was reached, whichever driver asks."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from netpulse_core import ConnectionParameters, Driver, errors
from netpulse_core.builtins.linux.driver import Linux
from netpulse_core.builtins.napalm.driver import Napalm
from netpulse_core.builtins.netconf.driver import Netconf
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.scrapli.driver import Scrapli
from netpulse_core.builtins.ssh.driver import Ssh
from netpulse_core.cli.logs import hush
from netpulse_core.testing.trust import FirstSeen


@pytest.fixture(autouse=True)
def _hushed() -> Iterator[None]:
    """As in every process of NetPulse's own."""
    paramiko = logging.getLogger("paramiko.transport")
    before = paramiko.level
    hush()
    yield
    paramiko.setLevel(before)


DRIVERS: dict[str, tuple[Driver, str]] = {
    "linux": (Linux(), "linux"),
    "napalm": (Napalm(), "ios"),
    "netconf": (Netconf(), "junos"),
    "netmiko": (Netmiko(), "cisco_ios"),
    "scrapli": (Scrapli(), "cisco_iosxe"),
    "ssh": (Ssh(), "cisco_ios"),
}
FTP = b"220 files ready\r\n"


@contextmanager
def saying(words: bytes) -> Iterator[int]:
    """A port whose server says this to whoever connects, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                with caller:
                    caller.sendall(words)
                    caller.shutdown(socket.SHUT_WR)
                    caller.settimeout(5)
                    try:
                        while caller.recv(4096):
                            pass
                    except OSError:
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def told(kind: str, words: bytes) -> errors.DeviceError:
    driver, platform = DRIVERS[kind]
    parameters = ConnectionParameters(
        device="leaf1",
        address="127.0.0.1",
        port=None,
        username="netpulse",
        password="netpulse",
        platform=platform,
        host_keys=FirstSeen(),
    )
    with saying(words) as port, pytest.raises(Exception) as caught:  # noqa: PT011  any error of any library below
        driver.open(replace(parameters, port=port), timeout=8)
    said = driver.translate(caught.value, "leaf1")
    assert said is not None
    return said


@pytest.mark.parametrize("words", [b"", FTP, FTP * 200], ids=["nothing", "one line", "many lines"])
@pytest.mark.parametrize("kind", DRIVERS)
def test_whoever_hangs_up_before_the_login_was_not_reached(
    kind: str, words: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    said = told(kind, words)
    assert isinstance(said, errors.Unreachable), repr(said)
    assert said.retryable
    assert "netpulse run probe -t" in said.hint
    loud = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    assert loud == []  # the outcome says it all


@pytest.mark.parametrize("kind", DRIVERS)
def test_an_ssh_server_that_hangs_up_was_reached(kind: str) -> None:
    assert not isinstance(told(kind, b"SSH-2.0-Cisco-1.25\r\n"), errors.Unreachable | errors.AuthenticationFailed)
