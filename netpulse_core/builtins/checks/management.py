"""Checks of how a device is managed, for IOS, EOS and Junos: SSH alone, clocks, and communities of SNMP."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core import Check, Device, Finding, in_force
from netpulse_core.builtins.checks.configuration import EOS, IOS, JUNOS, sections


class NtpServers(Check):
    """Two servers at least: one alone is believed, whatever it says."""

    name = "ntp_servers"
    sentence = "At least two NTP servers are configured"
    severity = "medium"
    platforms = (*IOS, *EOS, *JUNOS)

    def judge(self, device: Device, evidence: Mapping[str, Any]) -> Finding:
        """Count the servers by their addresses."""
        junos = device.platform in JUNOS
        lines = _lines(device, evidence)
        server = re.compile(r"(?:set system )?ntp server (?:vrf \S+ )?(?:ip |ipv6 )?(\S+)")
        found = [line for meant, line in lines.items() if server.match(meant)]
        servers = {match[1] for meant in lines if (match := server.match(meant))}
        if len(servers) > 1:
            return Finding.passed(found=found)
        line = "set system ntp server ADDRESS" if junos else "ntp server ADDRESS"
        why = f"it has {len(servers)} of the two NTP servers it should have"
        return Finding.failed(
            why, wanted=[line] * 2, found=found, missing=[line] * (2 - len(servers)), remediation=line
        )


class SnmpCommunities(Check):
    """Names that every scanner tries first."""

    name = "snmp_communities"
    sentence = "No SNMP community has a name that everybody tries"
    severity = "high"
    platforms = (*IOS, *EOS, *JUNOS)

    def judge(self, device: Device, evidence: Mapping[str, Any]) -> Finding:
        """Look at each community, whatever its rights."""
        community = re.compile(r"(?:snmp-server|set snmp) community \"?(?:public|private)\"?(?: |$)", re.IGNORECASE)
        found = {meant: line for meant, line in _lines(device, evidence).items() if community.match(meant)}
        if not found:
            return Finding.passed()
        if device.platform in JUNOS:
            taken = [re.sub(r"^set (.*? community \S+).*", r"delete \1", line) for line in found.values()]
        else:
            taken = [f"no {' '.join(line.split()[:3])}" for line in found]
        why, remediation = "it answers to a name that everybody tries", "\n".join(dict.fromkeys(taken))
        return Finding.failed(why, extra=list(found.values()), remediation=remediation)


class SshOnly(Check):
    """Telnet shows passwords to whoever listens."""

    name = "ssh_only"
    sentence = "Nobody can log in over telnet"
    severity = "high"
    platforms = (*IOS, *EOS, *JUNOS)

    def judge(self, device: Device, evidence: Mapping[str, Any]) -> Finding:
        """Ask as each system writes it."""
        if device.platform in JUNOS:
            telnet = re.compile(r"set system services telnet(?: |$)")
            found = [line for meant, line in _lines(device, evidence).items() if telnet.match(meant)]
            return _without_telnet(found, "\n".join(re.sub("^set (.* telnet).*", r"delete \1", line) for line in found))
        config = sections(evidence["running_config"], device.platform)
        if device.platform in EOS:
            on = "no shutdown" in config.get("management telnet", ())
            return _without_telnet(["management telnet\nno shutdown"] if on else [], "no management telnet")
        return self._ios(config)

    def _ios(self, config: Mapping[str, Sequence[str]]) -> Finding:
        """What an absent `transport input` means depends on the release, so it has to be written."""
        wanted = "transport input ssh"
        vty = {top: lines for top, lines in config.items() if top.startswith("line vty")}
        if not vty:
            return Finding.error("the configuration shows no vty lines")
        inputs = [(top, line) for top, lines in vty.items() for line in lines if line.startswith("transport input")]
        wrong = [f"{top}\n{line}" for top, line in inputs if line not in (wanted, "transport input none")]
        silent = [f"{top}\n{wanted}" for top in vty if top not in {told for told, _ in inputs}]
        if not wrong and not silent:
            return Finding.passed(found=[f"{top}\n{line}" for top, line in inputs])
        tops = [one.partition("\n")[0] for one in (*wrong, *silent)]
        return Finding.failed(
            "vty lines let in more than SSH" if wrong else "vty lines do not say that they let in SSH alone",
            wanted=[wanted],
            extra=wrong,
            missing=silent,
            remediation="\n".join(f"{top}\n {wanted}" for top in dict.fromkeys(tops)),
        )


def _without_telnet(found: Sequence[str], remediation: str) -> Finding:
    if not found:
        return Finding.passed()
    return Finding.failed("the telnet server is on", extra=found, remediation=remediation)


def _lines(device: Device, evidence: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the lines of the top, which a banner is not among, and each as it stands in the configuration."""
    text = evidence["running_config"]
    return in_force(text) if device.platform in JUNOS else {line: line for line in sections(text, device.platform)}
