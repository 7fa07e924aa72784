"""A site's own command line where the service speaks TLS under a name that is not this machine's address."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import Result

from netpulse_core import settings
from netpulse_core.certificate import shown as certificate_of
from netpulse_core.client import Client
from netpulse_core.client.trust import only
from netpulse_core.embedded.process import Embedded
from netpulse_core.embedded.site_lock import ANNOUNCEMENT
from netpulse_core.errors import ServiceError
from tests.api.service import write_site
from tests.servers.certificates import Authority

NAME = "netpulse.example.net"


def secured(folder: Path, certificate: Path, more: str = "") -> Path:
    site = write_site(folder)
    told = (site / "netpulse.toml").read_text()
    (site / "netpulse.toml").write_text(f'tls_certificate = "{certificate}"\n{more}{told}')
    return site


@pytest.mark.thorough
def test_a_command_of_its_own_and_one_beside_a_running_service_are_answered(
    tmp_path: Path, said: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETPULSE_PAGER_SECRET", "s" * 40)
    authority = Authority(tmp_path)
    certificate = authority.issue(NAME)
    site = secured(tmp_path / "site", certificate)
    alone = said("--site", site, "runs", "--json")
    assert alone.exit_code == 0, alone.stderr
    with Embedded(settings.load(site), port=0, scheduler=False) as service:
        assert service.url.startswith("https://127.0.0.1:")
        assert "PRIVATE" not in (site / ".netpulse" / ANNOUNCEMENT).read_text()
        another = only(certificate_of(authority.issue("another.example.net")))
        with Client(service.url, service.key, verify=another) as client, pytest.raises(ServiceError, match="believed"):
            client.ready()
        certificate.write_bytes(authority.issue("renewed.example.net").read_bytes())  # what is shown stays
        beside = said("--site", site, "runs", "--json")
    assert beside.exit_code == 0, beside.stderr
    assert json.loads(alone.stdout) == json.loads(beside.stdout)


@pytest.mark.thorough
def test_the_api_of_a_site_of_many_processes_is_asked_over_tls(
    tmp_path: Path, said: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETPULSE_PAGER_SECRET", "s" * 40)
    certificate = Authority(tmp_path).issue(NAME)
    with Embedded(settings.load(secured(tmp_path / "site", certificate)), port=0, scheduler=False) as service:
        port = urlsplit(service.url).port
        elsewhere = f'broker = "redis://127.0.0.1:1/0"\nledger = "postgresql://127.0.0.1:1/none"\nport = {port}\n'
        many = secured(tmp_path / "many", certificate, elsewhere)
        monkeypatch.setenv("NETPULSE_API_KEY", service.key)
        shown = said("--site", many, "runs", "--json")
        (many / "netpulse.toml").write_text(elsewhere)
        plain = said("--site", many, "runs")
    assert shown.exit_code == 0, shown.stderr
    assert f"http://127.0.0.1:{port}" in plain.stderr


def test_a_file_without_a_certificate_or_without_leave_to_read_it_shows_none(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("no certificate")
    for path in (None, tmp_path / "gone.pem", tmp_path / "none.pem"):
        assert only(certificate_of(path)) is None
