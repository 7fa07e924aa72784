"""A check of BGP in FRRouting: no route to or from another system without a policy."""

import re
from collections.abc import Mapping
from typing import Any

from netpulse_core import Check, Device, Finding
from netpulse_core.builtins.checks.configuration import FRR, sections

REQUIRED = "bgp ebgp-requires-policy"

_SINCE = (7, 4)
"""The release since which FRR requires it unasked, unless its defaults are those of data centres."""


class EbgpRequiresPolicy(Check):
    """RFC 8212: without a policy, a router passes on whatever it hears."""

    name = "bgp_ebgp_requires_policy"
    sentence = "No route is taken from or given to another AS without a policy (RFC 8212)"
    severity = "critical"
    platforms = FRR

    def judge(self, device: Device, evidence: Mapping[str, Any]) -> Finding:
        """Look at each BGP instance, and at the defaults where one says nothing."""
        config = sections(evidence["running_config"])
        instances = {top: lines for top, lines in config.items() if top.startswith("router bgp ")}
        if not instances:
            return Finding.not_applicable("it runs no BGP")
        off = [top for top, lines in instances.items() if f"no {REQUIRED}" in lines]
        silent = [top for top, lines in instances.items() if not {REQUIRED, f"no {REQUIRED}"} & set(lines)]
        unsaid = [] if _by_default(config) else silent
        if not off and not unsaid:
            return Finding.passed(found=[f"{top}\n{REQUIRED}" for top in instances if top not in silent])
        return Finding.failed(
            "BGP takes and gives routes without a policy",
            wanted=[REQUIRED],
            extra=[f"{top}\nno {REQUIRED}" for top in off],
            missing=[f"{top}\n{REQUIRED}" for top in unsaid],
            remediation="\n".join(f"{top}\n {REQUIRED}" for top in (*off, *unsaid)),
        )


def _by_default(config: Mapping[str, Any]) -> bool:
    version = next(
        (re.match(r"frr version (\d+)\.(\d+)", top) for top in config if top.startswith("frr version ")), None
    )
    return (
        version is not None and (int(version[1]), int(version[2])) >= _SINCE and "frr defaults datacenter" not in config
    )
