"""Text of one site: what the API, the command line and runbooks ask; the work itself is done where it can be killed."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from nornir.core.inventory import Host

from netpulse_core.errors import NotFound, SiteError
from netpulse_core.inventory.site import CHANGED, Site
from netpulse_core.model.device import Device
from netpulse_core.model.secrecy import is_secret, without_secrets
from netpulse_core.model.templates import ListedTemplate, Parsed, Rendered, Wanted
from netpulse_core.settings import Settings
from netpulse_core.text import over, roots
from netpulse_core.text.children import Children
from netpulse_core.text.engine import LARGEST

RENDER, PARSE, ASK, LIST = 5.0, 10.0, 5.0, 30.0
"""Seconds that rendering, parsing, a question about data and listing may take."""


MEMORY = 768 * 1024 * 1024
"""Bytes of address space that rendering and parsing may add to a process."""


class Text:
    """The templates of a site as they were when it was read, and those that are installed."""

    def __init__(self, settings: Settings, site: Site | None, *, largest: int = LARGEST) -> None:
        self._site, self._folder = site, settings.site
        self._texts = roots.of_site(settings.site)
        told = settings.model_dump(mode="json", include={"allow_plugins", "block_plugins", "plugins"})
        self._children = Children(
            {
                "site": str(settings.site.resolve()),
                "settings": told,
                "templates": self._texts,
                "memory": MEMORY,
                "largest": largest,
            }
        )

    def close(self) -> None:
        """End the processes."""
        self._children.close()

    def templates(self) -> list[ListedTemplate]:
        """Return what can be named."""
        return [ListedTemplate(**one) for one in self._children.ask("templates", {}, seconds=LIST)]

    def compile(self, template: str) -> None:
        """Raise TemplateFailed where a template can neither render nor parse anything."""
        self._children.ask("compile", {"template": template}, seconds=PARSE)

    def render(
        self, template: str, device: str | None, variables: Mapping[str, Any], *, host: Host | None = None
    ) -> Rendered:
        """Return the text a template makes of a device's data and of variables, which win over it.

        `host` is the device as a running task sees it. Raise TemplateFailed for what is missing or wrong.
        """
        with self._as_read(asked=host is None):
            known = _of_host(host) if host is not None else self._of_device(device) if device is not None else {}
            shown = without_secrets(known)
            said = {**shown, **({"host": shown} if known else {}), **variables}
            withheld = [name for name in known if is_secret(name)]
            given = {"template": template, "variables": said, "withheld": withheld}
            made = self._children.ask("render", given, seconds=RENDER)
        stale = CHANGED if host is None and made["root"] == roots.SITE and self._has_changed() else ""
        return Rendered(**{**made, "wanted": [Wanted(*one) for one in made["wanted"]], "stale": stale})

    def parse(
        self, text: str, *, template: str = "", platform: str = "", command: str = "", parser: str = ""
    ) -> Parsed:
        """Return the records of a text; raise TemplateFailed where it cannot be parsed, NotFound for no template."""
        given = {"text": text, "template": template, "platform": platform, "command": command, "parser": parser}
        with self._as_read(asked=bool(template)):
            made = self._children.ask("parse", given, seconds=PARSE)
        return Parsed(records=over.unpacked(made.pop("names"), made.pop("rows")), **made)

    def asked(self, what: str, data: Any, of: Any) -> Any:
        """Return what a question of `text/data.py` comes to; raise InvalidParameters where it makes no sense."""
        return self._children.ask("data", {"what": what, "data": data, "of": of}, seconds=ASK)

    def _as_read(self, *, asked: bool) -> AbstractContextManager[None]:
        """Look for changed files where somebody asked: the jobs of a run would read all of them, each for itself."""
        return nullcontext() if self._site is None or not asked else self._site.as_read()

    def _has_changed(self) -> bool:
        """Whether the site's templates say something else now than when they were read."""
        try:
            return roots.of_site(self._folder) != self._texts
        except SiteError:  # one cannot be read any more
            return True

    def _of_device(self, name: str) -> dict[str, Any]:
        devices = self._site.devices if self._site is not None else {}
        if name not in devices:
            raise NotFound("device", name, known=devices)
        device = devices[name]
        return _said(device, dict(device.data), hostname=device.address, groups=device.groups)


def _of_host(host: Host) -> dict[str, Any]:
    groups = [group.name for group in host.extended_groups()]
    return _said(host, dict(host.items()), hostname=host.hostname or host.name, groups=groups)


def _said(of: Host | Device, data: dict[str, Any], *, hostname: str, groups: Iterable[str]) -> dict[str, Any]:
    """Return what a template may know of a device: its data, and what it is; never its user and its credentials."""
    attributes = {"name": of.name, "hostname": hostname, "platform": of.platform, "port": of.port}
    return {**data, **attributes, "groups": list(groups)}
