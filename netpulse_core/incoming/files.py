"""The site's `schedules/hooks/`: one file is one hook, named after the file."""

import logging
import re
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from netpulse_core.blame import unreadable
from netpulse_core.errors import InvalidParameters, NotFound, Refused, SiteError, did_you_mean
from netpulse_core.hooks.manager import Plugins
from netpulse_core.incoming.events import reads_body
from netpulse_core.incoming.hookfile import NAME, HookFile
from netpulse_core.inventory import yamlfolder
from netpulse_core.inventory.notice import Notice
from netpulse_core.inventory.yamlfile import YamlFile
from netpulse_core.model.device import Device
from netpulse_core.model.incoming import Hook
from netpulse_core.model.runbook import Runbook

log = logging.getLogger(__name__)

FOLDER = "schedules/hooks"
Select = Callable[[str], Sequence[Device]]

_PARAMETER = re.compile(r"(?:unknown )?parameter '([^'.]+)")


class HookFiles:
    """The hooks of a site as their files say them now; a file that breaks is no hook until it is mended."""

    def __init__(self, site: Path) -> None:
        self._folder = site / FOLDER
        self._lock = threading.Lock()
        self._read: dict[str, tuple[object, Hook | None]] = {}

    def one(self, name: str) -> Hook | None:
        """Return a hook, None where there is none of this name, or one that is wrong or not enabled."""
        if not NAME.fullmatch(name):
            return None
        path = self._folder / f"{name}.yaml"
        try:
            state = path.stat()
            seen = (state.st_mtime_ns, state.st_size, state.st_ino)
            with self._lock:
                known = self._read.get(name)
            if known is None or known[0] != seen:
                known = seen, _hook(path)
                with self._lock:
                    self._read[name] = known
        except OSError:
            with self._lock:
                self._read.pop(name, None)
            return None
        return known[1] if known[1] is not None and known[1].enabled else None

    def all(self) -> list[HookFile]:
        """Return all files with what is wrong with each by itself, in the order of their names."""
        return [HookFile(path, content) for path, content in yamlfolder.contents(self._folder).items()]


def require_secrets(site: Path) -> None:
    """Raise SiteError for an enabled hook whose secret is a variable or a file that is not there."""
    for path, content in yamlfolder.contents(site / FOLDER).items():
        read = HookFile(path, content)
        if read.hook is None or read.file is None or not read.hook.enabled:
            continue
        for problem in filter(None, map(unreadable, read.hook.secrets)):
            said = read.file.error(("secret",), problem)
            hint = "give it to this process, or say `enabled: false` in the hook"
            raise SiteError(problem, path=path, line=said.line, key="secret", hint=hint)


def examine(
    site: Path, plugins: Plugins, select: Select | None = None, roles: Collection[str] | None = None
) -> list[Notice]:
    """Return everything that is wrong with the site's hooks; `select` asks which devices a target means."""
    found = list(yamlfolder.misnamed(site / FOLDER, "hooks"))
    for path, content in yamlfolder.contents(site / FOLDER).items():
        read = HookFile(path, content)
        found += read.notices
        if read.hook is not None and read.file is not None:
            found += judged(read.hook, read.file, plugins, select, roles)
    return found


def judged(
    hook: Hook, file: YamlFile, plugins: Plugins, select: Select | None, roles: Collection[str] | None
) -> Iterator[Notice]:
    """Yield what is wrong with a hook on this site."""
    if roles is not None and hook.role and hook.role not in roles:
        yield file.error(("role",), f"no role {hook.role!r}{did_you_mean(hook.role, roles)}")
    for reference in hook.secrets if hook.enabled else ():
        if problem := unreadable(reference):
            yield file.warning(("secret",), problem, "the API refuses to start without it")
    try:
        runbook = plugins.runbook(hook.runbook)
    except NotFound as error:
        yield file.error(("runbook",), str(error), error.hint)
        return
    for key, problem in wrong_parameters(hook, runbook):
        yield file.error(("parameters", key) if key in hook.parameters else ("parameters",), problem)
    if select is None:
        return
    try:
        runbook.fitting(select(hook.target))
    except Refused as error:  # no device today may be one tomorrow
        yield file.warning(("target",), str(error), error.hint)
    except InvalidParameters as error:
        yield file.error(("target",), "; ".join(error.problems), error.hint)


def wrong_parameters(hook: Hook, runbook: Runbook) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a hook's parameters, whatever the body of an event says."""
    taken = {name for name, value in hook.parameters.items() if reads_body(value)}
    for name in sorted(taken):
        if name not in runbook.parameters.model_fields:
            guess = did_you_mean(name, runbook.parameters.model_fields)
            yield name, f"unknown parameter {name!r}{guess}"
        elif name in runbook.secrets:
            # Whoever may send an event would choose which of the site's secrets is sent to a device.
            yield name, f"parameter {name!r} is a secret: it is named here, and never by the body of an event"
    try:
        runbook.validated({name: value for name, value in hook.parameters.items() if name not in taken})
    except InvalidParameters as error:
        for problem in error.problems:
            name = match[1] if (match := _PARAMETER.match(problem)) else ""
            if name not in taken:
                yield name, problem


def _hook(path: Path) -> Hook | None:
    read = HookFile(path, path.read_bytes())
    for notice in read.notices:
        log.error("hook %s takes nothing until its file is right: %s", path.stem, notice)
    return read.hook
