"""What the exit code of a command says."""

from enum import IntEnum

from netpulse_core.errors import (
    DeviceError,
    InvalidParameters,
    NetPulseError,
    NotFound,
    PluginError,
    QueueFull,
    Refused,
    ServiceError,
    SiteError,
    Unidentified,
)
from netpulse_core.model.outcome import GOOD, Outcome, Verdict
from netpulse_core.model.run import Run


class ExitCode(IntEnum):
    """What a shell is told; `netpulse run --help` lists them."""

    OK = 0
    BUG = 1
    USAGE = 2
    UNUSABLE = 3
    NOT_GOOD = 4
    REFUSED = 5
    IN_DOUBT = 6
    UNWRITTEN = 7  # all went well, and the output is not all there: a file cut short would pass for the whole
    INTERRUPTED = 130


TABLE = """Exit codes:

0  every device is ok or changed

1  a bug in NetPulse, with its traceback (`check`: something is wrong)

2  the command or its input cannot be understood

3  the site or the service cannot be used

4  at least one device failed, or the run was cancelled

5  refused, blocked or not found

6  in doubt: a person has to look at a device

7  all went well, and the output could not be written to its end: a full disk

130  interrupted, or answered with no (129 and 143: interrupted by SIGHUP, by SIGTERM)"""

_BY_ERROR: tuple[tuple[type[NetPulseError], ExitCode], ...] = (
    (InvalidParameters, ExitCode.USAGE),
    (SiteError, ExitCode.UNUSABLE),
    (PluginError, ExitCode.UNUSABLE),
    (QueueFull, ExitCode.REFUSED),
    (ServiceError, ExitCode.UNUSABLE),
    (Unidentified, ExitCode.UNUSABLE),
    (DeviceError, ExitCode.NOT_GOOD),
    (Refused, ExitCode.REFUSED),
    (NotFound, ExitCode.REFUSED),
)


def stopped_in_doubt() -> NetPulseError:
    """Return what a process says that was stopped in the middle of changes."""
    return NetPulseError(
        "changes were under way when the grace was over: they are in doubt",
        hint="`netpulse runs --verdict in_doubt` lists them; look at the devices, then `netpulse resolve`",
    )


def of_error(error: NetPulseError) -> ExitCode:
    """Return what an error that ended the command is worth."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.BUG)


def of_run(run: Run) -> ExitCode:
    """Return what a finished run is worth."""
    if run.verdict is Verdict.SUCCESS:
        return ExitCode.OK
    if run.verdict is Verdict.IN_DOUBT:
        return ExitCode.IN_DOUBT
    bad = {outcome for outcome, count in run.counts.items() if count} - GOOD
    return ExitCode.REFUSED if bad == {Outcome.BLOCKED} else ExitCode.NOT_GOOD
