"""What a connection carries is read as what it is, whatever other protocol a request wishes for."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.api.server import Server
from netpulse_core.controller import NetPulse
from tests.api.service import write_site

UPGRADES = ["Upgrade: websocket", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk"]
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """The port of a service as `netpulse up` runs it, and a key."""
    with NetPulse.open(settings.load(write_site(tmp_path / "site"))) as netpulse:
        server = Server(netpulse, host="127.0.0.1", port=0)
        server.start()
        try:
            yield int(server.url.rpartition(":")[2]), netpulse.ledger.keys.create("ada", "admin", by="test").key
        finally:
            server.stop()


def answer(connection: socket.socket) -> tuple[int, str, bytes]:
    """Return one answer: its status, its kind and its body."""
    read = HTTPResponse(connection)
    read.begin()
    return read.status, read.getheader("content-type", ""), read.read()


def post(path: str, key: str, body: bytes, *further: str) -> bytes:
    """Return the head of a request with a body."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {key}", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", *further, "", ""]).encode()


@pytest.mark.parametrize("upgrade", UPGRADES)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_wish_for_another_protocol_loses_no_body_and_no_request_after_it(
    served: tuple[int, str], upgrade: str, at_once: bool
) -> None:
    port, key = served
    body = json.dumps({"reason": "move", "target": "leaf1"}).encode()
    head = post("/v1/freezes", key, body, "Connection: Upgrade", upgrade)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for part in [head + body] if at_once else [head, body]:
            connection.sendall(part)
        status, kind, said = answer(connection)
        assert (status, kind) == (201, "application/json")
        assert json.loads(said)["target"] == "leaf1"
        for _ in range(2):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer(connection)[0] == 200


@pytest.mark.thorough
@pytest.mark.parametrize("upgrade", UPGRADES)
def test_the_body_of_one_request_is_never_another_request(served: tuple[int, str], upgrade: str) -> None:
    port, key = served
    head = post("/v1/freezes", key, SMUGGLED, "Connection: Upgrade", upgrade)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head)
        connection.sendall(SMUGGLED + b"GET /nosuch HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer(connection)[:2] == (422, "application/problem+json")
        assert answer(connection)[0] == 404


def test_a_wish_behind_requests_that_are_not_answered_yet_ends_the_connection(served: tuple[int, str]) -> None:
    port, key = served
    first = f"GET /v1/audit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(
            first * 3 + b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n" + b"Upgrade: h2c\r\n\r\n"
        )
        while connection.recv(65536):
            pass
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(SMUGGLED)
        assert answer(connection)[0] == 200
