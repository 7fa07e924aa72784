"""How many devices have which verdict, counted by the database: a site may have hundreds of thousands of findings."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from netpulse_core.ledger.database import Database, clock
from netpulse_core.ledger.findings import checks_of, often
from netpulse_core.ledger.findingtables import finding_changes, findings, judged_devices
from netpulse_core.ledger.names import names_in
from netpulse_core.model.check import FindingVerdict, Severity
from netpulse_core.model.trend import FLAPPING_WITHIN, Tally

_KIND = findings.c.policy, findings.c.check, findings.c.severity, findings.c.verdict


class Tallies:
    """The findings of a ledger in numbers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, devices: Collection[str]) -> list[Tally]:
        """Return what stands of these devices, counted by check, severity and verdict; no evidence is read."""
        names = names_in(self._database.sqlite, devices)
        with self._database.read() as connection:
            flapping = often(finding_changes.c.at > clock(connection) - FLAPPING_WITHIN).subquery()
            joined = findings.outerjoin(flapping, _same(flapping))
            counted = select(*_KIND, func.count(), func.count(flapping.c.device)).select_from(joined)
            rows = connection.execute(counted.where(findings.c.device.in_(names)).group_by(*_KIND)).all()
            judged = {tuple(kind): at for *kind, at in self._judged(connection, names)}
        return [
            Tally(
                policy=policy,
                check=check,
                severity=Severity(severity),
                verdict=FindingVerdict(verdict),
                devices=number,
                flapping=flaps,
                judged_at=judged.get((policy, check, severity, verdict)),
            )
            for policy, check, severity, verdict, number, flaps in sorted(map(tuple, rows))
        ]

    def _judged(self, connection: Connection, names: Select[tuple[str]]) -> Iterator[Any]:
        """Yield when of the devices of each kind the one was last judged that was longest ago."""
        mine = judged_devices.c.device.in_(names)
        digests = connection.scalars(select(judged_devices.c.checks).where(mine).distinct()).all()
        within: dict[str, set[str]] = defaultdict(set)
        for digest, checks in checks_of(connection, digests).items():
            for check in checks:
                within[check].add(digest)
        alike: dict[frozenset[str], list[str]] = defaultdict(list)
        for check, sets in within.items():
            alike[frozenset(sets)].append(check)
        # One question for all checks that always came together: mostly that is one for a policy, or for the site.
        for those, checks in alike.items():
            last = (
                select(judged_devices.c.device, func.max(judged_devices.c.judged_at).label("at"))
                .where(mine, judged_devices.c.checks.in_(names_in(self._database.sqlite, those)))
                .group_by(judged_devices.c.device)
                .subquery()
            )
            found = select(*_KIND, func.min(last.c.at)).join(last, last.c.device == findings.c.device)
            named = findings.c.check.in_(names_in(self._database.sqlite, checks))
            yield from connection.execute(found.where(named).group_by(*_KIND))


def _same(other: Any) -> Any:
    return and_(other.c.device == findings.c.device, other.c.check == findings.c.check)
