"""Parameters as the ledger keeps them: where secrets stand in them, marks to be shown, and all of them sealed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from netpulse_core.errors import NetPulseError, NotFound, Refused, SiteError
from netpulse_core.ledger import envelopes, sealing
from netpulse_core.ledger.scheduletables import schedules
from netpulse_core.ledger.sealing import Place
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.tables import runs
from netpulse_core.model.doubt import Doubt
from netpulse_core.model.run import Claim

OF_RUNS = Place(runs, ("id",), "run:", "what run {} was given", "ask for it again with parameters of your own")
OF_SCHEDULES = Place(
    schedules, ("name", "digest"), "schedule:", "what schedule {} was given", "give it its parameters again"
)
NO_SECRET = ""
"""In the place of a key: the parameters were looked at, and nothing in them is a secret."""

NOT_OPENED = (Refused, SiteError)
"""Raised of a key that is not here, or of the file it stands in."""

_KEPT = select(*(runs.c[name] for name in ("id", "parameters", "shown", "key_id", "wrapped", "sealed")))

type Shown = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Returns parameters with a mark in the place of each secret; they are equal where nothing in them is one."""


class Parameters:
    """How parameters are kept and given back."""

    def __init__(self, keys: StoreKeys, shown: Shown = dict) -> None:
        self._keys = keys
        self.shown = shown

    @property
    def seals(self) -> bool:
        """Whether what is a secret could be sealed here."""
        return self._keys.seals

    def columns(self, given: Mapping[str, Any], place: Place, *ids: str, strict: bool = True) -> dict[str, Any]:
        """Return the columns that parameters are kept in.

        Where something in them is a secret, `parameters` is empty, so that a program which knows no seal has nothing
        to send; `shown` has them with marks. Raises Refused where there is no key to seal them with; unless `strict`,
        what is kept is then what may be shown.
        """
        shown = self.shown(given)
        if shown == dict(given):
            nothing = {"shown": None, "key_id": NO_SECRET, "wrapped": None, "sealed": None}
            return {"parameters": shown, **nothing}
        kept = {"parameters": {}, "shown": shown, "key_id": None, "wrapped": None, "sealed": None}
        try:
            key = self._keys.newest()
        except Refused as error:
            if not strict:
                return kept
            secret = ", ".join(name for name, value in given.items() if shown[name] != value)
            raise Refused(
                f"{secret}: what looks like a secret stands there, and there is no key to seal it with",
                hint=f"{error.hint}; or let the runbook take a parameter of the type Secret (docs/secrets.md)",
            ) from error
        return kept | sealing.columns(envelopes.seal(json.dumps(dict(given)), place.row(*ids), key))

    def to_show(self, row: Any) -> dict[str, Any]:
        """Return the parameters of a row as they may be shown."""
        if row.shown is not None:
            return dict(row.shown)
        # Without a word of a key they are from before there was a seal.
        return dict(row.parameters) if row.key_id is not None else self.shown(row.parameters)

    def opened(self, row: Any, parameters: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """Return the parameters of a row as they were given; raise Refused where they do not open here."""
        if row.shown is None:
            return dict(parameters)
        if row.wrapped is None:
            raise Refused(
                "secrets stand in its parameters, and there was no key to seal them with when it became known",
                hint="give this process a key of the store; it is whole again once a scheduler reads its file",
            )
        found: dict[str, Any] = json.loads(place.opened(row, self._keys))
        return found

    def of_run(self, connection: Connection, run: str) -> dict[str, Any]:
        """Return the parameters of a run as they were given; raise Refused where they do not open here."""
        row = connection.execute(_KEPT.where(runs.c.id == run)).first()
        if row is None:
            raise NotFound("run", run)
        return self.opened(row, row.parameters, OF_RUNS)

    def of_claims(self, connection: Connection, claims: Sequence[Claim]) -> list[Claim]:
        """Return claims with all of their parameters; where they do not open here, a claim says why."""
        found = {run: self._readable(connection, run) for run in {claim.run for claim in claims if claim.sealed}}
        # Each job has its own: a runbook may write to what it is given.
        given = {run: (json.dumps(parameters), why) for run, (parameters, why) in found.items()}
        return [_with(claim, *given[claim.run]) if claim.run in given else claim for claim in claims]

    def of_doubt(self, connection: Connection, doubt: Doubt) -> Doubt:
        """Return a doubt with all of the parameters of its run; where they do not open here, it says why."""
        parameters, unopened = self._readable(connection, doubt.run)
        return replace(doubt, parameters=parameters, unopened=unopened)

    def _readable(self, connection: Connection, run: str) -> tuple[dict[str, Any], str]:
        try:
            return self.of_run(connection, run), ""
        except NOT_OPENED as error:
            return {}, why(error)


def why(error: NetPulseError) -> str:
    """Return what an error says, with what to do about it."""
    return f"{error}; {error.hint}" if error.hint else str(error)


def _with(claim: Claim, parameters: str, unopened: str) -> Claim:
    return replace(claim, parameters=json.loads(parameters), unopened=unopened)
