"""Writing the git history of configurations, and pushing it: what the historian does once changes are judged."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ulid import ULID

from netpulse_core.bounds import BackupTable
from netpulse_core.configs.history import Change, History, message_of, path_of
from netpulse_core.configs.pushing import NotPushed, push
from netpulse_core.errors import NetPulseError, Refused, ServiceError
from netpulse_core.ledger import sealedconfigs
from netpulse_core.ledger.backups import Backups
from netpulse_core.ledger.configexports import Batch, ConfigExports
from netpulse_core.model.backup import Copy, HistoryStatus

log = logging.getLogger(__name__)

STRETCH = 20.0
"""Seconds of commits in a row, before the lease is asked for again."""


class Exporter:
    """One worker's repository; `resolve` reads the secret behind a reference, `mine` takes the lease of the writer."""

    def __init__(
        self,
        exports: ConfigExports,
        backups: Backups,
        told: BackupTable,
        folder: Path,
        node: str,
        resolve: Callable[[str], str],
        mine: Callable[[], bool],
    ) -> None:
        self._exports = exports
        self._backups = backups
        self._told = told
        self._node = node
        self._resolve = resolve
        self._mine = mine
        self._history = History(folder, told.history_branch)
        self._repository = ""

    def work(self) -> None:
        """Write what is not in the repository yet, and push it; what fails is noted, told, and tried again later."""
        try:
            status = self._status()
        except (Refused, OSError) as error:
            self._repository = f"none at {self._history.folder}"
            status = self._known()
            if status.retry_at is None or status.now >= status.retry_at:
                self._failed(f"{error}; {getattr(error, 'hint', '')}".rstrip("; "))
            self._repository = ""
            return
        if status.retry_at is not None and status.now < status.retry_at:
            return
        pushing = bool(self._told.remote and status.head and status.head != status.pushed)
        if not (status.waiting or pushing or status.failures) or not self._mine():
            return
        try:
            head = self._written(status)
            self._pushed(head, status)
        except ServiceError:
            raise
        except (NetPulseError, NotPushed, OSError) as error:
            self._failed(f"{error}; {getattr(error, 'hint', '')}".rstrip("; "))

    def _status(self) -> HistoryStatus:
        if not self._repository or not self._history.folder.exists():
            self._repository = self._history.opened(str(ULID()).lower())
            self._exports.found(self._repository, node=self._node, path=str(self._history.folder))
        return self._known()

    def _known(self) -> HistoryStatus:
        told = self._described()
        found = self._exports.find(self._repository)
        if found is not None and all(getattr(found, name) == value for name, value in told.items()):
            return found  # the usual case costs no write transaction
        return self._exports.known(self._repository, **told)

    def _described(self) -> Mapping[str, str]:
        told = self._told
        return {
            "node": self._node,
            "path": str(self._history.folder),
            "which": told.history_copy,
            "remote": told.remote,
        }

    def _written(self, status: HistoryStatus) -> str:
        head, until = status.head, time.monotonic() + STRETCH
        while time.monotonic() < until and (batch := self._exports.next(self._repository)) is not None:
            kept = self._kept(batch)
            if kept.versions:
                head = self._history.commit(self._change(kept), after=head)
                log.info("run %s: %d configurations are commit %s", batch.run, len(kept.versions), head[:12])
            self._exports.done(self._repository, batch, head)
        return head

    def _kept(self, batch: Batch) -> Batch:
        """Return a batch without the versions whose copy was never kept: no key that is given later brings it back."""
        if Copy(self._told.history_copy) is Copy.REDACTED:
            return batch
        left = [one for one in batch.versions if not one.sealed]
        if not left:
            return batch
        if not self._backups.have_a_key:  # none would ever be in it, which is to be loud
            said = f"it is to hold the {self._told.history_copy} copies, and without a key of the store none is kept"
            raise Refused(said, hint=sealedconfigs.HINT)
        names = ", ".join(f"{one.device} version {one.number}" for one in left)
        words = "the history of configurations leaves out of run %s what was kept without a key of the store: %s; %s"
        log.error(words, batch.run, names, sealedconfigs.HINT)
        return replace(batch, versions=tuple(one for one in batch.versions if one.sealed))

    def _change(self, batch: Batch) -> Change:
        copy = Copy(self._told.history_copy)
        files = (
            (
                path_of(self._told.history_path, {"device": one.device, "platform": one.platform or "none"}),
                self._backups.text(one.device, one.number, copy),
            )
            for one in batch.versions
        )
        said = [
            (one.device, one.number, one.origin, "" if one.origin == "first" else f", +{one.added} -{one.removed}")
            for one in batch.versions
        ]
        message = message_of(batch.run, batch.runbook, batch.caller, said)
        at = int(max(one.first_seen_at for one in batch.versions))
        return Change(files=files, message=message, author=self._told.history_author, at=at)

    def _pushed(self, head: str, status: HistoryStatus) -> None:
        told = self._told
        if head and told.remote and head != status.pushed:
            password = self._resolve(told.remote_password) if told.remote_password else ""
            push(self._history.folder, told.remote, told.history_branch, told.remote_user, password)
            self._exports.went_well(self._repository, head)
        elif status.failures:
            self._exports.went_well(self._repository)

    def _failed(self, problem: str) -> None:
        log.error("the history of configurations: %s", problem)
        self._exports.failed(self._repository, problem)


def folder_of(told: BackupTable, site: Path, state: Path, *, embedded: bool) -> Path | None:
    """Return where the history of a site is written, or None where none is."""
    if told.history == "off":
        return None
    if told.history:
        return site / told.history
    return state / "configs.git" if embedded else None
