"""Rows written by one statement are those written by one each, and lists of any length are found by."""

from typing import Any

import pytest
from sqlalchemy import bindparam, select

from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.lists import among
from netpulse_core.ledger.many import FEW, LARGEST, Inserting, Updating
from netpulse_core.ledger.tables import blobs, outbox
from netpulse_core.ledger.upsert import insert_missing

TEXTS = ("", "plain", "é \U0001f525 \u202e", "\\u0000 \\x00 {}'\"", "tab\tand\nline", "null", "x" * 1000)
BODIES: tuple[Any, ...] = (None, {}, {"a": None}, [1, 2.5, True], "text", {"NUL": "\0", "half": "\ud800", "é": 'q"\\'})
NUMBERS = (0.1 + 0.2, 1e-300, 1.7e308, -0.0, 1796055671.0326457)
EVENTS = Inserting(outbox, ["run_id", "number", "kind", "device", "body", "at"])
MOVED = Updating(outbox, "id", ["kind", "device", "body", "at"])


def events(number: int) -> list[dict[str, object]]:
    return [
        {
            "run_id": "run",
            "number": n,
            "kind": TEXTS[n % len(TEXTS)],
            "device": None if n % 3 else TEXTS[n % len(TEXTS)],
            "body": BODIES[n % len(BODIES)] or {},
            "at": NUMBERS[n % len(NUMBERS)],
        }
        for n in range(number)
    ]


def read(ledger: Ledger) -> list[dict[str, object]]:
    with ledger.database.read() as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id)).mappings().all()
    return [{name: row[name] for name in ("run_id", "number", "kind", "device", "body", "at")} for row in rows]


@pytest.mark.parametrize("number", [0, 1, FEW, FEW + 1, 50])
def test_rows_are_read_back_as_they_were_written_and_in_their_order(ledger: Ledger, number: int) -> None:
    with ledger.database.write() as connection:
        EVENTS.write(connection, events(number))
    assert read(ledger) == events(number)


@pytest.mark.parametrize("number", [0, 1, FEW, FEW + 1, 50])
def test_each_row_is_updated_to_its_own_values(ledger: Ledger, number: int) -> None:
    with ledger.database.write() as connection:
        EVENTS.write(connection, [event | {"kind": "old", "device": "old", "body": {}} for event in events(number)])
        ids = connection.scalars(select(outbox.c.id).order_by(outbox.c.id)).all()
        moved = [{"id": one} | event for one, event in zip(ids, events(number), strict=True)]
        MOVED.write(connection, [{n: v for n, v in one.items() if n not in ("run_id", "number")} for one in moved])
    assert read(ledger) == events(number)


@pytest.mark.parametrize("size", [10, LARGEST // 4])
def test_bytes_are_kept_whole_and_what_is_there_already_is_left_alone(ledger: Ledger, size: int) -> None:
    rows = [
        {
            "hash": f"{n:03}",
            "size": n,
            "coding": "zlib",
            "body": bytes(range(256)) + bytes([n]) * size,
            "stored_at": 1.0,
        }
        for n in range(FEW * 2)
    ]
    with ledger.database.write() as connection:
        insert_missing(connection, blobs, rows)
        insert_missing(connection, blobs, [row | {"body": b"another"} for row in rows])
        found = connection.execute(select(blobs.c.hash, blobs.c.body).order_by(blobs.c.hash)).all()
    assert [(one.hash, bytes(one.body)) for one in found] == [(row["hash"], row["body"]) for row in rows]


@pytest.mark.parametrize("wanted", [[], [3], [1, 2, 3, 7], list(range(40))])
def test_a_list_of_any_length_is_one_parameter(ledger: Ledger, wanted: list[int]) -> None:
    with ledger.database.write() as connection:
        EVENTS.write(connection, events(20))
    query = select(outbox.c.number).where(among(outbox.c.number, "np_wanted"), outbox.c.at < bindparam("np_at"))
    with ledger.database.read() as connection:
        found = connection.scalars(query.order_by(outbox.c.number), {"np_wanted": wanted, "np_at": 1e400}).all()
    assert found == [number for number in wanted if number < 20]


def test_what_is_too_large_for_one_statement_goes_in_pieces(ledger: Ledger) -> None:
    large = [event | {"kind": "x" * (LARGEST // 20)} for event in events(50)]
    large[3]["kind"] = "y" * (LARGEST + 1)
    with ledger.database.write() as connection:
        EVENTS.write(connection, large)
    assert read(ledger) == large
