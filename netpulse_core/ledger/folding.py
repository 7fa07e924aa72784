"""Comparing what runs found with what stands: a piece of a run at a time, each exactly once, only changes written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, select, update

from netpulse_core.ledger import blobs as texts
from netpulse_core.ledger import judgements as judging
from netpulse_core.ledger.blobs import Blob
from netpulse_core.ledger.database import Database, again_if_beaten, clock
from netpulse_core.ledger.findingtables import finding_changes, findings, judged_devices, judgements
from netpulse_core.ledger.judgements import Judged
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.tables import blobs
from netpulse_core.ledger.texts import storable
from netpulse_core.ledger.upsert import insert_missing
from netpulse_core.model.check import Finding, FindingVerdict
from netpulse_core.model.event import EventKind
from netpulse_core.model.trend import COMPLIES, CROSSED, KNOWN, TOLD, Trend, evidence_of, names_of, trend_of

AT_ONCE = 50
"""Jobs of one transaction whose findings are compared one by one."""

NAMED = 50
"""Changes that an event names; the others it counts."""

type Pair = tuple[str, str]


@dataclass
class _Piece:
    """What one transaction writes."""

    counts: Counter[str] = field(default_factory=Counter)
    told: list[dict[str, Any]] = field(default_factory=list)
    texts: dict[str, Blob] = field(default_factory=dict)
    fresh: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)


class Folding:
    """The runs of a ledger that judged."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self) -> list[str]:
        """Return runs that are over and were not compared yet, in the order in which they are to be."""
        with self._database.read() as connection:
            return judging.over(connection)

    @again_if_beaten
    def fold(self, run: str, most: int = AT_ONCE) -> bool:
        """Compare the next jobs of a run with what stands; False once there are no more, and its event is told.

        The place within the run moves in the transaction that writes the changes, so that each job counts once,
        whoever does this at the same time.
        """
        with self._database.read() as connection:
            place = connection.scalar(select(judgements.c.place).where(judgements.c.run == run, judging.UNFOLDED))
            if place is None:
                return False
            found, last = judging.read(connection, run, place, most)
        packed = {(one.device, each.check): _packed(each) for one in found for each in one.found or ()}
        sets = {one.job: texts.packed(names_of(one.found)) for one in found if one.found is not None}
        with self._database.write() as connection:
            mine = judgements.c.run == run, judgements.c.place == place, judging.UNFOLDED
            row = connection.execute(select(judgements).where(*mine).with_for_update()).first()
            if row is None:
                return True  # another was here: look again
            if last is None:
                _close(connection, row)
                return False
            piece = _compared(connection, run, found, packed, sets)
            if piece is None:
                return True  # another run was compared meanwhile: read this one again
            _write(connection, piece)
            told = (row.told + piece.told)[:NAMED]
            counts = judging.counted(row.counts, piece.counts)
            connection.execute(update(judgements).where(*mine).values(place=last, counts=counts, told=told))
            return True


def _packed(one: Finding) -> Blob | None:
    told = evidence_of(one)
    return None if told is None else texts.packed(told)


def _compared(
    connection: Connection,
    run: str,
    found: Sequence[Judged],
    packed: Mapping[Pair, Blob | None],
    sets: Mapping[int, Blob],
) -> _Piece | None:
    """Work out what is written for these jobs, and note that their devices were judged.

    None where a device was judged otherwise since its output was taken for that of its last judgement.
    """
    piece = _Piece()
    before = _judged(connection, [one.device for one in found])
    names = _names(connection, {row.checks for rows in before.values() for row in rows})
    standing = _standing(connection, [one.device for one in found if one.found is not None])
    for one in found:
        mine: Sequence[Row[Any]] = before.get(one.device, ())
        if one.found is None:
            if not mine or mine[0].output != one.output:
                return None
            piece.counts[Trend.STILL_FAILING] += mine[0].failing
            continue
        later = {name for row in mine if row.judged_at > one.at for name in names[row.checks]}
        seen = {name: row.judged_at for row in reversed(mine) for name in names[row.checks]}
        for each in one.found:
            if each.check not in later:  # another run, which ended sooner, has looked at it since
                _step(piece, run, one, each, standing.get((one.device, each.check)), packed, seen)
    _note(connection, run, found, sets, before, piece)
    return piece


