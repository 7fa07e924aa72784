"""Templates by name: the site's first, then those of plugins, then those of packages."""

from collections.abc import Iterator, Mapping, Sequence

from netpulse_core.errors import InvalidParameters, NotFound, TemplateFailed
from netpulse_core.hooks.manager import Plugins
from netpulse_core.model.templates import ListedTemplate, Parser, Renderer, Template
from netpulse_core.text import roots
from netpulse_core.text.roots import FolderRoot, Root, SiteRoot

_OF_A_PACKAGE = ".txt"
"""How a parser's templates may end too where its own package holds them, as in ttp_templates."""


class Library:
    """Every template of one site; each is read once, since what was compiled of it is kept by its content."""

    def __init__(self, plugins: Plugins, site: Mapping[str, str]) -> None:
        self._engines: dict[str, Renderer | Parser] = {**plugins.renderers, **plugins.parsers}
        self._roots: list[Root] = [SiteRoot(site)]
        self._roots += [FolderRoot(name, path, package=package) for name, package, path in plugins.folders()]
        for parser in plugins.parsers.values():
            found = (roots.of_package(name, folder, owner=parser.name) for name, folder in parser.packages.items())
            self._roots += [root for root in found if root is not None]
        self._read: dict[str, Template | None] = {}

    def find(self, name: str) -> Template | None:
        """Return the template of this name, the site's before a package's; `ROOT:NAME` is that root's alone."""
        if name not in self._read:
            root, colon, rest = name.partition(":")
            self._read[name] = self._found(rest if colon else name, root if colon else "")
        return self._read[name]

    def get(self, name: str) -> Template:
        """Return the template of this name; raise NotFound with the closest."""
        template = self.find(name)
        if template is None:
            known = [one.name for one in self.listed()]
            raise NotFound("template", name, known=known, hint="`netpulse templates` lists them")
        return template

    def engine(self, template: Template) -> Renderer | Parser:
        """Return what renders or parses with a template, by its package or its ending."""
        name = self._engine(next(root for root in self._roots if root.name == template.root), template.name)
        if not name:
            endings = ", ".join(sorted(suffix for engine in self._engines.values() for suffix in engine.suffixes))
            raise TemplateFailed(template.place, [f"nothing renders or parses it: known endings are {endings}"])
        return self._engines[name]

    def listed(self) -> Sequence[ListedTemplate]:
        """Return what can be named, those that are found first before those they hide."""
        return list(self._listed())

    def _listed(self) -> Iterator[ListedTemplate]:
        seen: set[str] = set()
        for root in self._roots:
            for name in root.names():
                engine = self._engine(root, name)
                if engine:
                    hidden = name in seen
                    yield ListedTemplate(name=name, root=root.name, engine=engine, package=root.package, hidden=hidden)
                    seen.add(name)

    def _engine(self, root: Root, name: str) -> str:
        if root.owner:
            own = self._engines[root.owner]
            return own.name if name.endswith((*own.suffixes, _OF_A_PACKAGE)) else ""
        fitting = (engine.name for engine in self._engines.values() if name.endswith(tuple(engine.suffixes)))
        return next(fitting, "")

    def _found(self, name: str, of: str) -> Template | None:
        name = roots.checked(name)
        if of and of not in {root.name for root in self._roots}:
            raise NotFound("root of templates", of, known=[root.name for root in self._roots])
        for root in self._roots:
            try:
                text = root.read(name) if of in ("", root.name) else None
            except (OSError, UnicodeDecodeError) as error:
                raise InvalidParameters("template", [f"{root.place(name)} cannot be read: {error}"]) from error
            if text is not None:
                return Template(name=name, root=root.name, text=text, place=root.place(name), package=root.package)
        return None
