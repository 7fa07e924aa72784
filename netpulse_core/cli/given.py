"""The options every command shares: which site or service, and in what form to answer."""

import inspect
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property, wraps
from pathlib import Path
from typing import Annotated, Any, Self

import typer

from netpulse_core.cli.screen import Screen

_PANEL = "Where and how (before or after the command)"

_Site = Annotated[
    Path | None,
    typer.Option(
        "--site",
        metavar="DIR",
        envvar="NETPULSE_SITE",
        help="The site folder; else this folder, or the nearest above it that holds a netpulse.toml.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
_Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        envvar="NETPULSE_URL",
        help="A service to talk to instead of the site's own; its key is in NETPULSE_API_KEY or --key-file.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
_KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help="A file that holds the API key.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Answer in JSON on stdout.", rich_help_panel=_PANEL)]


@dataclass(frozen=True)
class Given:
    """What was said of site, service and form; what stands after the command wins."""

    site: Path | None = None
    url: str | None = None
    key_file: Path | None = None
    json: bool = False

    @cached_property
    def screen(self) -> Screen:
        """Where this command's answers go."""
        return Screen(json=self.json)

    @cached_property
    def netpulse(self) -> str:
        """How this program is typed here, to reach the same service again."""
        words = [typed()]
        if self.url:
            words += ["--url", self.url]
        elif self.site is not None:
            words += ["--site", str(self.site)]
        return f"{words[0]} {shlex.join(words[1:])}".rstrip()

    def over(self, outer: Self | None) -> "Given":
        """Return this, with what only the outer one says."""
        if outer is None:
            return self
        return Given(**{each.name: getattr(self, each.name) or getattr(outer, each.name) for each in fields(Given)})

    def beside(self, environment: Self) -> "Given":
        """Return this, with what the environment says of site and service where neither was typed against it.

        A site that was typed is asked itself, whatever service is exported; a service that was typed is asked anyway.
        """
        url = None if self.site is not None else environment.url
        return replace(self, site=self.site or environment.site, url=self.url or url)


def typed() -> str:
    """Return how this program is typed in this shell."""
    script = Path(sys.executable).parent / "netpulse"
    found = shutil.which("netpulse")
    if found is not None and Path(found).resolve() == script.resolve():
        return "netpulse"
    if not script.exists():
        return f"{shlex.quote(sys.executable)} -m netpulse_core"
    here = Path.cwd()
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))


_SHARED = (
    ("site", _Site, None),
    ("url", _Url, None),
    ("key_file", _KeyFile, None),
    ("json", _Json, False),
)


def shared[**P, T](function: Callable[P, T]) -> Callable[..., T | None]:
    """Give a command the shared options; as its first argument it takes the `Given` they make."""

    @wraps(function)
    def command(context: typer.Context, **values: Any) -> T | None:
        told = {name: values.pop(name) for name, _, _ in _SHARED}
        exported = {name: told.pop(name) for name in list(told) if _of_environment(context, name)}
        said = Given(**told).over(context.obj)
        context.obj = said  # what was typed alone, so that none of the environment passes for it further on
        if context.invoked_subcommand is not None:
            return None  # a group's own words are for where none of its commands is called
        call: Callable[..., T] = function
        return call(said.beside(Given(**exported)), **values)

    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(parameter.replace(kind=keyword) for parameter in own),
        *(inspect.Parameter(name, keyword, annotation=kind, default=value) for name, kind, value in _SHARED),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # what Typer reads
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _of_environment(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "ENVIRONMENT"
