"""A report with everything in it that may go wrong in another form."""

from __future__ import annotations

from netpulse_core.model.check import Finding, FindingVerdict, Severity
from netpulse_core.model.report import Course, Report, ReportedDevice, ReportedRun
from netpulse_core.model.trend import Trend

EVIL = '<script>document.title="owned"</script>&"\'\x1b[31m ``` | =1+1'
T0 = 1_900_000_000.0

NTP = Finding.failed(
    "a server is missing", check="ntp/servers", policy="ntp", version="3", owner="netsec", severity=Severity.HIGH,
    missing=["ntp server 192.0.2.1"], extra=["ntp server 198.51.100.9"], remediation="no ntp server 198.51.100.9",
)  # fmt: skip
EVIL_FAIL = Finding.failed(
    EVIL, check="vty/ssh", policy="vty", extra=[f"line vty 0 4\n{EVIL}"], severity=Severity.CRITICAL
)
WAIVED = Finding(
    FindingVerdict.WAIVED, "telnet is on", check="vty/ssh", policy="vty", severity=Severity.CRITICAL,
    waiver={"reason": "CHG1", "until": "2031-01-01", "expired": False},
)  # fmt: skip
ERROR = Finding.error("nothing was said", check="vty/ssh", policy="vty", severity=Severity.CRITICAL)
NOT = Finding.not_applicable("it is for frr", check="bgp")
PASSED = Finding.passed(check="ntp/servers", policy="ntp", version="3", owner="netsec", severity=Severity.HIGH)
WARN = Finding.warned("look at it", check="bgp", found=["router bgp 65001"])

REPORT = Report(
    made_at=T0 + 7200,
    run=ReportedRun(
        id="01jx", runbook="nightly_compliance", target="role=leaf", caller="schedule:nightly", schedule="nightly",
        accepted_at=T0, finished_at=T0 + 60, verdict="mixed",
    ),
    devices={
        name: ReportedDevice(platform="cisco_ios", site="ams.1" if name != "leaf3" else "fra", role="leaf")
        for name in ("leaf1", "leaf2", "leaf3", "gone")
    },
    findings={"leaf1": [NTP, WAIVED, NOT], "leaf2": [NTP, ERROR, WARN], "leaf3": [PASSED, EVIL_FAIL]},
    courses={
        ("leaf1", "ntp/servers"): Course(trend=Trend.NEW, since=T0, first_failed=T0, last_passed=T0 - 86_400.0),
        ("leaf2", "ntp/servers"): Course(
            trend=Trend.STILL_FAILING, since=T0 - 86_400.0, first_failed=T0 - 86_400.0, flapping=True
        ),
    },
    not_judged={"gone": "no route to host"},
    trend={Trend.NEW: 1, Trend.STILL_FAILING: 2},
)  # fmt: skip

OFFLINE = Report(made_at=T0, findings={"leaf1": [PASSED]})
