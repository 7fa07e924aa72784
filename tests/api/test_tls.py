"""The service over TLS: what clients verify, and what is refused before anything listens."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest

from netpulse_core import settings
from netpulse_core.api.server import Server
from netpulse_core.controller import NetPulse
from netpulse_core.errors import SiteError
from tests.api.service import write_site
from tests.servers.certificates import Authority


def opened(site: Path) -> NetPulse:
    return NetPulse.open(settings.load(site))


@pytest.mark.thorough
def test_a_client_that_believes_the_authority_is_answered_and_no_other(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    site = write_site(tmp_path / "site")
    with (site / "netpulse.toml").open("r+") as file:
        told = file.read()
        file.seek(0)
        file.write(f'tls_certificate = "{authority.issue("127.0.0.1")}"\n{told}')
    with opened(site) as netpulse:
        server = Server(netpulse, host="127.0.0.1", port=0)
        server.start()
        try:
            assert server.url.startswith("https://")
            believed = ssl.create_default_context(cafile=str(authority.ca_file))
            assert httpx.get(f"{server.url}/healthz", verify=believed).status_code == 200
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                httpx.get(f"{server.url}/healthz")
        finally:
            server.stop()


def test_a_file_that_is_missing_or_does_not_fit_is_named_with_its_line(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    (site / "netpulse.toml").write_text('# ours\ntls_certificate = "gone.pem"\n')
    with opened(site) as netpulse, pytest.raises(SiteError, match=r"netpulse\.toml:2:tls_certificate: .*gone\.pem"):
        Server(netpulse, host="127.0.0.1", port=0)
    (site / "gone.pem").write_text("no certificate")
    with opened(site) as netpulse, pytest.raises(SiteError, match="no certificate and key that fit"):
        Server(netpulse, host="127.0.0.1", port=0)
