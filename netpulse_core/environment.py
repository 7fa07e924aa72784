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

_OURS = frozenset({*_ELSEWHERE, "api_key", "failpoint", "lab_password", "proxy_secret"})
"""All that is; `NETPULSE_PASSWORD` and `NETPULSE_PAGER_SECRET` are people's own."""

_ALIKE = 0.75
"""How alike a name has to be to be taken for a misspelling: people name secrets of their own NETPULSE_TACACS_KEY."""

_LEASE = "write it as in NETPULSE_LEASE=15, the same for each process; unset it is 15"

_OF_A_SERVICE = re.compile(r"(?:^|_)(?:service_host|service_port(?:_\w+)?|port_\d+_(?:tcp|udp|sctp)(?:_\w+)?)$")
_ADDRESS = re.compile(r"(?:tcp|udp|sctp)://\S+")
_FOLDERS = ("inventory", "plugins", "schedules", "templates")


def examine(site: Path, settings: Collection[str]) -> None:
    """Raise SiteError for a lease that is none, a misspelt setting, or one that Kubernetes put its own text over."""
    if problem := lease.problem():
        raise SiteError(f"{lease.VARIABLE}: {problem}", hint=_LEASE)
    for variable, value in sorted(os.environ.items()):
        name = variable.upper().removeprefix(PREFIX).lower()
        if not variable.upper().startswith(PREFIX) or name in _OURS:
            continue
        if name == "port" and _ADDRESS.fullmatch(value):
            raise SiteError(
                f"{variable}: it is a port, and Kubernetes sets it to {value} because a Service is called `netpulse`",
                hint="write `enableServiceLinks: false` in the pod's spec, or call the Service something else",
            )
        if name in settings or _of_kubernetes(name, value):
            continue
        meant = _meant(name, settings)
        if meant and not _named_by(site, variable):
            raise SiteError(
                f"{variable}: unknown setting; did you mean {PREFIX}{meant.upper()}?",
                hint="correct it or take it out; one of your own is let be where a file of the site names it, as"
                f" `env:{variable}` does, and under a name that resembles no setting",
            )


def _meant(name: str, settings: Collection[str]) -> str:
    table, nested, _ = name.partition("__")  # as other programs write a key of a table
    if nested and table in settings:
        return table
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
