"""Whose certificate is believed."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.http.driver import Http
from netpulse_core.builtins.http.failures import CertificateRefused
from netpulse_core.testing import refusal
from tests.servers.certificates import Authority
from tests.servers.device_https import PASSWORD, USERNAME, HttpsDevice

driver = Http()
Serve = Callable[[Path | None], HttpsDevice]


@pytest.fixture
def serve() -> Iterator[Serve]:
    devices: list[HttpsDevice] = []

    def one(certificate: Path | None) -> HttpsDevice:
        devices.append(HttpsDevice(certificate))
        return devices[-1]

    yield one
    for device in devices:
        device.close()


def reaching(device: HttpsDevice, **extras: Any) -> ConnectionParameters:
    return ConnectionParameters(
        device="leaf1",
        address=device.host,
        port=device.port,
        username=USERNAME,
        password=PASSWORD,
        platform=None,
        extras={"base_path": "/api", **extras},
    )


@pytest.mark.parametrize(
    ("names", "issued", "why"),
    [
        (("127.0.0.1",), {"days": -1}, "expired"),
        (("127.0.0.1",), {"self_signed": True}, "self-signed"),
        (("192.0.2.7",), {}, "IP address mismatch"),
    ],
)
def test_a_certificate_that_is_not_believed_ends_it_before_anything_is_sent(
    serve: Serve, authority: Authority, names: tuple[str, ...], issued: dict[str, Any], why: str
) -> None:
    device = serve(authority.issue(*names, **issued))
    said = refusal(driver, reaching(device, ca_file=str(authority.ca_file)))
    assert isinstance(said, CertificateRefused)
    assert why in str(said)
    assert "ca_file" in said.hint
    assert not said.retryable
    assert device.asked == []
    connection = driver.open(reaching(device, verify=False), timeout=10)
    assert connection.get("/hostname") == "leaf1"
    driver.close(connection)


def test_an_unknown_authority_is_not_believed(serve: Serve, authority: Authority) -> None:
    device = serve(authority.issue("127.0.0.1"))
    assert isinstance(refusal(driver, reaching(device)), CertificateRefused)
    assert device.asked == []


def test_the_name_may_be_given_where_the_address_is_not_in_the_certificate(serve: Serve, authority: Authority) -> None:
    device = serve(authority.issue("leaf1.example.net"))
    believed = reaching(device, ca_file=str(authority.ca_file), server_name="leaf1.example.net")
    connection = driver.open(believed, timeout=10)
    assert connection.get("/hostname") == "leaf1"
    driver.close(connection)
    other = replace(believed, extras={**believed.extras, "server_name": "leaf2.example.net"})
    assert isinstance(refusal(driver, other), CertificateRefused)


def test_plain_http_is_spoken_only_where_the_inventory_says_so(serve: Serve) -> None:
    device = serve(None)
    said = refusal(driver, reaching(device))
    assert "no TLS connection" in str(said)
    assert device.asked == []
    connection = driver.open(reaching(device, scheme="http"), timeout=10)
    assert connection.get("/hostname") == "leaf1"
    driver.close(connection)


def test_a_change_that_is_sent_to_https_was_not_done(serve: Serve) -> None:
    device = serve(None)
    connection = driver.open(reaching(device, scheme="http"), timeout=10)
    path = connection.base_path.rstrip("/") + "/x"

    def answered(location: str, status: int = 301) -> errors.DeviceError:
        device.answers[path] = lambda handler: handler.say(status, Location=location)
        with pytest.raises(errors.DeviceError) as caught:
            connection.post("/x", {"mtu": 9000}, params={"a": "1"})
        return caught.value

    for location in (f"https://{device.host}{path}?a=1", f"https://{device.host}:8443{path}?a=1"):
        for status in (301, 302, 307):
            said = answered(location, status)
            assert isinstance(said, errors.CommandRejected), location
            assert "scheme: https" in said.hint
    done = (
        f"https://{device.host}{path}", f"https://{device.host}{path}/7?a=1", f"https://other.example.net{path}?a=1",
        f"http://{device.host}:8080{path}?a=1", f"{path}?a=1", "https://[",
    )  # fmt: skip
    for location in done:
        assert not isinstance(answered(location), errors.CommandRejected), location
    driver.close(connection)


def test_tls_against_plain_http_is_told(serve: Serve, authority: Authority) -> None:
    device = serve(authority.issue("127.0.0.1"))
    said = refusal(driver, reaching(device, scheme="http"))
    assert isinstance(said, errors.DeviceError)


@pytest.mark.thorough
def test_a_handshake_that_never_ends_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []
        accepting = threading.Thread(target=lambda: held.append(server.accept()[0]))
        accepting.start()
        said = refusal(
            driver,
            ConnectionParameters(
                device="leaf1",
                address="127.0.0.1",
                port=server.getsockname()[1],
                username=USERNAME,
                password=PASSWORD,
                platform=None,
            ),
            timeout=1.0,
        )
        accepting.join(10)
        held[0].close()
    assert isinstance(said, errors.Unreachable)
    assert said.retryable


def test_an_ipv6_address_is_an_address(authority: Authority) -> None:
    try:
        device = HttpsDevice(authority.issue("::1"), host="::1")
    except OSError:
        pytest.skip("no IPv6 here")
    connection = driver.open(reaching(device, ca_file=str(authority.ca_file)), timeout=10)
    assert connection.get("/hostname") == "leaf1"
    driver.close(connection)
    device.close()
