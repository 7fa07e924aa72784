"""What stands of devices and checks, and how it came about: to read, and to forget once nobody judges it any more."""

from collections.abc import Collection, Mapping, Sequence
from itertools import batched
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, or_, select, tuple_

from netpulse_core.ledger.blobs import unpacked
from netpulse_core.ledger.database import Database, clock
from netpulse_core.ledger.findingtables import finding_changes, findings, judged_devices, judgements
from netpulse_core.ledger.names import names_in
from netpulse_core.ledger.tables import blobs
from netpulse_core.model.check import Finding, FindingVerdict, Severity
from netpulse_core.model.trend import CROSSED, FLAPPING_FROM, FLAPPING_WITHIN, Change, Compared, Standing, Trend

BATCH = 500
"""Rows of one transaction that forgets."""

type Pair = tuple[str, str]

_FORGETTABLE = [FindingVerdict.PASS.value, FindingVerdict.NOT_APPLICABLE.value]


class Findings:
    """The findings of a ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, devices: Collection[str], verdicts: Collection[str] = ()) -> list[Standing]:
        """Return what stands of these devices, by device and check; of these verdicts alone where some are named."""
        names = names_in(self._database.sqlite, devices)
        wanted: list[ColumnElement[bool]] = [findings.c.device.in_(names)]
        if verdicts:
            wanted.append(findings.c.verdict.in_(verdicts))
        query = (
            select(findings, blobs.c.coding, blobs.c.body)
            .outerjoin(blobs, blobs.c.hash == findings.c.evidence)
            .where(*wanted)
            .order_by(findings.c.device, findings.c.check)
        )
        with self._database.read() as connection:
            judged = _last_judged(connection, judged_devices.c.device.in_(names))
            since = clock(connection) - FLAPPING_WITHIN
            lately = _crossings(connection, finding_changes.c.at > since)
            return [
                _standing(row, judged.get((row.device, row.check)), lately.get((row.device, row.check), 0))
                for row in connection.execute(query)
            ]

    def history(self, device: str, check: str, limit: int = 500) -> list[Change]:
        """Return the changes of a device and a check, the newest first."""
        pair = finding_changes.c.device == device, finding_changes.c.check == check
        query = _changes().where(*pair).order_by(finding_changes.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_change(row) for row in connection.execute(query)]

    def compared(self, run: str) -> Compared | None:
        """Return what a run brought beside what stood before it; None where it was not compared, or not yet."""
        with self._database.read() as connection:
            row = connection.execute(select(judgements).where(judgements.c.run == run)).first()
            if row is None or row.folded_at is None:
                return None
            brought = {(one.device, one.check) for one in connection.execute(_pairs(run))}
            last = (
                select(func.max(finding_changes.c.id))
                .where(finding_changes.c.id <= row.last_change)
                .group_by(finding_changes.c.device, finding_changes.c.check)
            )
            standing = finding_changes.c.verdict.not_in(_FORGETTABLE)
            wanted = or_(and_(finding_changes.c.id.in_(last), standing), finding_changes.c.run == run)
            known = [_change(one) for one in connection.execute(_changes().where(wanted))]
            known.sort(key=lambda one: one.run == run)  # what this run brought stands above what came meanwhile
            within = and_(
                finding_changes.c.at > row.folded_at - FLAPPING_WITHIN, finding_changes.c.id <= row.last_change
            )
            crossings = _crossings(connection, within)
        counts = {Trend(name): number for name, number in row.counts.items() if name in list(Trend)}
        return Compared(
            counts=counts,
            changes={(one.device, one.check): one for one in known},
            here=frozenset(brought),
            crossings=crossings,
        )


def forget(connection: Connection, before: float) -> int:
    """Forget a piece of what nobody has judged since this instant: devices and rules that are gone."""
    old = select(judged_devices.c.device, judged_devices.c.checks).where(judged_devices.c.judged_at < before)
    rows = connection.execute(old.order_by(judged_devices.c.judged_at).limit(BATCH // 10)).all()
    if not rows:
        return 0
    key = tuple_(judged_devices.c.device, judged_devices.c.checks)
    connection.execute(delete(judged_devices).where(key.in_([tuple(row) for row in rows])))
    devices = sorted({row.device for row in rows})
    judged = _last_judged(connection, judged_devices.c.device.in_(devices))
    there = select(findings.c.device, findings.c.check).where(findings.c.device.in_(devices))
    gone = [tuple(row) for row in connection.execute(there) if tuple(row) not in judged]
    for some in batched(gone, BATCH):
        pair = tuple_(findings.c.device, findings.c.check).in_(some)
        connection.execute(delete(findings).where(pair))
    return len(rows) + len(gone)


def forget_changes(connection: Connection, before: float) -> int:
    """Forget a piece of the changes before this instant."""
    old = select(finding_changes.c.id).where(finding_changes.c.at < before).order_by(finding_changes.c.at).limit(BATCH)
    ids = connection.scalars(old).all()
    return connection.execute(delete(finding_changes).where(finding_changes.c.id.in_(ids))).rowcount if ids else 0


def _last_judged(connection: Connection, where: ColumnElement[bool]) -> dict[Pair, float]:
    """Return when each device was last judged by each check."""
    query = select(judged_devices.c.device, judged_devices.c.checks, judged_devices.c.judged_at).where(where)
    rows = connection.execute(query.order_by(judged_devices.c.judged_at)).all()
    sets = checks_of(connection, {row.checks for row in rows})
    return {(row.device, name): row.judged_at for row in rows for name in sets[row.checks]}


def checks_of(connection: Connection, digests: Collection[str]) -> dict[str, Sequence[str]]:
    """Return the names of the checks that devices were judged by together, by their digest."""
    sets: dict[str, Sequence[str]] = {}
    for digest in sorted(digests):
        kept = connection.execute(select(blobs.c.coding, blobs.c.body).where(blobs.c.hash == digest)).one()
        sets[digest] = unpacked("json", kept.coding, kept.body)
    return sets


def often(where: ColumnElement[bool]) -> Select[Any]:
    """Return the query for what came and went again and again, and how often; `where` says when."""
    pair = finding_changes.c.device, finding_changes.c.check
    crossed = finding_changes.c.trend.in_([one.value for one in CROSSED])
    query = select(*pair, func.count().label("number")).where(where, crossed).group_by(*pair)
    return query.having(func.count() >= FLAPPING_FROM)


def _crossings(connection: Connection, where: ColumnElement[bool]) -> dict[Pair, int]:
    return {(row.device, row.check): row.number for row in connection.execute(often(where))}


def _pairs(run: str) -> Any:
    return select(finding_changes.c.device, finding_changes.c.check).where(finding_changes.c.run == run)


def _changes() -> Any:
    joined = finding_changes.outerjoin(blobs, blobs.c.hash == finding_changes.c.evidence)
    return select(finding_changes, blobs.c.coding, blobs.c.body).select_from(joined)


def _evidence(row: Row[Any]) -> Mapping[str, Any] | None:
    return None if row.body is None else unpacked("json", row.coding, row.body)


def _standing(row: Row[Any], judged_at: float | None, crossings: int) -> Standing:
    told = _evidence(row)
    verdict = FindingVerdict(row.verdict)
    passes = verdict in (FindingVerdict.PASS, FindingVerdict.WARN)
    return Standing(
        device=row.device,
        check=row.check,
        policy=row.policy,
        severity=Severity(row.severity),
        version=row.version,
        verdict=verdict,
        since=row.since,
        first_failed=row.first_failed,
        last_passed=judged_at if passes else row.last_passed,
        judged_at=judged_at,
        flaps=row.flaps,
        flapping=crossings >= FLAPPING_FROM,
        run=row.run,
        why="" if told is None else told["why"],
    )


def _change(row: Row[Any]) -> Change:
    told = _evidence(row)
    said = {"version": row.version, "severity": row.severity}
    same = ("run", "device", "check", "at", "version", "was_since", "first_failed", "last_passed")
    return Change(
        **{name: getattr(row, name) for name in same},
        severity=Severity(row.severity),
        verdict=FindingVerdict(row.verdict),
        was=FindingVerdict(row.was) if row.was else None,
        trend=Trend(row.trend) if row.trend else None,
        finding=None if told is None else Finding.of({**told, **said}),
    )
