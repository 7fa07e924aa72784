"""Configurations as trees, which hier_config makes: what takes whose place, and what leads from one to another."""

import re
from functools import cache, lru_cache
from typing import Any

from netpulse_core.configs import banners
from netpulse_core.configs.comparing import Path
from netpulse_core.configs.platforms import ConfigPlatform, fitting
from netpulse_core.errors import Refused

_ENDS_A_SECTION = re.compile(r"\s*exit(?:-[\w-]+)?\s*")
"""What FRR, and IOS in places, write where a section ends: it is no line of the configuration."""

_NOISE = (r"^\s*[!#].*", r"^end$")
"""Lines that say nothing on any platform."""

_UNPLANNED = (r"^version .*", r"^ntp clock-period .*", r"^ no ip address$")
"""What is no line to configure: what the system says by itself, and what is left where an address goes."""

_LINES = 4096
"""Lines whose trees are kept: each is compared with many."""


def replaces(new: Path, old: Path, platform: ConfigPlatform) -> bool:
    """Whether a platform holds only one of these two lines of one section, so that the one ended the other."""
    if not platform.tree or new == old:
        return False
    one, other = _line(new, platform.name), _line(old, platform.name)
    if one is None or other is None:
        return False
    return one.driver.idempotent_for(one, [other]) is not None


def is_held_once(path: Path, platform: ConfigPlatform) -> bool:
    """Whether another line may take the place of this one: of an entry of an access list, say, none does."""
    one = _line(path, platform.name) if platform.tree else None
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
        trees = (_tree(text, platform) for text in (running, wanted))
        plan = WorkflowRemediation(*trees).remediation_config
    except (DuplicateChildError, Refused, ValueError, RecursionError) as error:
        raise Refused(
            f"no tree can be made of one of the two, so nothing is planned: {error}",
            hint="`netpulse config diff` shows what differs",
        ) from error
    return "".join(f"{child.cisco_style_text()}\n" for child in plan.all_children_sorted())


def keep_as_written(driver: Any, *noise: str) -> None:
    """Have a driver of hier_config's keep lines as they are, but for comments and other noise.

    It cuts what follows a `!`, leaves out `speed` and `duplex`, and numbers entries of access lists by guess.
    """
    from hier_config.models import PerLineSubRule  # noqa: PLC0415

    rules = driver.rules
    shaping = [one for one in rules.per_line_sub if one.replace]
    rules.per_line_sub[:] = [*(PerLineSubRule(search=one, replace="") for one in (*_NOISE, *noise)), *shaping]
    rules.post_load_callbacks.clear()


def take_back_descriptions(driver: Any) -> None:
    """Have a driver of hier_config's take descriptions back by the word alone.

    FRR refuses the words after it, and IOS does not ask for them.
    """
    from hier_config.models import MatchRule, NegationDefaultWithRule  # noqa: PLC0415

    described = MatchRule(startswith="interface "), MatchRule(startswith="description ")
    if driver.negation_prefix == "no ":
        driver.rules.negate_with.append(NegationDefaultWithRule(match_rules=described, use="no description"))


@lru_cache(_LINES)
def _line(path: Path, platform: str) -> Any:
    """Return a line in a tree of its own; None where by itself it makes none, as the begin of a banner."""
    try:
        child: Any = _tree("".join(f"{' ' * depth}{line}\n" for depth, line in enumerate(path)), fitting(platform))
    except (Refused, ValueError):
        return None
    for _ in path:
        child = next(iter(child.children), None)
        if child is None:
            return None
    return child


def _tree(text: str, platform: ConfigPlatform) -> Any:
    from hier_config import get_hconfig, get_hconfig_driver  # noqa: PLC0415
    from hier_config.platforms.utils import split_vlan_id_lists  # noqa: PLC0415

    driver = get_hconfig_driver(_platform(platform.tree))
    splits = split_vlan_id_lists in driver.rules.post_load_callbacks
    keep_as_written(driver, *_UNPLANNED)
    # What a range of VLANs stands for is no guess, and a range that is taken back takes VLANs with it that stay.
    driver.rules.post_load_callbacks.extend([split_vlan_id_lists] if splits else [])
    take_back_descriptions(driver)
    banners.one_of_each(driver)
    lines, texts = banners.taken_out(text, platform)
    tree = get_hconfig(driver, "".join(f"{line}\n" for line in lines if not _ENDS_A_SECTION.fullmatch(line)))
    banners.put_back(tree, texts)
    return tree


@cache
def _platform(name: str) -> Any:
    from hier_config import Platform  # noqa: PLC0415

    return Platform[name]
