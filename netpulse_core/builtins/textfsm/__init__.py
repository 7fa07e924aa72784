"""The parser `textfsm`: ntc-templates and a site's own, each compiled once and run without TextFSM's own tables."""

from collections.abc import Iterable

from netpulse_core import Parser, hookimpl
from netpulse_core.builtins.textfsm.parser import TextFSM


@hookimpl
def register_parsers() -> Iterable[Parser]:
    """Offer TextFSM."""
    return [TextFSM()]
