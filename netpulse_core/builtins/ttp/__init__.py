"""The parser `ttp`: the templates of ttp_templates, and a site's own without the code TTP would run for them."""

from collections.abc import Iterable

from netpulse_core import Parser, hookimpl
from netpulse_core.builtins.ttp.parser import TTP


@hookimpl
def register_parsers() -> Iterable[Parser]:
    """Offer TTP."""
    return [TTP()]
