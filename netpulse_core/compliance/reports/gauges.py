"""What stands now as Prometheus reads it: the text exposition format, of gauges alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from netpulse_core.model.trend import Standing

TYPE = "text/plain; version=0.0.4; charset=utf-8"

_FINDINGS, _FLAPPING, _JUDGED = (
    "netpulse_compliance_findings", "netpulse_compliance_flapping", "netpulse_compliance_judged_timestamp_seconds"
)  # fmt: skip

_HELP = {
    _FINDINGS: "Devices of which this verdict stands.",
    _FLAPPING: "Devices on which this rule has come and gone again and again lately.",
    _JUDGED: "When a device was last judged by this rule, of all devices the one that was longest ago.",
}


def text(standing: Sequence[Standing]) -> str:
    """Return the gauges of what stands."""
    found = Counter((one.policy, one.check, one.severity.value, one.verdict.value) for one in standing)
    flapping = Counter((one.policy, one.check) for one in standing if one.flapping)
    judged: dict[tuple[str, str], float] = {}
    for one in standing:
        if one.judged_at is not None:
            key = (one.policy, one.check)
            judged[key] = min(judged.get(key, one.judged_at), one.judged_at)
    lines = [
        *_family(_FINDINGS, (({**_rule(*key[:2]), "severity": key[2], "verdict": key[3]}, float(number))
                             for key, number in sorted(found.items()))),
        *_family(_FLAPPING, ((_rule(*key), float(flapping[key])) for key in sorted({key[:2] for key in found}))),
        *_family(_JUDGED, ((_rule(*key), at) for key, at in sorted(judged.items()))),
    ]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


def _family(name: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Iterator[str]:
    yield f"# HELP {name} {_HELP[name]}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        said = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
        yield f"{name}{{{said}}} {value!r}"


def _rule(policy: str, check: str) -> dict[str, str]:
    return {"policy": policy, "rule": check.removeprefix(f"{policy}/") if policy else check}


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
