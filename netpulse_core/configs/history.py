"""The history of configurations as a git repository: one commit a run, written by one process at a time."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from netpulse_core.errors import Refused

_MODE = 0o100644
_ID = (b"netpulse",), b"repository"


@dataclass(frozen=True, slots=True)
class Change:
    """A commit to make: the files it writes, and what it says.

    Each file is written before the next is asked for, so a run's texts need not all be in memory; the last of one path
    counts.
    """

    files: Iterable[tuple[str, str]]
    message: str
    author: str
    at: int


class History:
    """A bare repository of this program's own; raises Refused where it is somebody else's."""

    def __init__(self, folder: Path, branch: str) -> None:
        self.folder = folder
        self._ref = b"refs/heads/" + branch.encode()

    def opened(self, new: str) -> str:
        """Return the id of the repository, which is made where there is none, under the id `new`."""
        from dulwich.refs import Ref  # noqa: PLC0415  loaded where there is a history
        from dulwich.repo import Repo  # noqa: PLC0415

        if not self.folder.exists() or not any(self.folder.iterdir()):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(
                0o700
            )  # an empty one that was there keeps its mode; git's files are open to whoever enters
            with Repo.init_bare(str(self.folder)) as repo:
                repo.refs.set_symbolic_ref(Ref(b"HEAD"), Ref(self._ref))
                config = repo.get_config()
                config.set((b"core",), b"fsyncObjectFiles", b"true")
                config.set(*_ID, new.encode())
                config.write_to_path()
        with self._repo() as repo:
            try:
                return str(repo.get_config().get(*_ID).decode())
            except KeyError:
                raise _foreign(f"{self.folder} is a git repository that NetPulse has not made") from None

    def head(self) -> str:
        """Return the last commit, an empty text where there is none."""
        with self._repo() as repo:
            return self._head(repo)

    def commit(self, change: Change, *, after: str) -> str:
        """Write a commit after the one that is known to be the last, and return its id.

        A commit that was written already, by a process that could not say so any more, is not written again. Raise
        Refused where the last commit is another: somebody else writes here.
        """
        with self._repo() as repo:
            head = self._head(repo)
            tree = self._tree(repo, head, change.files)
            if head != after:
                known = repo[head.encode()] if head else None
                ours = known is not None and _says(known, change.message, tree, after)
                if not ours:
                    raise _foreign(
                        f"its last commit is {head[:12] or 'none'}, and NetPulse's own was {after[:12] or 'none'}"
                    )
                return head
            made = _commit(change, tree, head)
            repo.object_store.add_object(made)
            old = head.encode() if head else None
            if not repo.refs.set_if_equals(self._ref, old, made.id):
                raise _foreign("its last commit changed at this very moment")
            return str(made.id.decode())

    def _repo(self) -> Any:
        from dulwich.errors import NotGitRepository  # noqa: PLC0415
        from dulwich.repo import Repo  # noqa: PLC0415

        try:
            return Repo(str(self.folder))
        except NotGitRepository:
            raise _foreign(f"{self.folder} is there, and is no git repository") from None

    def _head(self, repo: Any) -> str:
        try:
            return str(repo.refs[self._ref].decode())
        except KeyError:
            return ""

    def _tree(self, repo: Any, head: str, files: Iterable[tuple[str, str]]) -> bytes:
        from dulwich.object_store import commit_tree_changes  # noqa: PLC0415
        from dulwich.objects import Blob, Tree  # noqa: PLC0415

        written: dict[bytes, Any] = {}
        for path, text in files:
            blob = Blob.from_string(text.encode("utf-8", "replace"))
            repo.object_store.add_object(blob)
            written[path.encode()] = blob.id
        changes = [(path, _MODE, id) for path, id in sorted(written.items())]
        base = Tree()
        if head:
            base = repo[repo[head.encode()].tree]
        else:
            repo.object_store.add_object(base)
        return bytes(commit_tree_changes(repo.object_store, base, changes))


def path_of(template: str, fields: Mapping[str, str]) -> str:
    """Return the file of a device; whatever its name holds, it stays beneath the repository, and no two meet."""
    return re.sub(r"\{(\w+)\}", lambda found: _safe(fields[found[1]]), template)


def message_of(run: str, runbook: str, caller: str, versions: Sequence[tuple[str, int, str, str]]) -> str:
    """Return what a commit says: the run, its runbook, who asked for it, and each device with whose change it was."""
    counts: dict[str, int] = {}
    for _, _, origin, _ in versions:
        counts[origin] = counts.get(origin, 0) + 1
    said = ", ".join(f"{count} {origin.replace('_', ' ')}" for origin, count in sorted(counts.items()))
    number = len(versions)
    lines = [f"{_line(runbook)}: {number} configuration{'' if number == 1 else 's'} ({said})", ""]
    lines += [
        f"{_line(device)}: version {version}, {origin.replace('_', ' ')}{more}"
        for device, version, origin, more in versions
    ]
    return "\n".join(
        [
            *lines,
            "",
            f"NetPulse-Run: {run}",
            f"NetPulse-Runbook: {_line(runbook)}",
            f"NetPulse-Caller: {_line(caller)}",
            "",
        ]
    )


def _says(commit: Any, message: str, tree: bytes, after: str) -> bool:
    parents = [after.encode()] if after else []
    return bool(commit.message == message.encode() and list(commit.parents) == parents and commit.tree == tree)


def _commit(change: Change, tree: bytes, parent: str) -> Any:
    from dulwich.objects import Commit  # noqa: PLC0415

    made: Any = Commit()
    made.tree = tree
    made.parents = [parent.encode()] if parent else []
    made.author = made.committer = change.author.encode()
    made.author_time = made.commit_time = change.at
    made.author_timezone = made.commit_timezone = 0
    made.encoding = b"UTF-8"
    made.message = change.message.encode()
    return made


def _safe(name: str) -> str:
    """Return a name as one part of a path, different for different names."""
    coded = quote(name, safe=" ")
    return coded.replace(".", "%2E") if coded.strip(".") == "" or coded.startswith(".") else coded


def _line(text: str) -> str:
    return " ".join(text.split())


def _foreign(why: str) -> Refused:
    return Refused(
        f"the history of configurations is not written: {why}",
        hint="only NetPulse may write there; move it away, and a whole one is made anew",
    )
