"""The secret store: a row opens as itself alone, and keys rotate while others read."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update

from netpulse_core.errors import InvalidParameters, NotFound, Refused, SiteError
from netpulse_core.ledger import sealing
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.secrettables import secrets
from netpulse_core.ledger.storekeys import StoreKeys

MOVED = [("wrapped",), ("sealed",), ("wrapped", "sealed"), ("wrapped", "sealed", "version")]
VALUE = 'p"ss\\w0rd!ä\nsecond line '


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "store.keys"


@pytest.fixture
def ledger(ledger_url: str, file: Path) -> Iterator[Ledger]:
    """A ledger whose site makes its own keys."""
    with closing(Ledger(ledger_url, store=StoreKeys(file=file, makes=True))) as opened:
        yield opened


def test_a_secret_comes_back_whole_and_the_last_one_counts(ledger: Ledger) -> None:
    ledger.secrets.set("core/enable", "before", by="ann")
    ledger.secrets.set("core/enable", VALUE, by="ben")
    assert ledger.secrets.read("core/enable") == VALUE
    assert [(one.name, one.changed_by) for one in ledger.secrets.all()] == [("core/enable", "ben")]
    said = [(row.action, row.object, row.body["replaced"]) for row in ledger.audit.page()]
    assert said == [("secret.set", "core/enable", True), ("secret.set", "core/enable", False)]


def test_neither_the_row_nor_the_audit_holds_the_value(ledger: Ledger) -> None:
    ledger.secrets.set("one", "s3cret-canary", by="ann")
    with ledger.database.read() as connection:
        row = connection.execute(select(secrets)).one()
    assert "s3cret-canary" not in repr([bytes(row.wrapped), bytes(row.sealed), ledger.audit.page()])


def test_what_is_not_there_is_not_an_empty_secret(ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="secret:none"):
        ledger.secrets.read("none")
    with pytest.raises(NotFound):
        ledger.secrets.remove("none", by="ann")
    ledger.secrets.set("one", "x", by="ann")
    ledger.secrets.remove("one", by="ann")
    with pytest.raises(NotFound):
        ledger.secrets.read("one")


@pytest.mark.parametrize("name", ["", "a b", "../x", "a//b", "a/", "-a", "a\n", "ä", "x" * 129])
def test_a_name_is_plain(ledger: Ledger, name: str) -> None:
    with pytest.raises(InvalidParameters, match="no name"):
        ledger.secrets.set(name, "x", by="ann")


@pytest.mark.parametrize(
    "columns", [("wrapped",), ("sealed",), ("wrapped", "sealed"), ("wrapped", "sealed", "version")]
)
def test_rows_cannot_be_swapped(ledger: Ledger, columns: tuple[str, ...]) -> None:
    ledger.secrets.set("lab", "harmless", by="ann")
    ledger.secrets.set("core", "the real one", by="ann")
    with ledger.database.write() as connection:
        lab = connection.execute(select(secrets).where(secrets.c.name == "lab")).mappings().one()
        moved = {column: lab[column] for column in columns}
        connection.execute(update(secrets).where(secrets.c.name == "core").values(moved))
    with pytest.raises(Refused, match="secret:core does not open"):
        ledger.secrets.read("core")
    with pytest.raises(Refused, match="secret:core does not open") if "wrapped" in columns else closing(ledger):
        ledger.secrets.rewrap(by="ann", fresh=True)


@pytest.mark.parametrize("column", ["wrapped", "sealed"])
@pytest.mark.parametrize("altered", [b"", b"short", lambda data: data[:-1] + bytes([data[-1] ^ 1])])
def test_an_altered_row_does_not_open(ledger: Ledger, column: str, altered: object) -> None:
    ledger.secrets.set("one", "x", by="ann")
    with ledger.database.write() as connection:
        before = bytes(connection.execute(select(secrets.c[column])).scalar_one())
        after = altered(before) if callable(altered) else altered
        connection.execute(update(secrets).values({column: after}))
    with pytest.raises(Refused, match="does not open"):
        ledger.secrets.read("one")


def test_what_was_altered_keeps_nothing_else_from_another_key(
    ledger: Ledger, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 2)
    for name in ("a", "b", "c", "d", "e"):
        ledger.secrets.set(name, f"value of {name}", by="ann")
    with ledger.database.write() as connection:
        connection.execute(update(secrets).where(secrets.c.name.in_(("a", "b", "d"))).values(wrapped=b"altered"))
    with pytest.raises(Refused, match="secret:a, secret:b, secret:d does not open and stays as it is"):
        ledger.secrets.rewrap(by="ann", fresh=True)
    assert [use.wraps["secrets"] for use in ledger.secrets.keys().values()] == [2, 3]
    rotated = ledger.audit.page(limit=1)[0]
    assert (rotated.action, rotated.body) == ("secret.keys_rotated", {"secrets": 2, "altered": 3})
    file.write_text(file.read_text().splitlines()[0])
    assert [ledger.secrets.read(name) for name in ("c", "e")] == ["value of c", "value of e"]


def test_an_envelope_that_was_kept_aside_does_not_open_beside_a_newer_one(ledger: Ledger) -> None:
    ledger.secrets.set("one", "old", by="ann")
    with ledger.database.read() as connection:
        old = connection.execute(select(secrets.c.wrapped, secrets.c.sealed)).mappings().one()
    ledger.secrets.set("one", "new", by="ann")
    with ledger.database.write() as connection:
        connection.execute(update(secrets).values(dict(old)))
    with pytest.raises(Refused, match="does not open"):
        ledger.secrets.read("one")


def test_keys_rotate_while_another_process_reads(ledger: Ledger, ledger_url: str, file: Path) -> None:
    for name in ("one", "two"):
        ledger.secrets.set(name, f"value of {name}", by="ann")
    with closing(Ledger(ledger_url, store=StoreKeys(file=file))) as worker:
        assert worker.secrets.read("one") == "value of one"
        assert ledger.secrets.rewrap(by="ann", fresh=True)["secrets"] == 2
        assert [worker.secrets.read(name) for name in ("one", "two")] == ["value of one", "value of two"]
    assert [(use.at_hand, use.wraps["secrets"]) for use in ledger.secrets.keys().values()] == [(True, 2), (True, 0)]
    assert ledger.secrets.rewrap(by="ann")["secrets"] == 0
    file.write_text(file.read_text().splitlines()[0])  # the former key is needed by nothing any more
    with closing(Ledger(ledger_url, store=StoreKeys(file=file))) as later:
        assert later.secrets.read("two") == "value of two"


def test_two_keys_open_at_once_and_the_first_wraps(ledger_url: str) -> None:
    old, new = "11" * 32, "22" * 32
    with closing(Ledger(ledger_url, store=StoreKeys(old))) as before:
        before.secrets.set("one", "kept by the old key", by="ann")
    with closing(Ledger(ledger_url, store=StoreKeys(f"{new},{old}"))) as both:
        assert both.secrets.read("one") == "kept by the old key"
        both.secrets.set("two", "kept by the new key", by="ann")
        with pytest.raises(Refused, match="not NetPulse's to make"):
            both.secrets.rewrap(by="ann", fresh=True)
        assert both.secrets.rewrap(by="ann")["secrets"] == 1
    with closing(Ledger(ledger_url, store=StoreKeys(new))) as after:
        assert [after.secrets.read(name) for name in ("one", "two")] == ["kept by the old key", "kept by the new key"]


def test_a_secret_under_a_key_that_is_not_here_names_the_key_and_is_left_alone(ledger_url: str) -> None:
    with closing(Ledger(ledger_url, store=StoreKeys("11" * 32))) as before:
        before.secrets.set("one", "x", by="ann")
    with closing(Ledger(ledger_url, store=StoreKeys("22" * 32))) as other:
        missing = next(key for key, use in other.secrets.keys().items() if not use.at_hand)
        with pytest.raises(Refused, match=missing):
            other.secrets.read("one")
        with pytest.raises(Refused, match=missing):
            other.secrets.rewrap(by="ann")
    with closing(Ledger(ledger_url, store=StoreKeys("11" * 32))) as before:
        assert before.secrets.read("one") == "x"


def test_without_a_key_nothing_is_kept(ledger_url: str, tmp_path: Path) -> None:
    for store in (StoreKeys(), StoreKeys(file=tmp_path / "none")):
        with closing(Ledger(ledger_url, store=store)) as ledger, pytest.raises(Refused, match="has no key"):
            ledger.secrets.set("one", "x", by="ann")


@pytest.mark.parametrize("wrong", ["hunter2", "11" * 31, "11" * 33, f"{'11' * 32} hunter2"])
def test_a_key_that_is_none_is_refused_without_being_shown(ledger_url: str, wrong: str) -> None:
    with closing(Ledger(ledger_url, store=StoreKeys(wrong))) as ledger, pytest.raises(SiteError) as refused:
        ledger.secrets.set("one", "x", by="ann")
    assert "64 hexadecimal digits" in str(refused.value)
    assert wrong.split()[-1] not in f"{refused.value} {refused.value.hint}"


def test_the_file_of_keys_is_its_owners_alone(ledger: Ledger, file: Path) -> None:
    ledger.secrets.set("one", "x", by="ann")
    ledger.secrets.rewrap(by="ann", fresh=True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text().split()) == 2
