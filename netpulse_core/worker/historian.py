"""What is done with configurations after they were captured, by one worker at a time: who changed them is found out."""

import logging
from typing import Protocol

from netpulse_core.configs.attributing import Pushed, attributed, evidence
from netpulse_core.configs.comparing import changed
from netpulse_core.configs.platforms import fitting
from netpulse_core.ledger.configchanges import Unjudged
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.backup import Origin

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks."""

NAME = "configurations"


class Life(Protocol):
    """Who does the work."""

    id: str
    name: str


class Historian:
    """Judges what changed."""

    def __init__(self, ledger: Ledger, life: Life) -> None:
        self._ledger = ledger
        self._life = life

    def work(self) -> None:
        """Do what there is to do, unless another worker is at it."""
        found = self._ledger.config_changes.unjudged()
        if not found or not self._ledger.leases.take(NAME, f"{self._life.name} {self._life.id}"):
            return
        for one in found:
            self._judge(one)

    def _judge(self, one: Unjudged) -> None:
        if one.before is None:
            lines = len(changed("", one.after).added)
            self._ledger.config_changes.judge(
                one.id, origin=Origin.FIRST.value, runs=[], added=lines, removed=0, unexplained=0
            )
            return
        pushes = [Pushed(push.run, evidence(push.parameters, push.outputs)) for push in one.pushes]
        found = attributed(one.before, one.after, pushes, fitting(one.form))
        self._ledger.config_changes.judge(
            one.id,
            origin=found.origin.value,
            runs=list(found.runs),
            added=found.added,
            removed=found.removed,
            unexplained=found.unexplained,
        )
        log.info("%s version %d: %s", one.device, one.number, found.origin)
