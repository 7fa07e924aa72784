"""Configurations as trees, which hier_config makes: what takes whose place, and what leads from one to another."""

from functools import cache
from typing import Any

from netpulse_core.configs.comparing import Path
from netpulse_core.configs.platforms import ConfigPlatform
from netpulse_core.errors import Refused


def replaces(new: Path, old: Path, platform: ConfigPlatform) -> bool:
    """Whether a platform holds only one of these two lines of one section, so that the one ended the other."""
    if not platform.tree or new == old:
        return False
    one, other = _line(new, platform), _line(old, platform)
    return one.driver.idempotent_for(one, [other]) is not None


def remediation(running: str, wanted: str, platform: ConfigPlatform) -> str:
    """Return the lines that lead from one configuration to another; raise Refused where nobody knows how."""
    from hier_config import WorkflowRemediation  # noqa: PLC0415  loaded where a plan is asked for

    if not platform.tree:
        raise Refused(
            f"how a change of {platform.sentence} is written is not known here",
            hint="`netpulse config diff` shows what differs",
        )
    plan = WorkflowRemediation(_tree(running, platform), _tree(wanted, platform)).remediation_config
    return "".join(f"{child.cisco_style_text()}\n" for child in plan.all_children_sorted())


def _line(path: Path, platform: ConfigPlatform) -> Any:
    child: Any = _tree("".join(f"{' ' * depth}{line}\n" for depth, line in enumerate(path)), platform)
    for _ in path:
        child = next(iter(child.children))
    return child


def _tree(text: str, platform: ConfigPlatform) -> Any:
    from hier_config import get_hconfig  # noqa: PLC0415

    return get_hconfig(_platform(platform.tree), text)


@cache
def _platform(name: str) -> Any:
    from hier_config import Platform  # noqa: PLC0415

    return Platform[name]
