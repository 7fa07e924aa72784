"""`netpulse secrets`, as a person with the site's folder: values come in by stdin and never go out."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from netpulse_core.cli import app

CANARY = "c4nary-s3cret"


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Say":
    (tmp_path / "netpulse.toml").touch()
    return Say(tmp_path)


class Say:
    """Runs commands on one site; its ledger is brought up first."""

    def __init__(self, site: Path) -> None:
        self.site = site
        assert self("db", "upgrade").exit_code == 0

    def __call__(self, *words: str, stdin: str = "") -> Result:
        return CliRunner().invoke(app, ["--site", str(self.site), *words], input=stdin, prog_name="netpulse")


def test_a_secret_is_set_listed_rotated_and_removed_and_never_shown(say: Say) -> None:
    said = [
        say("secrets", "set", "core/enable", stdin=f"{CANARY}\n"),
        say("secrets", "list"),
        say("--json", "secrets", "list"),
        say("secrets", "status"),
        say("secrets", "rotate-key", "--new"),
        say("--json", "secrets", "status"),
        say("secrets", "remove", "core/enable"),
    ]
    assert [one.exit_code for one in said] == [0] * len(said), said
    assert CANARY not in "".join(one.output for one in said)
    assert "secret:core/enable" in said[0].output
    assert [one["name"] for one in json.loads(said[2].stdout)] == ["core/enable"]
    assert "1 secret moved" in said[4].output
    assert [one["secrets"] for one in json.loads(said[5].stdout)] == [1, 0]
    kept = b"".join(path.read_bytes() for path in say.site.rglob("*") if path.is_file())
    assert CANARY.encode() not in kept


def test_a_value_is_no_argument_and_an_empty_one_is_no_secret(say: Say) -> None:
    assert say("secrets", "set", "one", CANARY).exit_code == 2
    empty = say("secrets", "set", "one", stdin="\n")
    assert empty.exit_code == 2
    assert "it is empty" in empty.output
    assert say("secrets", "set", "../one", stdin=CANARY).exit_code == 2
    assert "no secret is kept" in say("secrets", "list").output


def test_a_key_that_is_missing_is_named_and_makes_the_status_fail(say: Say) -> None:
    assert say("secrets", "set", "one", stdin=CANARY).exit_code == 0
    (say.site / ".netpulse" / "store.keys").write_text("22" * 32)
    status = say("secrets", "status")
    assert status.exit_code == 3
    assert "NO" in status.output
    refused = say("secrets", "rotate-key")
    assert refused.exit_code == 5
    assert "not at hand" in refused.output


def test_check_warns_of_what_no_key_opens_any_more(say: Say) -> None:
    keys = say.site / ".netpulse" / "store.keys"
    for name in ("one", "two"):
        assert say("secrets", "set", name, stdin=CANARY).exit_code == 0
    (whole,) = json.loads(say("--json", "secrets", "status").stdout)
    before = say("check", "--json")
    kept = keys.read_text()
    keys.unlink()
    for _ in range(2):  # there is none, and then the new one that a site makes by itself
        (told,) = (one for one in json.loads(say("check", "--json").stdout)["notices"] if "sealed" in one["message"])
        said = f"2 sealed things do not open (2 secrets): the key {whole['key']} is not at hand"
        assert (told["severity"], told["path"], told["message"]) == ("warning", str(keys), said)
        assert told["hint"].startswith("put the lost key's line back")
        assert say("secrets", "rotate-key").exit_code == 5
    keys.write_text(keys.read_text() + kept)
    assert say("check", "--json").stdout == before.stdout


def test_check_makes_no_ledger_and_no_key(tmp_path: Path) -> None:
    (tmp_path / "netpulse.toml").touch()
    CliRunner().invoke(app, ["--site", str(tmp_path), "check"])
    assert [one.name for one in tmp_path.iterdir()] == ["netpulse.toml"]


def test_nothing_is_promised_to_be_made_where_keys_are_named(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "the first `netpulse secrets set`" in say("secrets", "status").stdout
    (say.site / "netpulse.toml").write_text('store_keys_file = "keys/store"\n')
    missing = say("secrets", "status")
    assert missing.exit_code == 0, missing.stderr
    assert "makes one" not in missing.stdout
    assert f"{say.site / 'keys' / 'store'} is missing" in missing.stdout
    assert not (say.site / "keys").exists()
    (say.site / "keys").mkdir()
    (say.site / "keys" / "store").touch()
    assert "is empty" in say("secrets", "status").stdout
    monkeypatch.setenv("NETPULSE_SECRET_KEY", "0" * 64)
    (say.site / "netpulse.toml").write_text(f'broker = "redis://127.0.0.1:1"\nledger = "{ledger_of(say.site)}"\n')
    assert "set NETPULSE_STORE_KEYS or store_keys_file" in say("secrets", "status").stdout


def ledger_of(site: Path) -> str:
    return f"sqlite:///{site / '.netpulse' / 'ledger.sqlite3'}"
