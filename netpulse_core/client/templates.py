"""Templates over REST: which there are, what one renders, and what one makes of a text."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from netpulse_core.client import nouns, wire
from netpulse_core.client.wire import Call
from netpulse_core.model.templates import ListedTemplate, Parsed, Rendered, Wanted

_TEMPLATES = "/v1/templates"


class Templates:
    """The templates of a service, as a client asks for them."""

    def __init__(self, ask: Callable[[Call[Any]], Any]) -> None:
        self._ask = ask

    def list(self) -> list[ListedTemplate]:
        """Return the templates, the site's own first."""
        found: list[ListedTemplate] = self._ask(_list())
        return found

    def render(
        self, template: str, *, device: str | None = None, variables: Mapping[str, Any] | None = None
    ) -> Rendered:
        """Return what a template makes of a device's data and of variables; raise TemplateFailed for what is wrong."""
        made: Rendered = self._ask(_render(template, device, variables))
        return made

    def parse(
        self, text: str, *, template: str = "", platform: str = "", command: str = "", parser: str = ""
    ) -> Parsed:
        """Return the records of a text, by a named template or by the one for a command; look at `suspect`."""
        made: Parsed = self._ask(_parse(text, template, platform, command, parser))
        return made


class AsyncTemplates:
    """The same for programs that run on an event loop."""

    def __init__(self, ask: Callable[[Call[Any]], Awaitable[Any]]) -> None:
        self._ask = ask

    async def list(self) -> list[ListedTemplate]:
        """Return the templates, the site's own first."""
        found: list[ListedTemplate] = await self._ask(_list())
        return found

    async def render(
        self, template: str, *, device: str | None = None, variables: Mapping[str, Any] | None = None
    ) -> Rendered:
        """Return what a template makes of a device's data and of variables; raise TemplateFailed for what is wrong."""
        made: Rendered = await self._ask(_render(template, device, variables))
        return made

    async def parse(
        self, text: str, *, template: str = "", platform: str = "", command: str = "", parser: str = ""
    ) -> Parsed:
        """Return the records of a text, by a named template or by the one for a command; look at `suspect`."""
        made: Parsed = await self._ask(_parse(text, template, platform, command, parser))
        return made


def _list() -> Call[Any]:
    return Call(path=_TEMPLATES, read=wire.each("templates", partial(nouns.noun, ListedTemplate)))


def _render(template: str, device: str | None, variables: Mapping[str, Any] | None) -> Call[Rendered]:
    body = {"template": template, "device": device, "variables": dict(variables or {})}
    return Call(method="POST", path=f"{_TEMPLATES}/render", json=body, read=_rendered)


def _parse(text: str, template: str, platform: str, command: str, parser: str) -> Call[Parsed]:
    body = {"text": text, "template": template, "platform": platform, "command": command, "parser": parser}
    return Call(method="POST", path=f"{_TEMPLATES}/parse", json=body, read=partial(nouns.noun, Parsed))


def _rendered(data: Any) -> Rendered:
    return nouns.noun(Rendered, data, wanted=[Wanted(one["name"], one["place"], one["line"]) for one in data["wanted"]])
