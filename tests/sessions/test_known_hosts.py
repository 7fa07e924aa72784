"""Whose key is believed: the site's known_hosts file, the ledger, and nobody's while the ledger is away."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncssh
import pytest

from netpulse_core import settings
from netpulse_core.errors import HostKeyChanged, LoginDelayed, SiteError
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.connection import HostKey, HostKeys
from netpulse_core.sessions.host_keys import KeyRing, key_ring

RIGHT, WRONG = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))


def key_of(key: asyncssh.SSHKey) -> HostKey:
    return HostKey("ssh-ed25519", key.public_data)


def line(hosts: str, key: asyncssh.SSHKey = RIGHT, marker: str = "") -> str:
    return f"{marker}{hosts} {key.export_public_key().decode().strip()}\n"


def hashed(host: str) -> str:
    salt = b"twenty bytes of salt"
    digest = hmac.new(salt, host.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as opened:
        opened.upgrade()
        yield opened


def ring(site: Path, ledger: Ledger, **values: str) -> KeyRing:
    return key_ring(settings.load(site, **values), ledger.host_keys)


def known(site: Path, ledger: Ledger, text: str) -> HostKeys:
    (site / "known_hosts").write_text(text)
    return ring(site, ledger, host_keys="known_hosts").behind(())


@pytest.mark.parametrize(
    ("hosts", "port"),
    [
        ("192.0.2.1", 22),
        ("other.example,192.0.2.1", 22),
        ("192.0.2.*", 22),
        ("[192.0.2.1]:830", 830),
        ("192.0.2.1", 830),
        (hashed("192.0.2.1"), 22),
        (hashed("[192.0.2.1]:830"), 830),
    ],
)
def test_a_key_of_the_file_is_believed_and_no_other(tmp_path: Path, ledger: Ledger, hosts: str, port: int) -> None:
    keys = known(tmp_path, ledger, "# ours\n\n" + line(hosts))
    assert keys.known("192.0.2.1", port) == [key_of(RIGHT)]
    keys.verify("leaf1", "192.0.2.1", port, key_of(RIGHT))
    with pytest.raises(HostKeyChanged, match=r"leaf1: 192\.0\.2\.1 port \d+ shows the host key SHA256") as refused:
        keys.verify("leaf1", "192.0.2.1", port, key_of(WRONG))
    assert "known_hosts" in refused.value.hint
    assert [record.action for record in ledger.audit.page()] == ["hostkey.refused"]
    with pytest.raises(HostKeyChanged, match="is not known"):
        keys.verify("leaf2", "198.51.100.2", port, key_of(RIGHT))


def test_a_revoked_key_and_an_authority_are_told_apart(tmp_path: Path, ledger: Ledger) -> None:
    text = line("192.0.2.1") + line("*", marker="@revoked ") + line("ca.example", marker="@cert-authority ")
    keys = known(tmp_path, ledger, text)
    with pytest.raises(HostKeyChanged, match="is revoked in known_hosts"):
        keys.verify("leaf1", "192.0.2.1", 22, key_of(RIGHT))
    with pytest.raises(HostKeyChanged, match="is not known") as refused:
        keys.verify("ca", "ca.example", 22, key_of(WRONG))
    assert "@cert-authority" in refused.value.hint


def test_the_file_is_read_again_when_it_has_changed(tmp_path: Path, ledger: Ledger) -> None:
    keys = known(tmp_path, ledger, line("192.0.2.1"))
    keys.verify("leaf1", "192.0.2.1", 22, key_of(RIGHT))
    (tmp_path / "known_hosts").write_text("# all new\n" + line("192.0.2.1", WRONG))
    keys.verify("leaf1", "192.0.2.1", 22, key_of(WRONG))
    (tmp_path / "known_hosts").write_text("nonsense\n")
    with pytest.raises(SiteError, match="known_hosts: the known hosts cannot be read"):
        keys.verify("leaf1", "192.0.2.1", 22, key_of(WRONG))
    (tmp_path / "known_hosts").unlink()
    with pytest.raises(SiteError, match="No such file"):
        keys.known("192.0.2.1", 22)


def test_one_address_behind_two_jump_hosts_is_two_hosts(tmp_path: Path, ledger: Ledger) -> None:
    one, other = (ring(tmp_path, ledger).behind([jump]) for jump in ("192.0.2.1", "192.0.2.2"))
    one.verify("a", "10.0.0.1", 22, key_of(RIGHT))
    other.verify("b", "10.0.0.1", 22, key_of(WRONG))
    assert one.known("10.0.0.1", 22) == [key_of(RIGHT)]
    assert other.known("10.0.0.1", 22) == [key_of(WRONG)]
    with pytest.raises(HostKeyChanged):
        one.verify("a", "10.0.0.1", 22, key_of(WRONG))


def test_another_algorithm_than_the_pinned_one_is_refused(tmp_path: Path, ledger: Ledger) -> None:
    keys = ring(tmp_path, ledger).behind(())
    keys.verify("leaf1", "192.0.2.1", 22, key_of(RIGHT))
    with pytest.raises(HostKeyChanged):
        keys.verify("leaf1", "192.0.2.1", 22, HostKey("ssh-rsa", b"some rsa key"))


def test_without_the_ledger_nothing_is_believed_and_the_job_waits(tmp_path: Path, ledger: Ledger) -> None:
    keys = ring(tmp_path, ledger).behind(())
    keys.verify("leaf1", "192.0.2.1", 22, key_of(RIGHT))
    ledger.close()
    (tmp_path / "ledger.sqlite3").unlink()
    (tmp_path / "ledger.sqlite3").mkdir()
    with pytest.raises(LoginDelayed, match="while the ledger is away") as delayed:
        keys.verify("leaf1", "192.0.2.1", 22, key_of(RIGHT))
    assert (delayed.value.waits_on, delayed.value.device) == ("ledger", "leaf1")
    with pytest.raises(LoginDelayed):
        keys.known("192.0.2.1", 22)
