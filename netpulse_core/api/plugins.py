"""Plugins that are loaded: which version of each, what it offers, and the hash it can be allowed by."""

from fastapi import APIRouter, Response

from netpulse_core.api.identity import Controller
from netpulse_core.api.schemas import Answer
from netpulse_core.model.plugin import Door

router = APIRouter(prefix="/plugins", tags=["site"])


class Plugin(Answer):
    """A plugin of the process that answers; `sha256` is of its Python files, empty for what ships with NetPulse."""

    plugin: str
    name: str
    door: Door
    version: str
    sha256: str
    runbooks: list[str]
    drivers: list[str]
    renderers: list[str]
    parsers: list[str]
    checks: list[str]
    hooks: list[str]


class Plugins(Answer):
    """Plugins in the order in which they were loaded."""

    plugins: list[Plugin]


@router.get("", response_model=Plugins)
def loaded(netpulse: Controller) -> Response:
    """List the plugins of this process."""
    return Plugins(plugins=[Plugin(**offer) for offer in netpulse.plugins.offers()]).response()
