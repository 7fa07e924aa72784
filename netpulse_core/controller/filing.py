"""Files as callers have them: a narrowed one has its own, those its key names, and those of runs that it sees."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from netpulse_core.controller.access import Access
from netpulse_core.errors import NotFound
from netpulse_core.files import File
from netpulse_core.ledger.files import Files
from netpulse_core.ledger.runfiles import RunFiles
from netpulse_core.model.caller import Caller
from netpulse_core.model.file import StoredFile
from netpulse_core.model.roles import Permission

_OF_RUN = "run:"
_AT_ONCE = 1000
_HINT = "a narrowed key has the files it keeps itself, those of runs that it sees, and those its scope names"


class Filing:
    """The files of a site, judged."""

    def __init__(self, files: Files, runs: RunFiles, access: Access) -> None:
        self._files = files
        self._runs = runs
        self._access = access

    def judged_by(self, access: Access) -> "Filing":
        """Return the same files, judged by another."""
        return Filing(self._files, self._runs, access)

    def page(self, caller: Caller, *, after: str = "", limit: int, name: str | None = None) -> Sequence[StoredFile]:
        """Return named files that are there for a caller, by name."""
        if not _narrow(caller):
            return self._files.page(after=after, limit=limit, name=name)
        found: list[StoredFile] = []
        while len(found) < limit:
            some = self._files.page(after=after, limit=_AT_ONCE, name=name)
            found += self._seen(caller, some)
            if len(some) < _AT_ONCE or name is not None:
                break
            after = some[-1].name
        return found[:limit]

    def resolved(self, caller: Caller, wanted: File) -> File:
        """Return a file with its hash and size; raise NotFound where it is not there for this caller."""
        if not _narrow(caller):
            return self._files.resolved(wanted)
        if not wanted.sha256:
            for known in self.page(caller, name=wanted.name, limit=1):
                return File(name=known.name, sha256=known.sha256, size=known.size)
        elif self._sees_content(caller, wanted.sha256):
            return self._files.resolved(wanted)
        raise NotFound("file", str(wanted), hint=_HINT)

    def content(self, caller: Caller, wanted: File) -> tuple[File, Iterator[bytes]]:
        """Return a file and its content, piece by piece; raise NotPermitted where it may not be shown to this caller.

        What was fetched from a device may hold its secrets, as the raw copy of a configuration does.
        """
        found = self.resolved(caller, wanted)
        hidden = self._require_revealing(caller, found)
        pieces = self._files.pieces(found)
        if hidden:
            self._files.revealed(found, by=caller.name)
        return found, pieces

    def for_run(self, caller: Caller, wanted: File) -> File:
        """Return a file that a run may name; one of a device could be put where its caller may read it."""
        found = self.resolved(caller, wanted)
        self._require_revealing(caller, found)
        return found

    def require_own(self, caller: Caller, name: str) -> None:
        """Raise NotPermitted where a narrowed caller would replace or forget a name that others keep."""
        if not caller.scope.narrow or not name:
            return
        for known in self._files.page(name=name, limit=1):
            if known.created_by != caller.name:
                why = f"a narrowed key may not replace or forget {name}, which somebody else keeps"
                self._access.refuse(caller, Permission.FILES_WRITE, why, name, hint="give it another name")

    def _require_revealing(self, caller: Caller, file: File) -> bool:
        """Return whether a file is hidden from all but those who may see secrets; raise NotPermitted where it is."""
        hidden = self._files.is_sealed(file.sha256) and not self._files.was_sent_by(file.sha256, caller.name)
        if hidden:
            self._access.require(caller, Permission.CONFIGS_REVEAL, str(file))
        return hidden

    def _seen(self, caller: Caller, some: Sequence[StoredFile]) -> list[StoredFile]:
        of_runs = {one.created_by.removeprefix(_OF_RUN) for one in some if one.created_by.startswith(_OF_RUN)}
        sight = self._access.sight(caller)
        there = of_runs if sight is None else self._runs.seen_among(of_runs, sight)
        return [one for one in some if _is_own(caller, one) or _run_of(one) in there]

    def _sees_content(self, caller: Caller, digest: str) -> bool:
        sight = self._access.sight(caller)
        return (
            self._files.was_sent_by(digest, caller.name)
            or bool(self._seen(caller, self._files.named(digest)))
            or (sight is not None and self._runs.needs(digest, sight))
        )


def _narrow(caller: Caller) -> bool:
    return bool(caller.scope.target or caller.scope.files)


def _is_own(caller: Caller, file: StoredFile) -> bool:
    return file.created_by == caller.name or any(fnmatchcase(file.name, one) for one in caller.scope.files)


def _run_of(file: StoredFile) -> str | None:
    return file.created_by.removeprefix(_OF_RUN) if file.created_by.startswith(_OF_RUN) else None
