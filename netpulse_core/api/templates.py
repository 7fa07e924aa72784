"""Templates: which there are, what one renders for a device, and what one makes of a text."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field, JsonValue

from netpulse_core.api.identity import Asking, Controller
from netpulse_core.api.requests import Closed
from netpulse_core.api.schemas import Answer

router = APIRouter(prefix="/templates", tags=["text"])


class Template(Answer):
    """A template; a `hidden` one is found as `ROOT:NAME` alone, because another of its name is found before it."""

    name: str
    root: str
    engine: str
    package: str
    hidden: bool


class Templates(Answer):
    """Templates, the site's own first."""

    templates: list[Template]


class RenderRequest(Closed):
    """What to render, for which device; `variables` win over what the inventory says."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"template": "ntp.j2", "device": "leaf1", "variables": {"prefer": True}}]}
    )

    template: str = Field(description="Name of a template; GET /v1/templates lists them.")
    device: str | None = Field(default=None, description="Name of a device, whose data it is rendered with.")
    variables: dict[str, JsonValue] = Field(default_factory=dict)


class Variable(Answer):
    """A variable that a template needs, and where it first stands."""

    name: str
    place: str
    line: int


class Rendered(Answer):
    """A text, and what it was made of; `wanted` is what its template cannot do without.

    `stale` is not empty where the site's templates say something else now than when the service read them.
    """

    text: str
    template: str
    root: str
    version: str
    renderer: str
    why: str
    wanted: list[Variable]
    stale: str


class ParseRequest(Closed):
    """A text to parse, by a template that is named or by the one for a platform's command."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"platform": "cisco_ios", "command": "show clock", "text": "02:55:01.000 UTC Sat Jan 31 2026"}]
        }
    )

    text: str
    template: str = Field(default="", description="Name of a template; without one, say platform and command.")
    platform: str = Field(default="", max_length=200)
    command: str = Field(default="", max_length=2000, description="It may be abbreviated: `sh ver`.")
    parser: str = Field(default="", description="Ask this parser alone.")


class Parsed(Answer):
    """Records; `matched` of `lines` lines were known to the template, and `suspect` says why there are no records."""

    records: list[Any]
    template: str
    root: str
    version: str
    parser: str
    lines: int
    matched: int | None
    suspect: str
    why: str


@router.get("", response_model=Templates)
def listed(netpulse: Controller) -> Response:
    """List the templates of the site, of plugins and of packages."""
    return Templates(templates=[Template.of(one) for one in netpulse.text.templates()]).response()


@router.post("/render", response_model=Rendered)
def render(asked: RenderRequest, netpulse: Controller, caller: Asking) -> Response:
    """Render a template; nothing is sent anywhere."""
    if asked.device is not None:
        netpulse.access.require_device(caller, asked.device)
    variables: Mapping[str, Any] = asked.variables
    return Rendered.of(netpulse.text.render(asked.template, asked.device, variables)).response()


@router.post("/parse", response_model=Parsed)
def parse(asked: ParseRequest, netpulse: Controller) -> Response:
    """Parse a text."""
    return Parsed.of(netpulse.text.parse(**asked.model_dump())).response()
