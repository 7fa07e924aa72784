"""Text of one site: what the API, the command line and runbooks ask; the work itself is done where it can be killed."""

from collections.abc import Mapping
from typing import Any

from nornir.core.inventory import Host

from netpulse_core.errors import NotFound
from netpulse_core.inventory.site import Site
from netpulse_core.model.secrecy import is_secret, without_secrets
from netpulse_core.model.templates import ListedTemplate, Parsed, Rendered, Wanted
from netpulse_core.settings import Settings
from netpulse_core.text import over, roots
from netpulse_core.text.children import Children
from netpulse_core.text.engine import LARGEST

RENDER, PARSE, LIST = 5.0, 10.0, 30.0
"""Seconds that rendering, parsing and listing may take."""


MEMORY = 768 * 1024 * 1024
"""Bytes of address space that rendering and parsing may add to a process."""


class Text:
    """The templates of a site as they were when it was read, and those that are installed."""

    def __init__(self, settings: Settings, site: Site, *, largest: int = LARGEST) -> None:
        self._site = site
        told = settings.model_dump(mode="json", include={"allow_plugins", "block_plugins", "plugins"})
        self._children = Children(
            {
                "site": str(settings.site.resolve()),
                "settings": told,
                "templates": roots.of_site(settings.site),
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

    def render(
        self, template: str, device: str | None, variables: Mapping[str, Any], *, host: Host | None = None
    ) -> Rendered:
        """Return the text a template makes of a device's data and of variables, which win over it.

        `host` is the device as a running job sees it. Raise TemplateFailed for what is missing or wrong.
        """
        known = self._known(device) if device is not None else {}
        if host is not None:
            known = {**known, **dict(host.items())}
        shown = without_secrets(known)
        said = {**shown, **({"host": shown} if device is not None else {}), **variables}
        withheld = [name for name in known if is_secret(name)]
        given = {"template": template, "variables": said, "withheld": withheld}
        made = self._children.ask("render", given, seconds=RENDER)
        return Rendered(**{**made, "wanted": [Wanted(*one) for one in made["wanted"]]})

    def parse(
        self, text: str, *, template: str = "", platform: str = "", command: str = "", parser: str = ""
    ) -> Parsed:
        """Return the records of a text; raise TemplateFailed where it cannot be parsed, NotFound for no template."""
        given = {"text": text, "template": template, "platform": platform, "command": command, "parser": parser}
        made = self._children.ask("parse", given, seconds=PARSE)
        return Parsed(**{**made, "records": over.unpacked(made["records"])})

    def _known(self, name: str) -> dict[str, Any]:
        if name not in self._site.devices:
            raise NotFound("device", name, known=self._site.devices)
        device = self._site.devices[name]
        return {
            **device.data,
            "name": device.name,
            "hostname": device.address,
            "platform": device.platform,
            "port": device.port,
            "groups": list(device.groups),
        }
