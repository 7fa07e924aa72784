"""What NAPALM's `validate` wants of getters, compared by NAPALM itself."""

from collections.abc import Mapping
from typing import Any

from netpulse_core.compliance.rules.means import Bench
from netpulse_core.model.check import Finding
from netpulse_core.model.policy import Validates


def judge(wanted: Validates, evidence: Mapping[str, Any], bench: Bench) -> Finding:
    """Say where a getter returns something else."""
    told = [
        f"{name}: {line}"
        for name, what in wanted.wanted
        for line in bench.asked("napalm", evidence[f"getter:{name}"], dict(what))
    ]
    names = [name for name, _ in wanted.wanted]
    if not told:
        return Finding.passed(wanted=[f"{name}: {what!r}" for name, what in wanted.wanted])
    bad = list(dict.fromkeys(one.partition(":")[0] for one in told))
    return Finding.failed(f"{', '.join(bad)}: not as NAPALM's validate wants it", wanted=names, found=told)
