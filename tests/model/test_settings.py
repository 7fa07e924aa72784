"""Settings: a default, then the file, then the environment; what is wrong is named, what is secret is not."""

import os
import re
import threading
from pathlib import Path

import pytest

from netpulse_core import settings as configuration
from netpulse_core.errors import SiteError
from netpulse_core.keyfile import private_file, secret_key
from netpulse_core.settings import Settings, load


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of ours but the test's own."""
    for name in [name for name in os.environ if name.upper().startswith("NETPULSE_")]:
        monkeypatch.delenv(name)


def write(site: Path, text: str) -> None:
    (site / configuration.FILE).write_text(text, encoding="utf-8")


def test_the_environment_outdoes_the_file_and_the_file_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "slots = 4\ngrace = 7\n")
    monkeypatch.setenv("NETPULSE_SLOTS", "9")
    found = load(tmp_path)
    assert (found.slots, found.grace, found.port) == (9, 7.0, 8420)
    assert load(tmp_path, slots=1).slots == 1


def test_a_site_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert found.embedded
    assert found.ledger_url == f"sqlite:///{tmp_path.resolve()}/.netpulse/ledger.sqlite3"


@pytest.mark.parametrize("in_the_file", [True, False])
@pytest.mark.parametrize("ledger", [None, "", "file:ledger"])
def test_a_broker_without_a_ledger_is_refused_and_says_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_the_file: bool, ledger: str | None
) -> None:
    (tmp_path / "ledger").write_text("\n")
    told = {"broker": "redis://h"} | ({} if ledger is None else {"ledger": ledger})
    if in_the_file:
        write(tmp_path, "".join(f"{key} = {value!r}\n" for key, value in told.items()))
    for key, value in {} if in_the_file else told.items():
        monkeypatch.setenv(f"NETPULSE_{key.upper()}", value)
    with pytest.raises(SiteError, match="a broker is set, and no ledger: ") as refused:
        load(tmp_path)
    place = f"{tmp_path / configuration.FILE}:1:broker: " if in_the_file else "NETPULSE_BROKER: "
    assert str(refused.value).startswith(place)
    assert "NETPULSE_LEDGER" in refused.value.hint
    assert "sqlite:///PATH" in refused.value.hint


def test_processes_of_one_machine_may_share_a_file_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETPULSE_BROKER", "redis://h")
    monkeypatch.setenv("NETPULSE_LEDGER", f"sqlite:///{tmp_path}/shared.sqlite3")
    assert load(tmp_path).ledger_url == f"sqlite:///{tmp_path}/shared.sqlite3"


def test_settings_are_frozen(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(tmp_path).slots = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "line", "key", "said"),
    [
        ("port = 1\nslots = 'many'\n", 2, "slots", "(got 'many')"),
        ("slots = 0\n", 1, "slots", "greater than or equal to 1"),
        ("\nslot = 3\n", 2, "slot", "unknown setting; did you mean 'slots'?"),
        ("port = 1\n[slots]\nx = 1\n", 2, "slots", "valid integer"),
        (
            "[backups]\nkeep_days = 1\nsmalest = 0.5\n",
            3,
            "backups.smalest",
            "unknown setting; did you mean 'smallest'?",
        ),
        ("slots = 1\nbackups.smalest = 0.5\n", 2, "backups.smalest", "did you mean 'smallest'?"),
        ("backups = {smalest = 0.5}\n", 1, "backups.smalest", "did you mean 'smallest'?"),
        ("[backups]\nxxxxxxxx = 0.5\n", 2, "backups.xxxxxxxx", "unknown setting"),
        ("[backups]\nsmallest = 5\n", 2, "backups.smallest", "less than or equal to 1"),
        ("[commands.all]\ndeny = []\n[commands.x]\ndenny = []\n", 4, "commands.x.denny", "did you mean 'deny'?"),
        ("[logins.groups.core]\natonce = 1\n", 2, "logins.groups.core.atonce", "did you mean 'at_once'?"),
        ("[logins.credentials]\nat_once = 1\n", 1, "logins.credentials", "did you mean 'credential'?"),
        ("[roles.noc]\npermision = []\npermissions = []\n", 2, "roles.noc.permision", "did you mean 'permissions'?"),
        ("port = 1\nslots = = 2\n", 2, "", "not valid TOML"),
        ("inventory_options = 'hunter2'\n", 1, "inventory_options", "valid dictionary"),
        ("[backups]\nremote_password = 'hunter2'\n", 2, "backups.remote_password", "write a reference"),
        ("[backups]\nremote = 'https://u:hunter2@h'\n", 2, "backups.remote", "a password stands in the address"),
        ("secret_key = 20061105\n", 1, "secret_key", "valid string"),
    ],
)
def test_a_wrong_file_is_named_with_line_and_key(tmp_path: Path, text: str, line: int, key: str, said: str) -> None:
    write(tmp_path, text)
    with pytest.raises(SiteError) as wrong:
        load(tmp_path)
    place = ":".join(str(part) for part in (tmp_path / "netpulse.toml", line, key) if part)
    assert str(wrong.value).startswith(f"{place}: ")
    assert said in str(wrong.value)
    assert (wrong.value.line, wrong.value.key) == (line, key)
    assert not re.search(r"\b(?:hunter2|20061105)\b", f"{wrong.value} {wrong.value.__cause__}")


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / configuration.FILE
    path.mkdir() if content is None else path.write_bytes(content)
    if content is None:
        assert load(tmp_path).slots == 32  # a folder of that name is no file
        return
    with pytest.raises(SiteError, match="cannot be read") as wrong:
        load(tmp_path)
    assert wrong.value.path == str(path)


