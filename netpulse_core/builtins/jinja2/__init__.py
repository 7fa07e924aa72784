"""The renderer `jinja2`: sandboxed, strict about what is not set, with the filters of netutils."""

import warnings
from collections.abc import Iterable
from typing import Any

from netpulse_core import Renderer, hookimpl
from netpulse_core.builtins.jinja2.renderer import Jinja2

_REACHES_OUT = ("dns.", "ping.")
"""Modules of netutils that ask the network: a text is rendered from what is known, and nothing else."""


@hookimpl
def register_renderers() -> Iterable[Renderer]:
    """Offer Jinja2."""
    return [Jinja2()]


@hookimpl
def prepare_jinja(environment: Any) -> None:
    """Add the filters of netutils, without those that reach out."""
    from netutils.utils import _JINJA2_FUNCTION_MAPPINGS, jinja2_convenience_function  # noqa: PLC0415

    homes: dict[str, str] = _JINJA2_FUNCTION_MAPPINGS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it imports `crypt` where Python still has it
        found = jinja2_convenience_function()
    kept = {name: found[name] for name in found if not homes[name].startswith(_REACHES_OUT)}
    environment.filters.update(kept)
