"""Templates as a contract holds them: in memory, by name."""

from collections.abc import Iterator, Mapping

from netpulse_core import Template, errors


class Held:
    """A library of these texts."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def find(self, name: str) -> Template | None:
        """Return the template of this name; `site:NAME` is the same one."""
        name = name.removeprefix("site:")
        if name not in self._texts:
            return None
        return Template(name=name, root="site", text=self._texts[name], place=f"templates/{name}")

    def get(self, name: str) -> Template:
        """Return the template of this name; raise NotFound where there is none."""
        found = self.find(name)
        if found is None:
            raise errors.NotFound("template", name, known=self._texts)
        return found
