"""Which software runs, beside the versions that may and may not."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from netpulse_core.compliance.rules.means import Bench
from netpulse_core.compliance.rules.patterns import Seeking
from netpulse_core.errors import Refused
from netpulse_core.model.check import Finding
from netpulse_core.model.policy import Software

_BOUND = re.compile(r"\s*(<=|>=|==|!=|<|>)?\s*([\w*]\S*)\s*")


def judge(wanted: Software, answer: Any, bench: Bench) -> Finding:
    """Say whether the version is one that may run."""
    version = _version(wanted, answer, bench)
    found = [version]
    if bad := [one for one in wanted.forbidden if within(version, one)]:
        return Finding.failed(f"{version} is forbidden: {bad[0]}", extra=found)
    if wanted.allowed and not any(within(version, one) for one in wanted.allowed):
        return Finding.failed(f"{version} is not allowed", wanted=list(wanted.allowed), extra=found)
    return Finding.passed(wanted=list(wanted.allowed), found=found)


def within(version: str, bounds: str) -> bool:
    """Whether a version is within bounds such as `17.9.4`, or `>=17.9, <17.12`; raise Refused where none can tell."""
    from netutils.os_version import compare_version_loose  # noqa: PLC0415

    for bound in bounds.split(","):
        match = _BOUND.fullmatch(bound)
        if match is None:
            raise Refused(f"{bounds!r} says no versions")
        if match[1] is None and "*" in match[2]:
            if not fnmatchcase(version, match[2]):
                return False
            continue
        try:
            if not compare_version_loose(version, match[1] or "==", match[2]):
                return False
        except (TypeError, ValueError, AttributeError):  # 15.2(7)E3 and a number where it has a word
            raise Refused(f"{version} and {match[2]} cannot be compared") from None
    return True


def problem(bounds: str) -> str:
    """Say why a text is no bounds of versions; empty where it is."""
    parts = bounds.split(",")
    return "" if all(_BOUND.fullmatch(one) for one in parts) else f"{bounds!r} is not as `17.9.4` or `>=17.9, <17.12`"


def _version(wanted: Software, answer: Any, bench: Bench) -> str:
    if isinstance(answer, Mapping | Sequence) and not isinstance(answer, str):
        answer = bench.asked("query", answer, wanted.path)["value"]
    if not isinstance(answer, str) or not answer.strip():
        raise Refused(f"{wanted.source}: there is no version at {wanted.path}")
    if not wanted.pattern:
        return answer.strip()
    match = next((one for line in answer.splitlines() if (one := Seeking().match(wanted.pattern, line))), None)
    if match is None:
        raise Refused(f"/{wanted.pattern}/ finds no version in {wanted.source}")
    return str(match[1] if match.re.groups else match[0]).strip()
