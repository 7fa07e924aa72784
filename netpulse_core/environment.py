"""Variables of the environment that look like ours and are not: nothing would read them, and nobody would know."""

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from netpulse_core import lease
from netpulse_core.blame import FILE, PREFIX
from netpulse_core.errors import SiteError, closest

_ELSEWHERE = ("lease", "url")
"""What is read of the environment and is no setting, as far as a misspelling of it would be silent."""

_KEY = "api_key"
_OURS = frozenset({*_ELSEWHERE, _KEY, "failpoint", "lab_password", "proxy_secret"})
"""All that is; `NETPULSE_PASSWORD` and `NETPULSE_PAGER_SECRET` are people's own."""

_IN_CAPITALS = _OURS | {"site"}
"""What is read in capitals alone; the other settings are read in any case."""

_ALIKE, _ALIKE_A_KEY = 0.75, 0.85
"""How alike a name has to be to be taken for a misspelling: people name secrets of their own NETPULSE_TACACS_KEY."""

_LEASE = "write it as in NETPULSE_LEASE=15, the same for each process; unset it is 15"

_OF_A_SERVICE = re.compile(r"(?:^|_)(?:service_host|service_port(?:_\w+)?|port_\d+_(?:tcp|udp|sctp)(?:_\w+)?)$")
_ADDRESS = re.compile(r"(?:tcp|udp|sctp)://\S+")
_FOLDERS = ("inventory", "plugins", "schedules", "templates")


def examine(site: Path, settings: Collection[str]) -> None:
    """Raise SiteError for the first of the problems there are, saying how many more."""
    found = list(problems(site, settings))
    if not found:
        return
    if more := len(found) - 1:
        rest = f"{more} more {'variable is' if more == 1 else 'variables are'} wrong: `netpulse check` lists them all"
        found[0].hint = f"{found[0].hint}; {rest}"
    raise found[0]


def problems(site: Path, settings: Collection[str]) -> Iterator[SiteError]:
    """Yield each lease that is none, misspelt setting, and one that Kubernetes put its own text over."""
    if problem := lease.problem():
        yield SiteError(f"{lease.VARIABLE}: {problem}", hint=_LEASE)
    for variable, value in sorted(os.environ.items()):
        name = _name(variable)
        if not name:
            continue
        if name == "port" and _ADDRESS.fullmatch(value):
            yield SiteError(
                f"{variable}: it is a port, and Kubernetes sets it to {value} because a Service is called `netpulse`",
                hint="write `enableServiceLinks: false` in the pod's spec, or call the Service something else",
            )
        elif (meant := _meant(variable, value, settings)) and not _named_by(site, variable):
            yield SiteError(
                f"{variable}: unknown setting; did you mean {PREFIX}{meant.upper()}?",
                hint="correct it or take it out; one of your own is let be where a file of the site names it, as"
                f" `env:{variable}` does, and under a name that resembles no setting",
            )


def meant_for_the_key() -> str:
    """Return the variable that looks like a misspelt NETPULSE_API_KEY, or an empty text."""
    return next((one for one in sorted(os.environ) if _name(one) and _meant(one, "", ()) == _KEY), "")


def _name(variable: str) -> str:
    """Return what stands behind our prefix in any case, in small letters; an empty text where that does not."""
    return variable[len(PREFIX) :].lower() if variable.upper().startswith(PREFIX) else ""


def _meant(variable: str, value: str, settings: Collection[str]) -> str:
    """Return what a variable is taken to be a misspelling of, or an empty text."""
    name = _name(variable)
    if name in _IN_CAPITALS:
        return "" if variable.isupper() else name
    if name in settings or _of_kubernetes(name, value):
        return ""
    table, nested, _ = name.partition("__")  # as other programs write a key of a table
    if nested and table in settings:
        return table
    if not name.startswith(f"{_KEY}_") and closest(name, [_KEY], _ALIKE_A_KEY):  # people have keys of several services
        return _KEY
    return closest(name, [*settings, *_ELSEWHERE], _ALIKE)


def _of_kubernetes(name: str, value: str) -> bool:
    """Whether a Service called `netpulse` or `netpulse-SOMETHING` brought this variable."""
    return bool(_OF_A_SERVICE.search(name) or (name.endswith("port") and _ADDRESS.fullmatch(value)))


def _named_by(site: Path, variable: str) -> bool:
    word = re.compile(rb"\b%s\b" % re.escape(variable.encode()))
    return any(word.search(content) for content in _contents(site))


def _contents(site: Path) -> Iterator[bytes]:
    files = (path for folder in _FOLDERS for path in (site / folder).rglob("*"))
    for path in (site / FILE, *files):
        try:
            if path.is_file():
                yield path.read_bytes()
        except OSError:  # whoever needs it says so
            continue