def test_a_wrong_variable_is_named_although_the_file_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "slots = 4\n")
    monkeypatch.setenv("NETPULSE_SLOTS", "many")
    with pytest.raises(SiteError, match=r"^NETPULSE_SLOTS: .* \(got 'many'\)$"):
        load(tmp_path)


def test_a_key_in_the_table_of_a_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPULSE_BACKUPS", '{"smalest": 0.5}')
    with pytest.raises(SiteError, match=r"^NETPULSE_BACKUPS: smalest: unknown setting; did you mean 'smallest'\?$"):
        load(tmp_path)


def test_a_variable_that_should_be_json_is_named_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETPULSE_INVENTORY_OPTIONS", "{token: hunter2")
    with pytest.raises(SiteError, match=r"^NETPULSE_INVENTORY_OPTIONS: not valid JSON$"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("10.0.0.1/8", "write 10.0.0.0/8 for the network, or 10.0.0.1 for the address"),
        ("fd00::1/64", "write fd00::/64 for the network, or fd00::1 for the address"),
        ("proxy.example", "write 10.0.0.1 or 10.0.0.0/8: names are not looked up"),
        ("10.0.0", "write 10.0.0.1 or 10.0.0.0/8"),
        (" 10.0.0.1", "write 10.0.0.1 or 10.0.0.0/8"),
        ("10.0.0.1:80", "write 10.0.0.1 or 10.0.0.0/8"),
        ("10.0.0.0/33", "write 10.0.0.1 or 10.0.0.0/8"),
        ("", "write 10.0.0.1 or 10.0.0.0/8"),
        ("*", "write 0.0.0.0/0 and ::/0"),
    ],
)
def test_a_proxy_that_no_proxy_ever_is_is_refused_with_what_to_write(tmp_path: Path, proxy: str, said: str) -> None:
    write(tmp_path, f'# ours\ntrusted_proxies = ["10.1.0.0/16", "{proxy}"]\n')
    with pytest.raises(SiteError, match=r"netpulse\.toml:2:trusted_proxies: ") as refused:
        load(tmp_path)
    assert f"{proxy!r} is no address and no network; {said}" in str(refused.value)


def test_addresses_and_networks_are_proxies(tmp_path: Path) -> None:
    proxies = ("10.0.0.1", "127.0.0.0/8", "fd00::/64", "::1", "fe80::1%eth0", "0.0.0.0/0", "::/0")
    assert load(tmp_path, trusted_proxies=proxies).trusted_proxies == proxies


