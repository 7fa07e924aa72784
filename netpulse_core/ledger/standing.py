"""Which devices and credentials are in trouble, asked beside every login, and so in one statement each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, bindparam, func, literal, null, select, tuple_, union_all

from netpulse_core.ledger.brakes import ENOUGH, REST
from netpulse_core.ledger.breakers import Endpoint
from netpulse_core.ledger.database import Database, now
from netpulse_core.ledger.logintables import breakers, credentials, refusals
from netpulse_core.ledger.together import Together


@dataclass(frozen=True, slots=True)
class Trouble:
    """What failed since it last worked."""

    endpoints: frozenset[tuple[str, str]] = frozenset()
    """Address and driver."""
    refused: frozenset[str] = frozenset()
    """Credentials that a device refused."""
    braked: frozenset[str] = frozenset()
    """Credentials that nobody may use."""
    resting: frozenset[str] = frozenset()
    """Credentials that several devices refused lately, and none took since."""

    def knows(self, endpoint: Endpoint) -> bool:
        """Whether this device failed since it was last reached."""
        return (endpoint.address, endpoint.driver) in self.endpoints


_Asked = tuple[set[tuple[str, str]], set[str]]
"""The addresses and drivers, and the credentials, that one login is about."""


class Standing:
    """The trouble the ledger knows of."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._of = Together(self._of_each)  # a run logs in to many devices at once

    def all(self) -> Trouble:
        """Return all of it."""
        return self._read(_ALL, {})

    def of(self, endpoints: Collection[Endpoint], used: Collection[str]) -> Trouble:
        """Return what concerns these devices and credentials."""
        return self._of(({(one.address, one.driver) for one in endpoints}, set(used)))

    def _of_each(self, asked: Sequence[_Asked]) -> list[Trouble]:
        pairs, used = set[tuple[str, str]](), set[str]()
        for mine, of_mine in asked:
            pairs |= mine
            used |= of_mine
        found = self._read(_OF, {"np_pairs": list(pairs), "np_used": list(used)})
        return [Trouble(endpoints=found.endpoints & mine, refused=found.refused & of_mine) for mine, of_mine in asked]

    def _read(self, query: object, asked: dict[str, object]) -> Trouble:
        found: dict[str, set[tuple[str, str]]] = {kind: set() for kind in _KINDS}
        with self._database.read() as connection:
            for kind, first, second in connection.execute(query, asked):  # type: ignore[call-overload]
                found[kind].add((first, second))
        return Trouble(
            endpoints=frozenset(found["breaker"]),
            refused=frozenset(name for name, _ in found["refused"]),
            braked=frozenset(name for name, _ in found["braked"]),
            resting=frozenset(name for name, _ in found["resting"]),
        )


_KINDS = ("breaker", "refused", "braked", "resting")

_breaker = select(literal("breaker", Text).label("kind"), breakers.c.endpoint, breakers.c.driver)
_refused = select(literal("refused", Text), refusals.c.credential, null())
_braked = select(literal("braked", Text), credentials.c.id, null()).where(credentials.c.braked_at.is_not(None))
_resting = (
    select(literal("resting", Text), refusals.c.credential, null())
    .where(refusals.c.at >= now() - REST)
    .group_by(refusals.c.credential)
    .having(func.count() >= ENOUGH)
)

_ALL = union_all(_breaker, _refused, _braked, _resting)
_OF = union_all(
    _breaker.where(tuple_(breakers.c.endpoint, breakers.c.driver).in_(bindparam("np_pairs", expanding=True))),
    _refused.where(refusals.c.credential.in_(bindparam("np_used", expanding=True))),
)
