"""One command through the whole system, in the process that asks."""

from netpulse_core.controller import NetPulse
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.outcome import Verdict
from netpulse_core.model.run import RunRequest


def run(netpulse: NetPulse, target: str, command: str) -> None:
    """Submit a command and watch its run to the end, which has to be a good one."""
    request = RunRequest(runbook="send_commands", target=target, parameters={"commands": [command]})
    accepted = netpulse.submit(request, LOCAL)
    for _ in netpulse.watch(accepted.run):
        pass
    verdict = netpulse.get(accepted.run).verdict
    assert verdict is Verdict.SUCCESS, verdict
