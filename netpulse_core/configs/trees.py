"""Configurations as trees, which hier_config makes: what takes whose place, and what leads from one to another."""

import re
from functools import cache, lru_cache
from typing import Any

from netpulse_core.configs.comparing import Path
from netpulse_core.configs.platforms import ConfigPlatform
from netpulse_core.errors import Refused

_ENDS_A_SECTION = re.compile(r"\s*exit(?:-[\w-]+)?\s*")
"""What FRR, and IOS in places, write where a section ends: it is no line of the configuration."""


_LINES = 4096
"""Lines whose trees are kept: each is compared with many."""


def replaces(new: Path, old: Path, platform: ConfigPlatform) -> bool:
    """Whether a platform holds only one of these two lines of one section, so that the one ended the other."""
    if not platform.tree or new == old:
        return False
    one, other = _line(new, platform.name, platform.tree), _line(old, platform.name, platform.tree)
    if one is None or other is None:
        return False
    return one.driver.idempotent_for(one, [other]) is not None


def is_held_once(path: Path, platform: ConfigPlatform) -> bool:
    """Whether another line may take the place of this one: of an entry of an access list, say, none does."""
    one = _line(path, platform.name, platform.tree) if platform.tree else None
    return one is not None and one.driver.idempotent_for(one, [one]) is not None


def remediation(running: str, wanted: str, platform: ConfigPlatform) -> str:
    """Return the lines that lead from one configuration to another; raise Refused where nobody knows how."""
    from hier_config import WorkflowRemediation  # noqa: PLC0415  loaded where a plan is asked for
    from hier_config.exceptions import DuplicateChildError  # noqa: PLC0415

    if not platform.tree:
        raise Refused(
            f"how a change of {platform.sentence} is written is not known here",
            hint="`netpulse config diff` shows what differs",
        )
    try:
        trees = (_tree(text, platform.name, platform.tree) for text in (running, wanted))
        plan = WorkflowRemediation(*trees).remediation_config
    except DuplicateChildError as error:
        raise Refused(f"no tree can be made of it, so nothing is planned: {error}") from error
    return "".join(f"{child.cisco_style_text()}\n" for child in plan.all_children_sorted())


def take_back_descriptions(driver: Any) -> None:
    """Have a driver of hier_config's take descriptions back by the word alone.

    FRR refuses the words after it, and IOS does not ask for them.
    """
    from hier_config.models import MatchRule, NegationDefaultWithRule  # noqa: PLC0415

    described = MatchRule(startswith="interface "), MatchRule(startswith="description ")
    if driver.negation_prefix == "no ":
        driver.rules.negate_with.append(NegationDefaultWithRule(match_rules=described, use="no description"))


@lru_cache(_LINES)
def _line(path: Path, platform: str, tree: str) -> Any:
    """Return a line in a tree of its own; None where by itself it makes none.

    The begin of a banner is an error to the reader, and the version of the system is left out by it.
    """
    try:
        child: Any = _tree("".join(f"{' ' * depth}{line}\n" for depth, line in enumerate(path)), platform, tree)
    except ValueError:
        return None
    for _ in path:
        child = next(iter(child.children), None)
        if child is None:
            return None
    return child


def _tree(text: str, platform: str, tree: str) -> Any:
    from hier_config import get_hconfig, get_hconfig_driver, get_hconfig_fast_load  # noqa: PLC0415

    driver = get_hconfig_driver(_platform(tree))
    take_back_descriptions(driver)
    kept = [line for line in text.splitlines() if not _ENDS_A_SECTION.fullmatch(line)]
    if platform == "frr":  # whose banners are one line, and to the other reader the begin of many
        return get_hconfig_fast_load(driver, kept)
    return get_hconfig(driver, "".join(f"{line}\n" for line in kept))


@cache
def _platform(name: str) -> Any:
    from hier_config import Platform  # noqa: PLC0415

    return Platform[name]
