"""A section as a template renders it, beside the section as the device has it."""

from collections.abc import Sequence

from netpulse_core.compliance.rules import remedy
from netpulse_core.compliance.rules.patterns import Seeking
from netpulse_core.compliance.rules.tree import Path, Trees
from netpulse_core.model.check import Finding, FindingVerdict
from netpulse_core.model.policy import Extra, Intended

_SHOWN = 20


def judge(wanted: Intended, platform: str | None, config: str, rendered: str, trees: Trees) -> Finding:
    """Say what is missing of what was rendered, and what is there beside it."""
    seeking = Seeking()
    has = _section(wanted, trees.of(platform, config), seeking)
    should = _section(wanted, trees.of(platform, rendered), seeking)
    if not should and (not has or wanted.extra is Extra.IGNORE):
        nothing = "is intended" if has else "is intended, and nothing is there"
        return Finding(wanted.absent, f"nothing {nothing}")
    has_not, beside = set(has), set(should)
    missing = [path for path in dict.fromkeys(should) if path not in has_not]
    extra = [path for path in dict.fromkeys(has) if path not in beside]
    if wanted.extra is Extra.IGNORE:
        extra = []
    order = [path for path in has if path in beside]
    astray = wanted.ordered and not missing and order != should
    verdict, why = _verdict(wanted, missing, extra, astray)
    if verdict is FindingVerdict.PASS:
        return Finding.passed(found=_entries(has)[:_SHOWN])
    keep = wanted.extra is not Extra.FAIL
    return Finding(
        verdict,
        why,
        wanted=_entries(should) if astray else (),
        found=_entries(order) if astray else (),
        missing=_entries(missing),
        extra=_entries(extra),
        remediation="" if astray else remedy.between(platform, has, should, keep=keep),
    )


def _section(wanted: Intended, paths: Sequence[Path], seeking: Seeking) -> list[Path]:
    """Return the lines of the section, each below those it stands under."""
    if wanted.section:
        tops = {path[0] for path in paths if len(path) == 1 and _any(wanted.section, path[0], seeking)}
        paths = [path for path in paths if path[0] in tops]
    return [path for path in paths if not _any(wanted.ignore, path[-1], seeking)]


def _any(patterns: Sequence[str], line: str, seeking: Seeking) -> bool:
    return any(seeking.found(pattern, line) for pattern in patterns)


def _verdict(
    wanted: Intended, missing: Sequence[Path], extra: Sequence[Path], astray: bool
) -> tuple[FindingVerdict, str]:
    why = []
    if missing:
        why.append(f"{len(missing)} intended {'line is' if len(missing) == 1 else 'lines are'} missing")
    if extra:
        why.append(f"{len(extra)} {'line is' if len(extra) == 1 else 'lines are'} there that nobody intended")
    if astray:
        why.append("the lines are there in another order")
    if missing or astray or (extra and wanted.extra is Extra.FAIL):
        return FindingVerdict.FAIL, "; ".join(why)
    return (FindingVerdict.WARN if extra else FindingVerdict.PASS), "; ".join(why)


def _entries(paths: Sequence[Path]) -> list[str]:
    """Write each line below those it stands under; one that has others beneath it says itself by them."""
    return ["\n".join(path) for path in remedy.leaves(paths)]
