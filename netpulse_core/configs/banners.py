"""Banners as one line each: what a person wrote there is no configuration, and must hide none."""

from collections.abc import Sequence
from typing import Any

from netpulse_core.configs.normalising import quotations
from netpulse_core.configs.platforms import BANNERS, ConfigPlatform, Quoted
from netpulse_core.errors import Refused

_BEGINS = "banner "

_MARK = "\0banner "
"""Stands for a banner while hier_config reads, which would take all up to the next `!` for a part of it."""

_LIKE_IOS = Quoted(first=r"banner KIND (?P<end>\^C|[^\w\s])(?!\s+\S).*")
"""How banners are delimited where nothing better is known; one with words after a lone delimiter is one line."""


def taken_out(text: str, platform: ConfigPlatform) -> tuple[list[str], list[str]]:
    """Return the lines of a text with a mark for each banner, and the banners; raise Refused where one never ends."""
    if "\0" in text:
        raise Refused("it is no text: there are zero bytes in it")
    unknown = platform.quoted is None and not platform.one_line_banners
    known = platform.model_copy(update={"quoted": _LIKE_IOS}) if unknown else platform
    kept: list[str] = []
    banners: list[str] = []
    within = False
    for line, quoted, goes_on in quotations(text, known):
        if within:
            banners[-1] += f"\n{line}"
        elif quoted or line.startswith(_BEGINS):
            kept.append(f"{line[: len(line) - len(line.lstrip())]}{_MARK}{len(banners)}")
            banners.append(line.strip())
        else:
            kept.append(line)
        within = goes_on
    if within:
        raise Refused(f"the banner that begins with `{banners[-1].splitlines()[0]}` never ends, so it is not whole")
    return kept, banners


def put_back(tree: Any, banners: Sequence[str]) -> None:
    """Have a tree of hier_config's hold each banner as one line, in the place of its mark."""
    marks = [child for child in tree.all_children() if child.text.startswith(_MARK)] if banners else []
    for child in marks:
        child.text = banners[int(child.text.removeprefix(_MARK))]


def one_of_each(driver: Any) -> None:
    """Have a driver of hier_config's hold one banner of each kind, and take it back without the words in it.

    It took a banner of one kind for another's successor, and sent the words after the first line as commands.
    """
    from hier_config.models import IdempotentCommandsRule, MatchRule, NegationDefaultWithRule  # noqa: PLC0415

    rules = driver.rules
    any_kind = IdempotentCommandsRule(match_rules=(MatchRule(startswith="banner"),))
    rules.idempotent_commands[:] = [one for one in rules.idempotent_commands if one != any_kind]
    for kind in BANNERS:
        match = (MatchRule(startswith=f"banner {kind}"),)
        rules.idempotent_commands.append(IdempotentCommandsRule(match_rules=match))
        rules.negate_with.append(NegationDefaultWithRule(match_rules=match, use=f"no banner {kind}"))
