"""What lines that are added and taken back do not bring about: the order of those that stay."""

import re

from netpulse_core.configs.comparing import paths
from netpulse_core.configs.platforms import ConfigPlatform

_ENTRY = re.compile(
    r"(?:(?P<list>(?:(?:ip|ipv6|bgp) )?(?:as-path access|access|prefix|community|extcommunity|large-community)-list"
    r" (?:(?:standard|expanded|regexp) )?\S+) (?:(?:extended|standard|ethertype|webtype) )?)?(?:permit|deny|remark)\b"
)
"""Entries without a number: where they stand says when they count."""

_CLASS = re.compile(r"class (?!class-default\b)")
"""What `policy-map` asks one after the other; `class-default` is the last wherever it is written."""


def unreached(running: str, wanted: str, lines: str, platform: ConfigPlatform) -> str:
    """Return what of the difference between two configurations a plan's lines do not lead to; empty is nothing."""
    before, after = _entries(running), _entries(wanted)
    moved = [list_ for list_, meant in after.items() if _then(before.get(list_, []), meant) != meant]
    if moved:
        more = f" and {len(moved) - 3} more" if len(moved) > 3 else ""
        return f"the order of entries, which a device does not take from lines: {', '.join(moved[:3])}{more}"
    if platform.banners_add_up and _rewritten(running, wanted):
        return "the lines of a banner, which the device adds to those it has: take it back by `no banner` first"
    if not lines and _said(running) != _said(wanted):
        return "their order, or lines that no plan writes, such as the version of the system"
    return ""


def _then(before: list[str], meant: list[str]) -> list[str]:
    """Return the entries as they stand once lines were taken back, and new ones put at the end."""
    was, is_meant = set(before), set(meant)
    return [*(one for one in before if one in is_meant), *(one for one in meant if one not in was)]


def _rewritten(running: str, wanted: str) -> bool:
    """Whether a banner that stays does so with other lines."""
    before, after = _banners(running), _banners(wanted)
    return any(before[kind] != after[kind] for kind in before.keys() & after.keys())


def _banners(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("banner "):
            found.setdefault(" ".join(line.split()[:2]), []).append(line)
    return found


def _entries(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for *above, line in paths(text):
        if entry := _ENTRY.match(line):
            found.setdefault(" / ".join((*above, *([entry["list"]] if entry["list"] else []))), []).append(line)
        elif above and above[-1].startswith("policy-map ") and _CLASS.match(line):
            found.setdefault(" / ".join(above), []).append(line)
    return found


def _said(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
