"""API keys: only the right text opens, and nothing in the ledger helps to guess one."""

import pytest
from sqlalchemy import select, update

from netpulse_core.errors import Conflict, NotFound, Unidentified
from netpulse_core.ledger.audittables import audit
from netpulse_core.ledger.keys import Keys
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import api_keys
from netpulse_core.model.caller import Caller, Scope
from netpulse_core.model.keys import KeyStanding


def test_a_key_says_who_holds_it(ledger: Ledger) -> None:
    assert not ledger.keys.any()
    text = ledger.keys.create("ann", "operator", by="root").key
    assert ledger.keys.identify(text) == Caller(name="ann", role="operator", key=text.split("_")[1])
    assert ledger.keys.any()


def wrong(text: str) -> list[str]:
    _, key, secret = text.split("_", 2)
    return [
        "",
        "np",
        "np__",
        f"np_{key}",
        f"np_{key}_",
        f"np_{key}_{secret[:-1]}",
        f"np_{key}_{secret}x",
        f"np_{key[:-1]}_{secret}",
        f"np__{secret}",
        f"xx_{key}_{secret}",
        f"{key}_{secret}",
        text.upper(),
        f"np_{key}\0_{secret}",
        f"np_{key}_{secret}\ud800",
        f"np_ü_{secret}",
        "np_%_" + secret,
        "np_ffffffffffff_",
    ]


def test_nothing_but_the_key_opens(ledger: Ledger) -> None:
    for text in wrong(ledger.keys.create("ann", "admin", by="root").key):
        with pytest.raises(Unidentified, match=r"^the API key is not known$"):
            ledger.keys.identify(text)


def test_a_revoked_key_opens_nothing(ledger: Ledger) -> None:
    text, other = ledger.keys.create("ann", "admin", by="root").key, ledger.keys.create("bob", "admin", by="root").key
    key = text.split("_")[1]
    ledger.keys.revoke(key, by="eve")
    with pytest.raises(Unidentified):
        ledger.keys.identify(text)
    assert ledger.keys.identify(other).name == "bob"
    with pytest.raises(NotFound):
        ledger.keys.revoke(key, by="eve")
    assert [record.action for record in ledger.audit.page()] == ["key.revoked", "key.created", "key.created"]


def test_the_ledger_keeps_nothing_that_opens(ledger: Ledger) -> None:
    text = ledger.keys.create("ann", "admin", by="root").key
    secret = text.split("_", 2)[2]
    with ledger.database.read() as connection:
        kept = [str(tuple(row)) for table in (api_keys, audit) for row in connection.execute(select(table))]
    assert len(kept) == 2
    assert not [row for row in kept if secret in row]
    with pytest.raises(Unidentified):
        Keys(ledger.database, b"another pepper").identify(text)


def test_an_unknown_id_costs_what_a_known_one_costs(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    text = ledger.keys.create("ann", "admin", by="root").key
    unknown = f"np_ffffffffffff_{text.split('_', 2)[2]}"
    hashed: list[str] = []
    kept = Keys._hash

    def counted(keys: Keys, secret: str) -> str:
        hashed.append(secret)
        return kept(keys, secret)

    monkeypatch.setattr(Keys, "_hash", counted)
    work = []
    for one in (f"{text}x", unknown):
        hashed.clear()
        with pytest.raises(Unidentified):
            ledger.keys.identify(one)
        work.append(len(hashed))
    assert work == [1, 1]


def test_a_key_that_has_ended_opens_nothing(ledger: Ledger) -> None:
    ended = ledger.keys.create("ann", "admin", by="root", lifetime=-1.0)
    assert ended.made.standing is KeyStanding.EXPIRED
    with pytest.raises(Unidentified):
        ledger.keys.identify(ended.key)


def test_a_rotated_key_works_for_the_overlap_and_its_successor_may_the_same(ledger: Ledger) -> None:
    scope = Scope(target="role=leaf", runbooks=("send_*",), most_devices=5)
    old = ledger.keys.create("ann", "operator", by="root", scope=scope, lifetime=3600.0)
    new = ledger.keys.rotate(old.made.id, by="root", overlap=600.0)
    before, after = ledger.keys.identify(old.key), ledger.keys.identify(new.key)
    assert (
        (before.name, before.role, before.scope) == (after.name, after.role, after.scope) == ("ann", "operator", scope)
    )
    kept = {key.id: key for key in ledger.keys.all()}
    shortened, renewed = kept[old.made.id].expires_at, kept[new.made.id].expires_at
    assert shortened is not None
    assert renewed is not None
    assert renewed - shortened > 2900
    assert kept[new.made.id].replaces == old.made.id
    with pytest.raises(Conflict, match="rotated before"):
        ledger.keys.rotate(old.made.id, by="root")
    ledger.keys.rotate(new.made.id, by="root")
    with pytest.raises(Unidentified):
        ledger.keys.identify(new.key)


def test_a_use_is_noted_once_a_minute(ledger: Ledger) -> None:
    made = ledger.keys.create("ann", "viewer", by="root")
    assert made.made.used_at is None
    ledger.keys.identify(made.key)
    first = ledger.keys.one(made.made.id).used_at
    assert first is not None
    ledger.keys.identify(made.key)
    assert ledger.keys.one(made.made.id).used_at == first
    with ledger.database.write() as connection:
        connection.execute(update(api_keys).values(used_at=first - 61))
    ledger.keys.identify(made.key)
    assert (ledger.keys.one(made.made.id).used_at or 0.0) >= first
