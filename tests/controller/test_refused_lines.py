"""What is kept of a line that may not be sent: no secret, and not more than a record holds."""

import logging
from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.errors import NotPermitted
from netpulse_core.ledger.audit import LONGEST
from netpulse_core.model.caller import Caller
from netpulse_core.model.run import RunRequest
from tests.controller.conftest import Open

EVE = Caller(name="eve", role="engineer")
PLUGIN = '''
from typing import Annotated

from netpulse_core import Result, SentLines, Task, runbook

@runbook(changes=True)
def says(task: Task, lines: Annotated[list[str], SentLines()]) -> Result:
    """Say."""
    return Result(host=task.host)
'''
MANY = [f"show interfaces Ethernet{number} status" for number in range(100)]
SECRETS = [
    "enable secret 0 Hunter22",
    "username bob password 0 Hunter22",
    "  enable \t secret  0   Hunter22",
    "enable\u00a0secret 0 Hunter22",
    "\x07enable secret 0 Hunter22",
    "enable secret\x07 0\x08 Hunter22",
    "ena\u200bble sec\u200bret 0 Hunter22",
    "show clock ; enable secret 0 Hunter22",
    "reload ; snmp-server community Hunter22 RO",
]


@pytest.fixture
def ruled(site: Path, opened: Open) -> NetPulse:
    (site / "plugins" / "says.py").write_text(PLUGIN)
    return opened(commands={"engineer": {"allow": ["show *", *MANY], "deny": ["reload*"]}})


def refused(netpulse: NetPulse, line: str, caplog: pytest.LogCaptureFixture) -> tuple[str, str, str]:
    """Ask for a line that is refused, and return what the caller is told, the audit keeps and the log says."""
    request = RunRequest(runbook="says", target="leaf1", parameters={"lines": [line]})
    with caplog.at_level(logging.DEBUG), pytest.raises(NotPermitted) as raised:
        netpulse.submit(request, EVE)
    (record,) = netpulse.ledger.audit.page(action="access.refused")
    assert netpulse.ledger.audit.verify().problems == ()
    assert netpulse.runs() == []
    (said,) = [one.getMessage() for one in caplog.records if "refused" in one.getMessage()]
    return str(raised.value), repr(record), said


@pytest.mark.parametrize("line", SECRETS)
def test_a_secret_in_it_is_neither_in_the_audit_nor_in_the_log(
    ruled: NetPulse, caplog: pytest.LogCaptureFixture, line: str
) -> None:
    told, kept, _ = refused(ruled, line, caplog)
    assert "Hunter22" not in told + kept + caplog.text  # a schedule or a rerun asks for lines of others
    assert "********" in kept


@pytest.mark.parametrize(
    "line", ["x" * 300_000, "x" * 300_000 + "\x07", "\x07" * 300_000, "x" * 4000, "\u202e" * 4000, "x\ud800y", "x\0y"]
)
def test_a_record_is_no_longer_than_any_other(ruled: NetPulse, caplog: pytest.LogCaptureFixture, line: str) -> None:
    told, _, said = refused(ruled, line, caplog)
    (record,) = ruled.ledger.audit.page(action="access.refused")
    assert all(len(text) <= LONGEST for text in record.body.values())
    assert len(said) <= LONGEST + len("refused: ")
    assert told.count("x") < 250


def test_what_holds_no_secret_is_quoted(ruled: NetPulse, caplog: pytest.LogCaptureFixture) -> None:
    told, kept, said = refused(ruled, "copy a b", caplog)
    for text in (told, kept, said):
        assert "role 'engineer' may not send this: 'copy a b' is none of the lines that are allowed: show *" in text
