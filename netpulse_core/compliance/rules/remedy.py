"""What to configure so that a rule holds, as hier_config works it out for each system."""

from collections.abc import Iterable, Sequence
from typing import Any

from netpulse_core.compliance.rules import platforms
from netpulse_core.compliance.rules.tree import Path
from netpulse_core.configs import banners
from netpulse_core.configs.trees import take_back_descriptions


def leaves(paths: Iterable[Path]) -> list[Path]:
    """Return the lines that have none beneath them."""
    known = list(paths)
    above = {path[:depth] for path in known for depth in range(1, len(path))}
    return [path for path in known if path not in above]


def for_lines(platform: str | None, add: Sequence[Path], remove: Sequence[Path]) -> str:
    """Return what puts lines in and takes lines out."""
    kept = [path[:-1] for path in remove if len(path) > 1]
    return between(platform, remove, [*kept, *add])


def between(platform: str | None, found: Iterable[Path], wanted: Iterable[Path], *, keep: bool = False) -> str:
    """Return what leads from lines that are there to those that are wanted; empty where that is not known.

    With `keep`, lines that are there and not wanted stay.
    """
    if not platforms.negates(platform):
        return ""
    from hier_config import Platform, WorkflowRemediation, get_hconfig_driver  # noqa: PLC0415
    from hier_config.exceptions import DuplicateChildError  # noqa: PLC0415

    driver = get_hconfig_driver(Platform[platforms.library(platform)])
    take_back_descriptions(driver)
    banners.one_of_each(driver)
    before, after = _tree(driver, found), _tree(driver, wanted)
    if keep:
        after = _tree(driver, []).merge([before, after])
    try:
        plan = WorkflowRemediation(before, after).remediation_config
    except (DuplicateChildError, ValueError):  # a line it does not know how to take back
        return ""
    return "\n".join(line.cisco_style_text() for line in plan.all_children_sorted())


def _tree(driver: Any, paths: Iterable[Path]) -> Any:
    from hier_config import HConfig  # noqa: PLC0415

    tree = HConfig(driver)
    for path in paths:
        if path:
            tree.add_children_deep(path)
    return tree
