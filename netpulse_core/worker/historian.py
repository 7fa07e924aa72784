"""What is done with configurations after they were captured: who changed them is found out, then they are exported."""

import logging

from netpulse_core.configs.attributing import Pushed, attributed, evidence
from netpulse_core.configs.comparing import changed
from netpulse_core.configs.platforms import fitting
from netpulse_core.controller import NetPulse
from netpulse_core.keyfile import secret_key
from netpulse_core.ledger.configchanges import Unjudged
from netpulse_core.model.backup import Origin
from netpulse_core.runs.redact import Redactor
from netpulse_core.runs.secrets import SecretReader
from netpulse_core.worker.exporting import Exporter, folder_of
from netpulse_core.worker.life import Life

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks."""

NAME = "configurations"


class Historian:
    """Judges what changed and writes the git history, unless another worker is at it."""

    def __init__(self, netpulse: NetPulse, secrets: SecretReader, life: Life) -> None:
        self._ledger = netpulse.ledger
        self._life = life
        self._secrets = secrets
        self._said = Redactor(secret_key(netpulse.settings), secrets.ever, remembers=0)
        self._exporter = self._made(netpulse)

    def work(self) -> None:
        """Do what there is to do."""
        try:
            found = self._ledger.config_changes.unjudged()
            if found and self._mine():
                for one in found:
                    self._judge(one)
        finally:  # what was judged is not held up by what cannot be
            if self._exporter is not None:
                self._exporter.work()

    def _made(self, netpulse: NetPulse) -> Exporter | None:
        settings = netpulse.settings
        folder = folder_of(settings.backups, settings.site, settings.state, embedded=settings.embedded)
        if folder is None:
            return None
        ledger = self._ledger
        return Exporter(
            ledger.config_exports, ledger.backups, settings.backups, folder, self._life.name, self._resolve, self._mine
        )

    def _resolve(self, reference: str) -> str:
        body = {"for": "the git history of configurations"}
        return self._secrets.read(
            reference, lambda read: self._ledger.audit.note("netpulse", "secret.read", read, body)
        )

    def _mine(self) -> bool:
        return self._ledger.leases.take(NAME, f"{self._life.name} {self._life.id}")

    def _judge(self, one: Unjudged) -> None:
        if one.before is None:
            lines = len(changed("", one.after).added)
            self._ledger.config_changes.judge(
                one.id, origin=Origin.FIRST.value, runs=[], added=lines, removed=0, unexplained=0
            )
            return
        # All of it as outputs are kept, which do not say secrets.
        pushes = [
            Pushed(push.run, tuple(self._said(line) for line in evidence(push.parameters, push.outputs)))
            for push in one.pushes
        ]
        found = attributed(self._said(one.before), self._said(one.after), pushes, fitting(one.form))
        self._ledger.config_changes.judge(
            one.id,
            origin=found.origin.value,
            runs=list(found.runs),
            added=found.added,
            removed=found.removed,
            unexplained=found.unexplained,
        )
        log.info("%s version %d: %s", one.device, one.number, found.origin)