def _judged(connection: Connection, devices: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """Lock and return when these devices were judged by which checks, the last time first."""
    query = select(judged_devices).where(judged_devices.c.device.in_(devices))
    ordered = query.order_by(judged_devices.c.device, judged_devices.c.judged_at.desc(), judged_devices.c.checks)
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(ordered.with_for_update()):
        found.setdefault(row.device, []).append(row)
    return found


def _names(connection: Connection, sets: set[str]) -> dict[str, list[str]]:
    query = select(blobs.c.hash, blobs.c.coding, blobs.c.body).where(blobs.c.hash.in_(sets))
    return {row.hash: texts.unpacked("json", row.coding, row.body) for row in connection.execute(query)}


def _standing(connection: Connection, devices: Sequence[str]) -> dict[Pair, Row[Any]]:
    query = select(findings).where(findings.c.device.in_(devices))
    return {(row.device, row.check): row for row in connection.execute(query)}


def _step(
    piece: _Piece,
    run: str,
    job: Judged,
    one: Finding,
    stood: Row[Any] | None,
    packed: Mapping[Pair, Blob | None],
    seen: Mapping[str, float],
) -> None:
    """Compare one finding with what stood, and gather what that changes."""
    blob = packed[job.device, one.check]
    evidence = None if blob is None else blob.hash
    was = None if stood is None else FindingVerdict(stood.verdict)
    known = None if stood is None or stood.known is None else FindingVerdict(stood.known)
    altered = stood is not None and stood.evidence != evidence
    trend = trend_of(known, was, one.verdict, altered=altered)
    if trend is not None:
        piece.counts[trend] += 1
    if stood is not None and was is one.verdict and not altered:
        if (stood.version, stood.severity, stood.policy) != (one.version, one.severity.value, one.policy):
            piece.moved.append(_values(run, job, one, dict(stood._mapping)))
        return
    if blob is not None:
        piece.texts[blob.hash] = blob
    values = _values(run, job, one, {} if stood is None else dict(stood._mapping))
    values |= {"evidence": evidence, "run": run}
    if was is not one.verdict:
        values["since"] = job.at
    if one.verdict in KNOWN or one.verdict is FindingVerdict.NOT_APPLICABLE:
        values["known"] = one.verdict.value
    if trend is Trend.NEW:
        values["first_failed"] = job.at
    elif one.verdict in COMPLIES or one.verdict is FindingVerdict.NOT_APPLICABLE:
        values["first_failed"] = None
    if was in COMPLIES and one.verdict not in COMPLIES:
        values["last_passed"] = seen.get(one.check, stood.since if stood is not None else None)
    values["flaps"] += trend in CROSSED and was is not None
    (piece.fresh if stood is None else piece.moved).append(values)
    quiet = stood is None and one.verdict in (FindingVerdict.PASS, FindingVerdict.NOT_APPLICABLE)
    if not quiet:
        piece.changes.append(_change(run, job, values, stood, trend))
    if trend in TOLD:
        said = {"device": job.device, "check": one.check, "severity": one.severity.value, "trend": trend}
        piece.told.append({**said, "verdict": one.verdict.value, "was": was})


def _values(run: str, job: Judged, one: Finding, stood: Mapping[str, Any]) -> dict[str, Any]:
    fresh = {"known": None, "since": job.at, "first_failed": None, "last_passed": None, "flaps": 0, "evidence": None}
    said = {"policy": storable(one.policy), "version": storable(one.version), "severity": one.severity.value}
    pair = {"device": job.device, "check": one.check}
    return {**fresh, "run": run, **stood, **said, **pair, "verdict": one.verdict.value}


def _change(
    run: str, job: Judged, values: Mapping[str, Any], stood: Row[Any] | None, trend: Trend | None
) -> dict[str, Any]:
    same = ("device", "check", "severity", "version", "verdict", "first_failed", "last_passed", "evidence")
    return {
        **{name: values[name] for name in same},
        "run": run,
        "at": job.at,
        "was": None if stood is None else stood.verdict,
        "was_since": None if stood is None else stood.since,
        "trend": trend,
    }


def _note(
    connection: Connection,
    run: str,
    found: Sequence[Judged],
    sets: Mapping[int, Blob],
    before: Mapping[str, Sequence[Row[Any]]],
    piece: _Piece,
) -> None:
    """Note by which checks these devices were judged, and when; what was judged later by the same ones stays."""
    piece.texts |= {blob.hash: blob for blob in sets.values()}
    texts.store(connection, piece.texts, clock(connection))
    fresh, again = [], []
    for one in found:
        known = {row.checks: row for row in before.get(one.device, ())}
        if one.found is None:
            checks, failing = before[one.device][0].checks, before[one.device][0].failing
        else:
            checks, failing = sets[one.job].hash, sum(each.verdict is FindingVerdict.FAIL for each in one.found)
        row = {"device": one.device, "checks": checks, "judged_at": one.at, "run": run}
        row |= {"output": one.output, "failing": failing}
        if checks not in known:
            fresh.append(row)
        elif known[checks].judged_at <= one.at:
            again.append({f"new_{name}": value for name, value in row.items()})
    insert_missing(connection, judged_devices, fresh)
    if again:
        moved: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("judged_at", "run", "output", "failing")}
        key = judged_devices.c.device == bindparam("new_device"), judged_devices.c.checks == bindparam("new_checks")
        connection.execute(update(judged_devices).where(*key).values(moved), again)


def _write(connection: Connection, piece: _Piece) -> None:
    if piece.fresh:
        connection.execute(insert(findings), piece.fresh)
    if piece.moved:
        key = and_(findings.c.device == bindparam("new_device"), findings.c.check == bindparam("new_check"))
        names = [column.name for column in findings.c if not column.primary_key]
        moved = update(findings).where(key).values({name: bindparam(f"new_{name}") for name in names})
        connection.execute(moved, [{f"new_{name}": one[name] for name in one} for one in piece.moved])
    if piece.changes:
        connection.execute(insert(finding_changes), piece.changes)


def _close(connection: Connection, row: Row[Any]) -> None:
    """Write down that a run was compared, and tell of it where it brought something."""
    at = clock(connection)
    last = connection.scalar(select(func.max(finding_changes.c.id)).where(finding_changes.c.run == row.run))
    last = last or connection.scalar(select(func.max(finding_changes.c.id)))
    done = update(judgements).where(judgements.c.run == row.run)
    connection.execute(done.values(folded_at=at, last_change=last or 0, told=[]))
    changed = sum(row.counts.get(one, 0) for one in TOLD)
    if changed:
        news = News()
        counts = {one.value: row.counts.get(one, 0) for one in Trend}
        news.add(row.run, EventKind.COMPLIANCE_CHANGED, counts=counts, changes=row.told, more=changed - len(row.told))
        news.write(connection, at)
