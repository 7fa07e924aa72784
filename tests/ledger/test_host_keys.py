"""Which host keys the ledger believes, and who decided that."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from netpulse_core.errors import Conflict, NotFound, Refused
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.audit import AuditRecord
from netpulse_core.model.connection import HostKey
from netpulse_core.model.logins import KeyState

OLD, NEW, RSA = HostKey("ssh-ed25519", b"old"), HostKey("ssh-ed25519", b"new"), HostKey("ssh-rsa", b"rsa")
AT = ("192.0.2.1", 22)


def audited(ledger: Ledger, action: str) -> list[AuditRecord]:
    return [record for record in ledger.audit.page() if record.action == action]


def test_a_key_is_pinned_on_first_use_and_no_other_after_it(ledger: Ledger) -> None:
    book = ledger.host_keys
    assert book.pinned(*AT) == []
    assert book.pin("leaf1", *AT, OLD) == [OLD]
    assert book.pin("leaf1", *AT, NEW) == [OLD]
    assert book.pin("leaf1", *AT, RSA) == [OLD], "another algorithm is no way around a pinned key"
    assert book.pin("leaf1", AT[0], 830, RSA) == [RSA], "another port is another server"
    assert [record.object for record in audited(ledger, "hostkey.pinned")] == ["leaf1", "leaf1"]


def test_of_workers_that_pin_at_once_one_wins_and_all_hear_it(ledger_url: str) -> None:
    keys = [HostKey("ssh-ed25519", bytes([number])) for number in range(4)] + [
        HostKey("ssh-rsa", bytes([number])) for number in range(4)
    ]

    def pin(key: HostKey) -> list[HostKey]:
        with closing(Ledger(ledger_url)) as own:
            return own.host_keys.pin("leaf1", *AT, key)

    with ThreadPoolExecutor(len(keys)) as threads:
        believed = list(threads.map(pin, keys))
    assert all(one == believed[0] for one in believed)
    assert len(believed[0]) == 1


def test_a_refused_key_is_kept_and_audited_once(ledger: Ledger) -> None:
    book = ledger.host_keys
    book.pin("leaf1", *AT, OLD)
    book.offer("leaf1", *AT, NEW)
    book.offer("leaf1", *AT, NEW)
    states = {one.state: one.fingerprint for one in book.all("leaf1")}
    assert states == {KeyState.PINNED: OLD.fingerprint, KeyState.OFFERED: NEW.fingerprint}
    (record,) = audited(ledger, "hostkey.refused")
    assert record.object == "leaf1"
    assert record.body["fingerprint"] == NEW.fingerprint
    assert record.body["believed"] == [OLD.fingerprint]
    book.offer("leaf1", *AT, RSA)
    assert [one.fingerprint for one in book.all("leaf1") if one.state is KeyState.OFFERED] == [RSA.fingerprint]
    assert book.pinned(*AT) == [OLD]


def test_an_approved_key_takes_the_place_of_the_one_before(ledger: Ledger) -> None:
    book = ledger.host_keys
    book.pin("leaf1", *AT, OLD)
    with pytest.raises(Conflict, match="leaf1: it offers no other key"):
        book.approve("leaf1", OLD.fingerprint, by="ann")
    book.offer("leaf1", *AT, RSA)
    with pytest.raises(Refused, match="does not offer") as refused:
        book.approve("leaf1", NEW.fingerprint, by="ann")
    assert RSA.fingerprint in refused.value.hint
    assert book.pinned(*AT) == [OLD]
    (now,) = book.approve("leaf1", RSA.fingerprint, by="ann")
    assert (now.state, now.fingerprint, now.seen_by) == (KeyState.PINNED, RSA.fingerprint, "ann")
    assert book.pinned(*AT) == [RSA]
    (record,) = audited(ledger, "hostkey.approved")
    assert (record.actor, record.body["instead_of"]) == ("ann", [OLD.fingerprint])
    book.offer("leaf1", *AT, NEW)
    book.approve("leaf1", NEW.fingerprint, by="ann")
    assert book.pinned(*AT) == [NEW]


def test_a_forgotten_device_is_believed_anew(ledger: Ledger) -> None:
    book = ledger.host_keys
    with pytest.raises(NotFound):
        book.forget("leaf1", by="ann")
    book.pin("leaf1", *AT, OLD)
    book.pin("leaf2", "192.0.2.2", 22, OLD)
    book.offer("leaf1", *AT, NEW)
    assert book.forget("leaf1", by="ann") == 2
    assert [one.device for one in book.all()] == ["leaf2"]
    assert book.pin("leaf1", *AT, NEW) == [NEW]
    (record,) = audited(ledger, "hostkey.forgotten")
    assert (record.actor, len(record.body["keys"])) == ("ann", 2)
    with pytest.raises(NotFound, match="did you mean 'leaf1'"):
        book.all("leaf11")


def test_no_other_device_is_proposed_to_forget(ledger: Ledger) -> None:
    ledger.host_keys.pin("leaf1", *AT, OLD)
    with pytest.raises(NotFound) as caught:
        ledger.host_keys.forget("leaf11", by="ann")
    assert str(caught.value) == "no host key of 'leaf11'"
    assert ledger.host_keys.pinned(*AT) == [OLD]
