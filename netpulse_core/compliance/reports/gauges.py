"""What stands now as gauges: how many devices have each verdict, by rule."""

from collections import Counter
from collections.abc import Iterable, Iterator

from netpulse_core.model.exposition import family
from netpulse_core.model.trend import Tally

_FINDINGS, _FLAPPING, _JUDGED = (
    "netpulse_compliance_findings", "netpulse_compliance_flapping", "netpulse_compliance_judged_timestamp_seconds"
)  # fmt: skip

_HELP = {
    _FINDINGS: "Devices of which this verdict stands.",
    _FLAPPING: "Devices on which this rule has come and gone again and again lately.",
    _JUDGED: "When a device was last judged by this rule, of all devices the one that was longest ago.",
}


def lines(tallies: Iterable[Tally]) -> Iterator[str]:
    """Yield the lines of the gauges of what stands."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    flapping: Counter[tuple[str, str]] = Counter()
    judged: dict[tuple[str, str], float] = {}
    for one in tallies:
        key = (one.policy, one.check)
        found[*key, one.severity.value, one.verdict.value] += one.devices
        flapping[key] += one.flapping
        if one.judged_at is not None:
            judged[key] = min(judged.get(key, one.judged_at), one.judged_at)
    severe = (
        ({**_rule(*key[:2]), "severity": key[2], "verdict": key[3]}, float(n)) for key, n in sorted(found.items())
    )
    rules = sorted({key[:2] for key in found})
    yield from family(_FINDINGS, _HELP[_FINDINGS], severe)
    yield from family(_FLAPPING, _HELP[_FLAPPING], ((_rule(*key), float(flapping[key])) for key in rules))
    yield from family(_JUDGED, _HELP[_JUDGED], ((_rule(*key), at) for key, at in sorted(judged.items())))


def _rule(policy: str, check: str) -> dict[str, str]:
    return {"policy": policy, "rule": check.removeprefix(f"{policy}/") if policy else check}
