"""Configurations as lines below lines: read once by hier_config, shared by every rule, and edited by none."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from netpulse_core.compliance.junos import as_written, in_force, of_groups
from netpulse_core.compliance.rules import platforms
from netpulse_core.configs import banners
from netpulse_core.configs.platforms import fitting
from netpulse_core.configs.trees import keep_as_written
from netpulse_core.errors import Refused

type Path = tuple[str, ...]
"""A line below those it stands under, the outermost first."""

_NOISE = (r"^\s*exit(-[\w-]+)?$", r"^Building configuration.*", r"^Current configuration.*")
"""Lines that say nothing beside comments: where a section ends, and what frames the whole."""

_DEEPEST = 8

_JUNOS = "juniper_junos"

_FLAT = (_JUNOS, "vyos")
"""Systems whose sections in braces are read as `set` lines."""


class Trees:
    """What was read of the configurations of one device."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], tuple[Path, ...]] = {}
        self._junos: dict[tuple[str, str, Callable[[str], Iterable[str]]], tuple[Path, ...]] = {}
        self.parsed = 0
        """How many configurations were read."""

    def of(self, platform: str | None, text: str) -> tuple[Path, ...]:
        """Return the lines of a configuration, in its order; raise Refused where it cannot be read as one."""
        return self._lines(platform, text, _in_force)

    def written(self, platform: str | None, text: str) -> tuple[Path, ...]:
        """Return the lines as they are written: on Junos, groups as they are defined, and not as they are applied."""
        return self._lines(platform, text, as_written)

    def groups(self, platform: str | None, text: str) -> tuple[Path, ...]:
        """Return the lines that define groups of Junos; other systems have none."""
        return self._lines(platform, text, of_groups) if platforms.system(platform) == _JUNOS else ()

    def _lines(self, platform: str | None, text: str, of_junos: Callable[[str], Iterable[str]]) -> tuple[Path, ...]:
        known = platforms.system(platform), text
        if known not in self._read:
            self.parsed += 1
            self._read[known] = tuple(_paths(*known))
        if known[0] != _JUNOS:
            return self._read[known]
        meant = *known, of_junos
        if meant not in self._junos:
            flat = "\n".join(path[-1] for path in self._read[known])
            self._junos[meant] = tuple((line,) for line in of_junos(flat))
        return self._junos[meant]


def _paths(system: str, text: str) -> Iterator[Path]:
    from hier_config.exceptions import DuplicateChildError  # noqa: PLC0415  heavy, and seldom needed

    if "\0" in text:
        raise Refused("it is no text: there are zero bytes in it")
    if text.lstrip().startswith("<"):
        raise Refused("it is XML; read it over a command line: rules are about lines")
    if system == _JUNOS and any(line.startswith("set ") for line in text.splitlines()):
        yield from ((line.strip(),) for line in text.splitlines() if line.strip().startswith(("set ", "deactivate ")))
        return
    if system in _FLAT and not any(
        line.startswith("set ") or line.rstrip().endswith("{") for line in text.splitlines()
    ):
        raise Refused(f"this is no configuration of {system}: neither `set` lines nor sections in braces")
    try:
        tree = _tree(system, text)
    except (DuplicateChildError, Refused, ValueError, RecursionError) as error:
        raise Refused(f"the configuration cannot be read as one of {system or 'no platform'}: {error}") from error
    yield from (path for path in _below(tree, ()) if not (system in _FLAT and " inactive: " in path[-1]))


def _in_force(config: str) -> Iterable[str]:
    try:
        return in_force(config)
    except ValueError:  # nothing of it is active
        return ()


def _tree(system: str, text: str) -> Any:
    from hier_config import Platform, get_hconfig, get_hconfig_driver  # noqa: PLC0415
    from hier_config.models import MatchRule, ParentAllowsDuplicateChildRule  # noqa: PLC0415

    driver = get_hconfig_driver(Platform[platforms.library(system)])
    keep_as_written(driver, *_NOISE)
    driver.rules.parent_allows_duplicate_child.extend(
        ParentAllowsDuplicateChildRule(match_rules=(MatchRule(),) * depth) for depth in range(1, _DEEPEST + 1)
    )
    said = "\n".join(_once(text)) if system == "frr" else text
    lines, texts = banners.taken_out(said, fitting(system))
    tree = get_hconfig(driver, "\n".join(lines))
    banners.put_back(tree, texts)
    return tree


def _once(text: str) -> Iterator[str]:
    """Yield FRR's lines, each of the top once: it writes some of them for every daemon."""
    lines, seen = text.splitlines(), set[str]()
    for line, after in pairwise([*lines, ""]):
        alone = line[:1].strip() and not after.startswith(" ")
        if not (alone and line in seen):
            yield line
        seen |= {line} if alone else set()


def _below(tree: Any, above: Path) -> Iterator[Path]:
    for child in tree.children:
        path = (*above, child.text)
        yield path
        yield from _below(child, path)
