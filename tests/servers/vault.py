"""Vault as its HTTP API is documented: the key-value engine in both versions, and three ways to log in, over TLS.

https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 and .../auth/approle, .../auth/kubernetes. Answers have
the fields of those that were recorded of a real one (`tests/unit/fixtures` of the Ansible collection
community.hashi_vault), with values of our own.
"""

from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

ROLE_ID, SECRET_ID, JWT = "a-role-id", "a-secret-id", "a.service.account"


class Vault:
    """Keeps `secrets` by mount and path; `tokens` are those it takes, `denied` paths no policy lets be read."""

    def __init__(self, certificate: Path) -> None:
        self.secrets: dict[tuple[str, str], dict[str, Any]] = {}
        self.tokens = {"root"}
        self.denied: set[str] = set()
        self.deleted: set[str] = set()
        self.sealed = False
        self.elsewhere = ""
        """Where every request is sent on to, as a standby does."""
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.vault = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def logins(self) -> list[str]:
        """The paths of the logins it has seen."""
        return [path for method, path, _ in self.asked if method == "POST"]

    def read(self, path: str, token: str) -> tuple[int, dict[str, Any]]:
        """Answer a GET below /v1/."""
        if token not in self.tokens or any(path.endswith(one) for one in self.denied):
            return 403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]}
        mount, _, rest = path.partition("/")
        if (mount, rest) in self.secrets:  # version 1 of the engine
            return 200, _answer(self.secrets[mount, rest], lease_duration=2764800)
        rest = rest.removeprefix("data/")
        found = self.secrets.get((f"{mount}/data", rest))
        if found is None:
            return 404, {"errors": []}
        gone = rest in self.deleted
        metadata = {
            "created_time": "2026-01-31T02:00:00.1234567Z",
            "custom_metadata": None,
            "deletion_time": "2026-02-01T00:00:00.1234567Z" if gone else "",
            "destroyed": False,
            "version": 1,
        }
        return (404 if gone else 200), _answer({"data": None if gone else found, "metadata": metadata})

    def login(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Answer a POST below /v1/auth/."""
        taken = {
            "auth/approle/login": {"role_id": ROLE_ID, "secret_id": SECRET_ID},
            "auth/kubernetes/login": {"role": "netpulse", "jwt": JWT},
        }.get(path)
        if taken != body:
            return 400, {"errors": ["invalid role or secret ID"]}
        token = f"hvs.{uuid4().hex}"
        self.tokens.add(token)
        auth = {
            "accessor": str(uuid4()),
            "client_token": token,
            "entity_id": str(uuid4()),
            "lease_duration": 3600,
            "metadata": {"role_name": "netpulse"},
            "orphan": True,
            "policies": ["default", "netops"],
            "renewable": True,
            "token_policies": ["default", "netops"],
            "token_type": "service",
        }
        return 200, _answer(None, auth=auth)


def _answer(data: Any, *, auth: Any = None, lease_duration: int = 0) -> dict[str, Any]:
    """Return the envelope that every answer comes in."""
    return {
        "auth": auth,
        "data": data,
        "lease_duration": lease_duration,
        "lease_id": "",
        "renewable": False,
        "request_id": str(uuid4()),
        "warnings": None,
        "wrap_info": None,
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    vault: Vault


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        vault, path = self.server.vault, self.path.removeprefix("/v1/")
        given = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        vault.asked.append((method, path, dict(self.headers)))
        if vault.elsewhere:
            self._send(307, {}, {"Location": f"{vault.elsewhere}{self.path}"})
        elif vault.sealed:
            self._send(503, {"errors": ["Vault is sealed"]})
        elif method == "POST":
            self._send(*vault.login(path, given))
        else:
            self._send(*vault.read(path, self.headers.get("X-Vault-Token", "")))

    def _send(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
