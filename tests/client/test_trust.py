"""Clients believe what the system believes, wherever that is said, or exactly the certificate they are given."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.api.server import Server
from netpulse_core.client import AsyncClient, Client
from netpulse_core.client.trust import trust
from netpulse_core.controller import NetPulse
from netpulse_core.errors import ServiceError
from tests.api.service import write_site
from tests.servers.certificates import Authority


@contextmanager
def served(folder: Path, certificate: Path) -> Iterator[Server]:
    site = write_site(folder)
    told = (site / "netpulse.toml").read_text()
    (site / "netpulse.toml").write_text(f'tls_certificate = "{certificate}"\n{told}')
    with NetPulse.open(settings.load(site)) as netpulse:
        server = Server(netpulse, host="127.0.0.1", port=0)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def hashed(authority: Authority, folder: Path) -> Path:
    """Write the authority's certificate as a system keeps it: in a folder, named by the hash of its subject."""
    folder.mkdir()
    shutil.copy(authority.ca_file, folder / "68644bef.0")  # openssl x509 -subject_hash
    return folder


@pytest.mark.thorough
def test_clients_believe_what_openssl_believes_and_say_what_to_do_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    somebody = authority.issue("somebody.example", self_signed=True)
    with served(tmp_path / "site", authority.issue("127.0.0.1")) as server:
        with Client(server.url, "np_a_b") as client, pytest.raises(ServiceError, match="is not believed") as refused:
            client.ready()
        assert "SSL_CERT_FILE" in refused.value.hint
        monkeypatch.setenv("SSL_CERT_FILE", str(somebody))
        monkeypatch.setenv("SSL_CERT_DIR", str(hashed(authority, tmp_path / "certs")))
        with Client(server.url, "np_a_b") as client:
            assert client.ready().ledger

        async def ask() -> bool:
            async with AsyncClient(server.url, "np_a_b") as asking:
                return (await asking.ready()).ledger

        assert asyncio.run(ask())


def test_the_system_is_read_for_https_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path).ca_file))
    plain, secure = trust("http://127.0.0.1:8420", None), trust("HTTPS://127.0.0.1:8420", None)
    assert (plain.get_ca_certs(), plain.verify_mode, plain.check_hostname) == ([], ssl.CERT_REQUIRED, True)
    assert len(secure.get_ca_certs()) == 1
    assert trust("https://127.0.0.1", plain) is plain
