"""The audit as a chain: each record carries an HMAC over itself and the record before it (RFC 2104, SHA-256).

Whoever can write to the database cannot make such a code, because the key is not in it. The end of the chain is kept
beside it under a code of its own, so that a tail cannot be cut off unseen; a whole database put back to an earlier
state is seen by an anchor that was kept elsewhere.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from netpulse_core.ledger.audittables import audit, audit_ends
from netpulse_core.ledger.database import clock, now
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.audit import Anchor, Verified

BEGIN, END = "begin", "end"
PENDING = "netpulse_audit"
AT_ONCE = 1000

_INSERT = insert(audit)
_END = select(audit_ends.c.number, audit_ends.c.mac).where(audit_ends.c.name == END).with_for_update()
_END_AND_NOW = _END.add_columns(now().label("at"))
_PUT = update(audit_ends).where(audit_ends.c.name == bindparam("np_name"))
MOST_PROBLEMS = 20


class Chain:
    """Binds records as their transaction commits, and proves what is bound."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"netpulse audit\0" + key).digest()

    def bind(self, connection: Connection) -> None:
        """Write the transaction's records: last of all, since whoever comes next waits from here to the commit."""
        pending: list[dict[str, Any]] = connection.info.pop(PENDING, [])
        if not pending:
            return
        last, mac, at = self._locked_end(connection)
        rows = []
        for number, record in enumerate(pending, last + 1):
            row = {**record, "body": json.loads(json.dumps(record["body"], default=str)), "at": at, "number": number}
            mac = self._mac(mac, row)
            rows.append(row | {"mac": mac})
        connection.execute(_INSERT, rows)
        connection.execute(_PUT, self._row(END, last + len(rows), mac) | {"np_name": END})

    def forget(self, connection: Connection, before: float, most: int) -> int:
        """Remove the first records, as far as they are from before an instant, and note where the chain begins now.

        One that is written later than those after it, because the clock was ahead, keeps them until it is old itself:
        a chain has one beginning. Returns how many went.
        """
        oldest = connection.execute(
            select(audit.c.id, audit.c.at, audit.c.number, audit.c.mac).order_by(audit.c.id).limit(most)
        )
        rows = list(takewhile(lambda row: row.at < before, oldest))
        if not rows:
            return 0
        last = max((row for row in rows if row.number is not None), key=lambda row: row.number, default=None)
        if last is not None and last.number > self._end(connection, BEGIN)[0]:
            self._put(connection, BEGIN, last.number, last.mac)
        return connection.execute(audit.delete().where(audit.c.id.in_([row.id for row in rows]))).rowcount

    def anchor(self, connection: Connection) -> Anchor:
        """Return the end of the chain as it is now."""
        number, mac = self._end(connection, END)[:2]
        return Anchor(number=number, mac=mac, at=clock(connection))

    def verify(self, connection: Connection, anchor: Anchor | None = None) -> Verified:
        """Walk the chain from where it begins to where it should end."""
        begun, mac, proven = self._end(connection, BEGIN)
        problems = [] if proven else ["the note of where the chain begins was edited"]
        last, records, anchored = begun, 0, mac
        for row in _rows(connection, begun):
            problems += self._wrong(last, mac, row)
            last, mac, records = row["number"], row["mac"] or "", records + 1
            if anchor is not None and last <= anchor.number:
                anchored = mac
        problems += self._at_the_end(connection, last, mac)
        if anchor is not None and (anchor.number > last or not hmac.compare_digest(anchored, anchor.mac)):
            problems.append(f"record {anchor.number} is not the one that was anchored, or is gone")
        unchained, later = _without_number(connection)
        if later:
            problems.append(f"{_records(later)} without a number, and not from before the chain: put in, or taken out")
        return Verified(
            first=begun + 1, last=last, records=records, unchained=unchained, problems=tuple(problems[:MOST_PROBLEMS])
        )

    def _wrong(self, last: int, mac: str, row: Mapping[Any, Any]) -> Iterator[str]:
        number = row["number"]
        if number != last + 1:
            yield f"{_range(last + 1, number - 1)} removed"
        elif not hmac.compare_digest(self._mac(mac, row), row["mac"] or ""):
            yield f"record {number} was edited, moved or put in: it does not follow the one before it"

    def _at_the_end(self, connection: Connection, last: int, mac: str) -> Iterator[str]:
        number, ended, proven = self._end(connection, END)
        if not proven:
            yield "the note of where the chain ends was edited or removed"
        elif number > last:
            yield f"{_range(last + 1, number)} removed from the end"
        elif number < last or not hmac.compare_digest(mac, ended):
            yield f"the chain ends with record {last}, and was noted to end otherwise"

    def _locked_end(self, connection: Connection) -> tuple[int, str, float]:
        """Return the number and the code of the last record, and the time now that nobody else adds another."""
        alone = connection.dialect.name == "sqlite"  # who writes there waits for nobody any more
        end = _END_AND_NOW if alone else _END
        row = connection.execute(end).first()
        if row is None:  # the first record of all
            insert_missing(connection, audit_ends, [self._row(END, 0, "")])
            row = connection.execute(end).one()
        return row.number, row.mac, row.at if alone else clock(connection)

    def _end(self, connection: Connection, name: str) -> tuple[int, str, bool]:
        """Return an end of the chain, and whether it is as it was written; one never written is the very beginning."""
        row = connection.execute(select(audit_ends).where(audit_ends.c.name == name)).first()
        if row is None:
            begun = connection.scalar(select(func.count()).where(audit.c.number.is_not(None)))
            return 0, "", name == BEGIN or not begun
        return row.number, row.mac, hmac.compare_digest(row.proof, self._proof(name, row.number, row.mac))

    def _put(self, connection: Connection, name: str, number: int, mac: str) -> None:
        row = self._row(name, number, mac)
        insert_missing(connection, audit_ends, [row])
        connection.execute(_PUT, row | {"np_name": name})

    def _row(self, name: str, number: int, mac: str) -> dict[str, Any]:
        return {"name": name, "number": number, "mac": mac, "proof": self._proof(name, number, mac)}

    def _mac(self, before: str, row: Mapping[str, Any]) -> str:
        said = [before, *(row[name] for name in ("number", "at", "actor", "action", "object", "body"))]
        return self._code(json.dumps(said, sort_keys=True))

    def _proof(self, name: str, number: int, mac: str) -> str:
        return self._code(json.dumps([name, number, mac]))

    def _code(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def _rows(connection: Connection, after: int) -> Iterator[Mapping[Any, Any]]:
    query = select(audit).order_by(audit.c.number).limit(AT_ONCE)
    while rows := connection.execute(query.where(audit.c.number > after)).mappings().all():
        yield from rows
        after = rows[-1]["number"]


def _without_number(connection: Connection) -> tuple[int, int]:
    """Return how many records have no number, and how many of them cannot be from before the chain.

    When the first of the chain was written is proven, and in which row it stands is not: either alone gives one away.
    """
    query = select(func.count()).select_from(audit).where(audit.c.number.is_(None))
    chained = select(audit.c.id, audit.c.at).where(audit.c.number.is_not(None)).order_by(audit.c.number).limit(1)
    first = connection.execute(chained).first()
    unchained = connection.scalar(query) or 0
    if first is None or not unchained:
        return unchained, 0
    later = query.where((audit.c.id > first.id) | (audit.c.at > first.at) | (audit.c.id < 1))
    return unchained, connection.scalar(later) or 0


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def _range(first: int, last: int) -> str:
    return f"record {first} was" if first == last else f"records {first} to {last} were"
