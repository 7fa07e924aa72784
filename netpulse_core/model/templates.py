"""Templates that render and parse text, what plugins offer to work with them, and what came of it."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

_LENGTH = 16


@dataclass(frozen=True)
class Template:
    """One template as it was found; `place` is what messages call it, a file's path where it has one."""

    name: str
    """As it is asked for, below its root: `ntp/servers.j2`."""
    root: str
    """Whose it is: `site`, an installed plugin's package, `ntc_templates`."""
    text: str = field(repr=False)
    place: str
    package: str = ""
    """Name and version of the distribution it came with; empty for the site's own."""
    parts: tuple["Template", ...] = ()
    """Further templates whose records are merged into those of this one."""

    @cached_property
    def own_digest(self) -> str:
        """The SHA-256 of its text, under which what is compiled of it is kept."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of its text, and of its parts'."""
        if not self.parts:
            return self.own_digest
        return hashlib.sha256("".join(one.own_digest for one in (self, *self.parts)).encode()).hexdigest()

    @property
    def version(self) -> str:
        """Which content this is: `ntc-templates 9.3.0, sha256 3f2a…`."""
        said = f"sha256 {self.digest[:_LENGTH]}"
        return f"{self.package}, {said}" if self.package else said


class Templates(Protocol):
    """The templates of a site, of plugins and of packages, as a renderer or parser is handed them."""

    def find(self, name: str) -> Template | None:
        """Return the template of this name, the site's before a package's; `ROOT:NAME` is that root's alone."""

    def get(self, name: str) -> Template:
        """Return the template of this name; raise NotFound with the closest."""


class Wanted(NamedTuple):
    """A variable that a template cannot do without, and where it first stands."""

    name: str
    place: str
    line: int


class Choice(NamedTuple):
    """The template chosen for a command, why, and further ones whose records are merged into its own."""

    template: str
    why: str
    also: tuple[str, ...] = ()


class Records(NamedTuple):
    """What a parser made of a text; `matched` is how many of its lines the template knows, None where it cannot say.

    With `names`, each record is the sequence of their values, which is quicker than ten thousand dictionaries.
    """

    records: Sequence[Any]
    matched: int | None = None
    names: Sequence[str] | None = None


class Renderer(Protocol):
    """A way to render templates; `suffixes` are the endings of the names of its templates.

    It runs in a process of its own that is ended when it takes too long.
    """

    @property
    def name(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def suffixes(self) -> Sequence[str]: ...

    def prepare(self, adjust: Callable[[Any], None]) -> None:
        """Hand over the Jinja2 environment to be adjusted; a renderer that has none does nothing."""

    def wanted(self, template: Template, templates: Templates) -> Sequence[Wanted]:
        """Return the variables it needs, those of templates it includes or inherits from among them."""

    def render(self, template: Template, variables: Mapping[str, Any], templates: Templates) -> Iterable[str]:
        """Yield the text in pieces; raise TemplateFailed naming file and line."""


class Parser(Protocol):
    """A way to parse text with templates; `packages` are Python packages that hold templates, by their folder in it.

    It runs in a process of its own that is ended when it takes too long.
    """

    @property
    def name(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def suffixes(self) -> Sequence[str]: ...
    @property
    def packages(self) -> Mapping[str, str]: ...

    def choose(self, platform: str, command: str, templates: Templates) -> Choice | None:
        """Return the template for what a command answers on a platform, or None."""

    def parse(self, template: Template, text: str, templates: Templates) -> Records:
        """Return the records of a text; raise TemplateFailed where the template, or it on this text, fails.

        `netpulse check` gives an empty text, to hear whether the template is one.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A rendered text, and what it was made of."""

    text: str
    template: str
    root: str
    version: str
    renderer: str
    why: str = ""
    wanted: Sequence[Wanted] = ()
    stale: str = ""
    """What to do where the site's templates say something else now than when they were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """The records of a text, and how far they can be trusted."""

    records: Sequence[Any]
    template: str
    root: str
    version: str
    parser: str
    lines: int
    """Lines of the text that are not blank."""
    matched: int | None
    """How many of them a rule of the template knows; None where the parser cannot say."""
    suspect: str = ""
    """Why the records may not be the whole truth: none came of a text that is not empty."""
    why: str = ""
    """Why this template was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTemplate:
    """A template that can be named."""

    name: str
    root: str
    engine: str
    package: str
    hidden: bool = False
    """Whether another root's template of the same name is found before it; say `ROOT:NAME` for this one."""
