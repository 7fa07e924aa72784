"""Rendering and parsing with the plugins' engines; runs where it can be killed, see `child.py`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from netpulse_core.errors import InvalidParameters, NetPulseError, NotFound, TemplateFailed
from netpulse_core.hooks.manager import Plugins
from netpulse_core.model.templates import Choice, ListedTemplate, Parser, Rendered, Template, Wanted
from netpulse_core.text.library import Library

INDEX = "index"
"""The file of a site that says which template fits a command, read by parsers that have such a thing."""
LARGEST = 8 * 1024 * 1024
"""Characters of a rendered text beyond which a template is out of control."""


class Engine:
    """What one process renders and parses with; what it compiled it keeps."""

    def __init__(self, plugins: Plugins, site: Mapping[str, str], *, largest: int = LARGEST) -> None:
        self._renderers, self._parsers = plugins.renderers, plugins.parsers
        self._library = Library(plugins, site)
        self._largest = largest
        for renderer in self._renderers.values():
            renderer.prepare(plugins.prepare_jinja)

    def templates(self) -> list[ListedTemplate]:
        """Return what can be named."""
        return list(self._library.listed())

    def compile(self, template: str) -> None:
        """Raise TemplateFailed where a template is none: what it would be given is not looked at."""
        found = self._library.get(template)
        if found.name == INDEX:
            for parser in self._parsers.values():
                self._choice(parser, "-", "-")  # whoever has an index reads all of it
            return
        engine = self._library.engine(found)
        with _Failing(engine.name, found.place):
            if engine.name in self._renderers:
                self._renderers[engine.name].wanted(found, self._library)
            else:
                self._parsers[engine.name].parse(found, "", self._library)

    def render(self, template: str, variables: Mapping[str, Any], withheld: Iterable[str] = ()) -> Rendered:
        """Return the text; raise TemplateFailed that names every variable it lacks, with file and line."""
        found = self._library.get(template)
        renderer = self._library.engine(found)
        if renderer.name not in self._renderers:
            raise TemplateFailed(found.place, [f"it parses, with {renderer.name}, and renders nothing"])
        assert not hasattr(renderer, "parse")
        with _Failing(renderer.name, found.place):
            wanted = renderer.wanted(found, self._library)
            _refuse_what_is_missing(found, wanted, variables, set(withheld))
            text = self._bounded(found, renderer.render(found, variables, self._library))
        return Rendered(
            text=text,
            template=found.name,
            root=found.root,
            version=found.version,
            renderer=renderer.name,
            why=_why(found),
            wanted=wanted,
        )

    def parsed(
        self, text: str, *, template: str = "", platform: str = "", command: str = "", parser: str = ""
    ) -> dict[str, Any]:
        """Return what becomes a Parsed, by a template that is named or by the one for a command.

        Instead of `records` it has `rows`, and `names` where these are rows of values.
        """
        if parser and parser not in self._parsers:
            raise NotFound("parser", parser, known=self._parsers)
        choice = Choice(template, "it was named") if template else self._chosen(platform, command, parser)
        found = self._library.get(choice.template)
        if choice.also:
            found = replace(found, parts=tuple(self._library.get(name) for name in choice.also))
        engine = self._library.engine(found)
        if engine.name not in self._parsers or (parser and engine.name != parser):
            raise TemplateFailed(found.place, [f"it is a template of {engine.name}, which was not asked for"])
        assert not hasattr(engine, "render")
        with _Failing(engine.name, found.place):
            rows, matched, names = engine.parse(found, text, self._library)
        lines = sum(1 for line in text.splitlines() if line.strip())
        return {
            "rows": rows,
            "names": names,
            "template": ":".join(one.name for one in (found, *found.parts)),
            "root": found.root,
            "version": found.version,
            "parser": engine.name,
            "lines": lines,
            "matched": matched,
            "suspect": _suspicion(lines) if lines and not _any(rows) else "",
            "why": f"{choice.why}; {_why(found)}",
        }

    def _chosen(self, platform: str, command: str, parser: str) -> Choice:
        if not platform or not command.strip():
            raise InvalidParameters("parse", ["a template, or a platform and a command, must be said"])
        tried = [self._parsers[parser]] if parser else list(self._parsers.values())
        for one in tried:
            choice = self._choice(one, platform, command)
            if choice is not None:
                return choice
        names = ", ".join(one.name for one in tried)
        what = f"{command} on {platform}"
        raise NotFound("template for", what, hint=f"asked: {names}; name one, or put one into the site's templates/")

    def _choice(self, parser: Parser, platform: str, command: str) -> Choice | None:
        with _Failing(parser.name, f"{command} on {platform}"):
            return parser.choose(platform, " ".join(command.split()), self._library)

    def _bounded(self, template: Template, pieces: Iterable[str]) -> str:
        made: list[str] = []
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > self._largest:
                raise TemplateFailed(template.place, [f"it renders more than {self._largest:,} characters"])
            made.append(piece)
        return "".join(made)


class _Failing:
    """Names the template, or what one is chosen for, whatever an engine raises.

    What is not ours may quote the text it was given.
    """

    def __init__(self, engine: str, what: str) -> None:
        self._engine, self._what = engine, what

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, MemoryError):
            raise TemplateFailed(self._what, ["it needs more memory than it may have"]) from error
        if isinstance(error, Exception) and not isinstance(error, NetPulseError):
            said = f"{self._engine} failed on it: {type(error).__name__}"
            raise TemplateFailed(self._what, [said]) from error  # the plugin-call boundary


def _suspicion(lines: int) -> str:
    return f"no record came of {lines:,} {'line that is' if lines == 1 else 'lines that are'} not blank"


def _any(records: object) -> bool:
    """Whether there is anything in the records: TTP says `[[{}]]` where it found nothing."""
    if isinstance(records, Mapping):
        return any(_any(value) for value in records.values())
    if isinstance(records, (list, tuple)):
        return any(_any(value) for value in records)
    return records not in (None, "")


def _why(template: Template) -> str:
    whose = "the site's own" if template.root == "site" else f"from {template.package or template.root}"
    return f"{template.name} is {whose}"


def _refuse_what_is_missing(
    template: Template, wanted: Iterable[Wanted], variables: Mapping[str, Any], withheld: set[str]
) -> None:
    problems = []
    for one in wanted:
        if one.name not in variables:
            why = "is withheld, because its name says that it is secret" if one.name in withheld else "is not set"
            problems.append(f"{one.place}:{one.line}: variable {one.name!r} {why}")
    if problems:
        raise TemplateFailed(
            f"template {template.name!r}", problems, hint="put it into the inventory, or say it: --var NAME=VALUE"
        )
