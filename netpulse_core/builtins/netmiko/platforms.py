"""What NetPulse knows of the platforms netmiko speaks to: families, refusals, and how a candidate is thrown away."""

import re
from enum import StrEnum
from functools import lru_cache

from netpulse_core.builtins.netmiko.refusals import REFUSES, REFUSES_CONFIGURATION

NAPALM_NAMES = {
    "ios": "cisco_ios",
    "nxos": "cisco_nxos",
    "nxos_ssh": "cisco_nxos",
    "eos": "arista_eos",
    "junos": "juniper_junos",
    "iosxr": "cisco_xr",
}


class Family(StrEnum):
    """Platforms that share a command language."""

    CISCO = "cisco"
    JUNOS = "junos"
    VRP = "vrp"
    VYOS = "vyos"
    SHELL = "shell"
    OTHER = "other"


_FAMILIES = {
    Family.CISCO: (
        "allied_telesis", "arista", "aruba_aoscx", "aruba_osswitch", "aruba_procurve", "brocade_fastiron",
        "brocade_netiron", "brocade_nos", "brocade_vdx", "cisco", "dell_dnos", "dell_force10", "dell_os",
        "dell_powerconnect", "frr", "hp_procurve", "ipinfusion", "ruckus", "ruijie",
    ),
    Family.JUNOS: ("juniper",),
    Family.VRP: ("h3c_comware", "hp_comware", "huawei"),
    Family.VYOS: ("brocade_vyos", "ubiquiti_edgerouter", "vyatta", "vyos"),
    Family.SHELL: (
        "audiocode_shell", "corelight_linux", "cumulus", "dell_isilon", "edgecore_sonic", "endace", "f5_linux", "linux",
        "opengear_linux", "ovs_linux",
    ),
    Family.OTHER: ("cisco_apic", "cisco_ftd", "cisco_tp", "cisco_viptela", "cisco_wlc", "juniper_screenos"),
}  # fmt: skip

DISCARDS = {
    "brocade_vyos": "discard",
    "cisco_xr": "abort",
    "huawei_vrpv8": "clear configuration candidate",
    "juniper": "rollback 0",
    "juniper_junos": "rollback 0",
    "ubiquiti_edgerouter": "discard",
    "vyatta_vyos": "discard",
    "vyos": "discard",
}
"""Platforms whose lines wait in a candidate until a commit, and the line that throws the candidate away."""

CONFIGURE_EXCLUSIVE = "configure exclusive"
"""Into configuration mode of Junos with a candidate nobody shares: nobody else's lines are committed or thrown away."""

UNCERTAIN_CANDIDATES = (
    "alcatel_sros", "aviat_wtm", "cdot_cros", "cisco_viptela", "ericsson_ipos", "eltex_esr", "flexvnf",
    "furukawa_fitelnet", "garderos_grs", "ipinfusion_ocnos", "nokia_srl", "nokia_sros", "paloalto_panos", "sixwind_os",
    "zpe_nodegrid",
)  # fmt: skip
"""Platforms that commit, where it is not known here how a refused candidate is thrown away."""

_LINES_OF_A_REFUSAL = 12
_JUNOS_COMMITTED = re.compile(r"(?m)^commit complete")
_NOTHING_TO_COMMIT = re.compile(r"(?im)^\s*(?:% ?)?no configuration changes to commit")


def netmiko_type(platform: str | None) -> str:
    """Return netmiko's name of a platform, or an empty text where there is none."""
    name = (platform or "").lower()
    return NAPALM_NAMES.get(name, name)


@lru_cache
def family(platform: str | None) -> Family:
    """Return the family of the longest prefix that fits."""
    name = netmiko_type(platform)
    known = ((prefix, found) for found, prefixes in _FAMILIES.items() for prefix in prefixes)
    fits = [(len(prefix), found) for prefix, found in known if name.startswith(prefix)]
    return max(fits)[1] if fits else Family.OTHER


def discard_line(platform: str | None) -> str | None:
    """Return the line that throws the candidate configuration away, or None where lines take effect at once."""
    return DISCARDS.get(_bare(platform))


def candidate_is_uncertain(platform: str | None) -> bool:
    """Whether the platform commits in a way that could leave a refused candidate behind."""
    return _bare(platform) in UNCERTAIN_CANDIDATES


def rejection(platform: str | None, output: str, *, configuring: bool = False) -> str | None:
    """Return the line in which the device refuses what it was sent, or None.

    Give the output without the echo. A refused read is answered shortly: a long output that quotes a refusal (a
    banner, a log) is not one.
    """
    lines = [line for line in output.splitlines() if line.strip()]
    if not configuring and len(lines) > _LINES_OF_A_REFUSAL:
        return None
    refusal = re.compile((REFUSES_CONFIGURATION if configuring else REFUSES)[family(platform)])
    return next((line.strip() for line in lines if refusal.match(line)), None)


def commit_refusal(platform: str | None, answer: str) -> str | None:
    """Return the line in which the device refuses a commit, or None.

    Junos says `commit complete` of each that it has made, whatever came before that, and of no other.
    """
    refused = rejection(platform, answer, configuring=True)
    if family(platform) is not Family.JUNOS:
        return refused
    return None if _JUNOS_COMMITTED.search(answer) else refused or "it did not answer `commit complete`"


def nothing_to_commit(answer: str) -> bool:
    """Whether the device found nothing new in what it was to commit: no refusal, and no change."""
    return _NOTHING_TO_COMMIT.search(answer) is not None


def refusal_pattern(platform: str | None) -> str:
    """Return what netmiko takes as `error_pattern`: an answer to a configuration line that refuses it."""
    return rf"(?m)^(?:{REFUSES_CONFIGURATION[family(platform)]}).*"


_SECRETS = re.compile(
    r"\b(password|passwd|secret|community|key|key-string|pre-shared-key|psk|passphrase|md5|sha|auth|priv)\b.*",
    re.IGNORECASE,
)


def without_secrets(line: str) -> str:
    """Return a line for an error's sentence, cut where a word announces a secret."""
    return _SECRETS.sub(r"\1 ...", line.strip())


def _bare(platform: str | None) -> str:
    return re.sub(r"_(?:ssh|telnet|serial)$", "", netmiko_type(platform))