@pytest.mark.parametrize("given", ["10.0.0.1,10.1.0.0/16", "10.0.0.1, 10.1.0.0/16", "['10.0.0.1', '10.1.0.0/16']"])
def test_a_list_that_should_be_json_is_shown_as_it_should_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("NETPULSE_TRUSTED_PROXIES", given)
    with pytest.raises(SiteError, match=r"^NETPULSE_TRUSTED_PROXIES: not valid JSON$") as refused:
        load(tmp_path)
    written = """NETPULSE_TRUSTED_PROXIES='["10.0.0.1", "10.1.0.0/16"]'"""
    assert refused.value.hint == f"write the list as JSON: {written}"
    monkeypatch.setenv("NETPULSE_TRUSTED_PROXIES", written.partition("=")[2].strip("'"))
    assert load(tmp_path).trusted_proxies == ("10.0.0.1", "10.1.0.0/16")


def test_no_secret_is_shown(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        secret_key="hunter2",
        ledger="postgresql://u:hunter2@h/n",
        broker="redis://:hunter2@h",
        inventory_options={"nb_token": "hunter2"},
    )
    assert "hunter2" not in f"{found!r} {found}"


def test_an_embedded_site_makes_its_key_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key = secret_key(load(tmp_path))
    assert len(key) == 64
    assert secret_key(load(tmp_path)) == key
    path = tmp_path / ".netpulse" / "secret.key"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_key_is_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
    monkeypatch.setenv("NETPULSE_SECRET_KEY", empty)
    assert len(secret_key(load(tmp_path))) == 64
    with pytest.raises(SiteError, match="processes that share a broker must share one") as missing:
        secret_key(load(tmp_path, broker="redis://h", ledger="postgresql://h/n"))
    assert "openssl rand -hex 32" in missing.value.hint


def test_a_given_key_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPULSE_SECRET_KEY", "hunter2")
    assert secret_key(Settings(site=tmp_path, broker="redis://h")) == b"hunter2"


def test_those_who_make_a_private_file_at_once_read_the_same_text(tmp_path: Path) -> None:
    start, read = threading.Barrier(12), list[str]()

    def make(number: int) -> None:
        start.wait()
        read.append(private_file(tmp_path / "key", lambda: str(number)))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 12
    assert len(set(read)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("key", ["ledger", "broker", "secret_key", "store_keys"])
def test_what_holds_a_secret_may_be_kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OF_OURS", "redis://:hunter2@h/0")
    (tmp_path / "kept").write_text("redis://:hunter2@h/0\n")
    for reference in ("env:OF_OURS", "file:kept", f"file:{tmp_path / 'kept'}"):
        ledger = 'ledger = "sqlite:///l"' if key == "broker" else ""
        write(tmp_path, f'{key} = "{reference}"\n{ledger}\n')
        found = getattr(load(tmp_path), key)
        assert getattr(found, "get_secret_value", lambda told=found: told)() == "redis://:hunter2@h/0"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("env:NO_SUCH", "the variable NO_SUCH is not set"),
        ("file:gone", "gone cannot be read: No such file"),
        ("env:", "'env:' names nothing"),
        ("file:", "'file:' names nothing"),
    ],
)
def test_a_variable_or_file_that_is_not_there_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, said: str
) -> None:
    write(tmp_path, f'# ours\nbroker = "{reference}"\n')
    with pytest.raises(SiteError) as wrong:
        load(tmp_path)
    assert "netpulse.toml:2:broker: " in str(wrong.value)
    assert said in str(wrong.value)
    write(tmp_path, "")
    monkeypatch.setenv("NETPULSE_BROKER", reference)
    with pytest.raises(SiteError, match=r"^NETPULSE_BROKER: "):
        load(tmp_path)


@pytest.mark.parametrize("level", ["LOUD", "", "10"])
def test_a_level_there_is_not_is_refused_with_those_there_are(tmp_path: Path, level: str) -> None:
    write(tmp_path, f"log_level = '{level}'\n")
    with pytest.raises(SiteError, match="there is no such level; known are CRITICAL") as refused:
        load(tmp_path)
    assert (refused.value.line, refused.value.key) == (1, "log_level")


def test_a_level_may_be_written_in_small_letters(tmp_path: Path) -> None:
    write(tmp_path, "log_level = 'debug'\n")
    assert load(tmp_path).log_level == "debug"
