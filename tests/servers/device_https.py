"""A device with an HTTPS API: JSON, tokens and passwords, eAPI, and every way to answer badly."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, cast

from tests.servers.eos import Eos

USERNAME, PASSWORD, TOKEN = "netpulse", "netpulse-secret", "token-netpulse-secret"


class Asked(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[["Handler"], None]


class HttpsDevice:
    """Serves until it is closed; `answers` replaces what a path says."""

    def __init__(self, certificate: Path | None, host: str = "127.0.0.1") -> None:
        self.host = host
        self.asked: list[Asked] = []
        self.connections = 0
        self.store: dict[str, Any] = {"/api/hostname": "leaf1", "/api/interfaces": [{"name": "Ethernet1", "mtu": 9214}]}
        self.answers: dict[str, Answer] = {}
        self.eos = Eos()
        self.username, self.password, self.token = USERNAME, PASSWORD, TOKEN
        self.talking = threading.Event()
        self.talking.set()
        self.over = threading.Event()
        self._server = _Server((host, 0), Handler)
        self._server.device = self
        self._server.tls = None
        if certificate is not None:
            self._server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._server.tls.load_cert_chain(certificate)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @contextlib.contextmanager
    def silenced(self) -> Iterator[None]:
        """Take requests, and answer none."""
        self.talking.clear()
        try:
            yield
        finally:
            self.talking.set()

    def hang_up(self) -> None:
        """Close every connection, as a device does with one that was quiet for long."""
        self._server.hang_up()

    def close(self) -> None:
        """Stop it for good; a second time does nothing."""
        if self.over.is_set():
            return
        self.over.set()
        self.talking.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    device: HttpsDevice
    tls: ssl.SSLContext | None
    daemon_threads = False  # joined when it is closed
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection, in its own thread, so that a slow handshake holds up nobody."""
        raw = request
        if self.tls is not None:
            raw = self.tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(raw)
            self.device.connections += 1
        try:
            Handler(raw, client_address, self)
        finally:
            with self._lock:
                self._open.discard(raw)
            raw.close()

    def hang_up(self) -> None:
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(one, socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is what half of the tests are about."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "DeviceAPI"
    disable_nagle_algorithm = True

    @property
    def device(self) -> HttpsDevice:
        return cast("_Server", self.server).device

    def reply(self) -> None:
        """Answer whatever is asked."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.device.asked.append(Asked(self.command, self.path, dict(self.headers), body))
        if not self.device.talking.is_set():
            self.device.talking.wait(60)
            self.close_connection = True
            return
        if answer := self.device.answers.get(self.path.partition("?")[0]):
            answer(self)
        else:
            self.usual(body)

    def usual(self, body: bytes) -> None:
        """Answer as a device that is well."""
        if not self._known():
            self.say(401, {"error": "bad credentials", "given": self.headers.get("Authorization", "")})
        elif self.path == "/command-api":
            self.say(200, self.device.eos.answer(json.loads(body)))
        else:
            self._stored(body)

    # http.server looks for these names
    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = reply  # noqa: N815

    def say(self, status: int, data: Any = None, **headers: str) -> None:
        """Answer with JSON; no body where there is no data."""
        body = b"" if data is None else json.dumps(data, indent=2).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if body:
            self.send_header("Content-Type", headers.get("kind", "application/json"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def raw(self, data: bytes) -> None:
        """Write bytes as they are, and close the connection after this answer."""
        self.close_connection = True
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""

    def _known(self) -> bool:
        device = self.device
        pair = base64.b64encode(f"{device.username}:{device.password}".encode()).decode()
        given = self.headers.get("Authorization", "")
        return given in (f"Basic {pair}", f"Bearer {device.token}") or self.headers.get("X-Auth-Token") == device.token

    def _stored(self, body: bytes) -> None:
        path, store = self.path.partition("?")[0], self.device.store
        match self.command:
            case "OPTIONS":
                self.say(204, Allow="GET, PUT")
            case "GET" | "HEAD" if path in store:
                self.say(200, store[path], ETag='"1"', Set_Cookie="session=of-its-own")
            case "PUT" | "POST" | "PATCH":
                store[path] = json.loads(body)
                self.say(201, {"stored": path})
            case "DELETE" if path in store:
                del store[path]
                self.say(204)
            case _:
                self.say(404, {"error": f"nothing at {path}"})
