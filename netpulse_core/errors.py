"""Every error NetPulse raises on purpose.

NetPulseError                    .hint: what to do next
├── SiteError                    .path .line .key: settings, inventory, schedule, template, policy
├── PluginError                  .plugin: load, duplicate name, hook failed
├── NotFound                     .kind .name .known: "no runbook 'bakup'; did you mean 'backup_config'?"
├── Refused                      .reason: policy, window, freeze, blast radius
│   ├── NotPermitted             .permission: the caller's role lacks it, or its key is narrowed to less
│   ├── Conflict                 the thing is no longer in a state that allows it
│   │   ├── SiteHeld             another process has the site, and does not say yet where it answers
│   │   ├── Cancelled            the job was cancelled before it had done its work
│   │   └── LeaseLost            its worker's lease ended before the change began; the job goes back to the queue
│   ├── Expired                  the deadline passed before it began
│   └── Frozen                   .waits_on: a freeze stands before the change; the job waits, and no attempt is counted
│       └── WindowClosed         a maintenance window or a blackout does
├── Unidentified                 no caller could be made of the request
├── InvalidParameters            .problems
│   └── TemplateFailed           a template could not be rendered, or could not parse this text
├── DeviceError                  .device .jump .retryable
│   ├── SuspectConfiguration       what was read of a device is not believed to be its configuration
│   ├── Unreachable y · TimedOut y · SessionLost y · HostKeyChanged n · AuthenticationFailed n · CommandRejected n
│   ├── PrivilegeRefused n         an AuthenticationFailed after the login: the enable secret, not the credential
│   ├── RolledBack · NotApplied · PartlyApplied  each a CommandRejected that says what it left on the device
│   ├── LineRefused n              a CommandRejected of our own: the caller may not send this line, and nothing was sent
│   └── LoginDelayed               .waits_on .retry_in: not tried; the job waits, and no attempt is counted
├── DeliveryFailed               .retryable: an endpoint did not take what was sent
└── ServiceError                 .retry_after: ledger or broker unavailable
    ├── Unanswered               .idempotency_key: whether it was done is not known; under this key it is not done twice
    ├── QueueFull                as many jobs wait as may
    └── TooManyRequests          one caller asked more often than it may

What to catch is the branch; what happened is the leaf. An HTTP status is known in `api/errors.py` alone.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import ClassVar

LONGEST_NAME = 100
"""Letters beyond which nobody mistyped a name; comparing a long text with ten thousand names would take minutes."""

MOST_KNOWN = 50
"""Known names that a problem holds; a site with 10,000 devices would answer a slip of the pen with all of them."""


class NetPulseError(Exception):
    """Base of everything NetPulse raises on purpose."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class SiteError(NetPulseError):
    """A file of the site is wrong; `line` counts from 1 and is 0 where it is not known."""

    def __init__(self, message: str, *, path: Path | str = "", line: int = 0, key: str = "", hint: str = "") -> None:
        place = ":".join(str(part) for part in (path, line or "", key) if part)
        super().__init__(f"{place}: {message}" if place else message, hint=hint)
        self.path, self.line, self.key, self.problem = str(path), line, key, message


class PluginError(NetPulseError):
    """A plugin could not be loaded, clashes with another, or failed in a hook."""

    def __init__(self, message: str, *, plugin: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.plugin = plugin


class NotFound(NetPulseError):
    """Nothing of this kind has this name."""

    def __init__(self, kind: str, name: str, *, where: str = "", known: Iterable[str] = (), hint: str = "") -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        self.known_count = len(self.known)
        what = "secret under" if kind == "secret" else kind  # right behind that word redaction would mask its name
        super().__init__(f"no {what} {name!r}{where and f' {where}'}{did_you_mean(name, self.known)}", hint=hint)


class Refused(NetPulseError):
    """The request is understood and may not be done."""

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(reason, hint=hint)
        self.reason = reason


class NotPermitted(Refused):
    """The caller may not do this; `permission` is what its role, or the scope of its key, does not give it."""

    def __init__(self, reason: str, *, permission: str, hint: str = "") -> None:
        super().__init__(reason, hint=hint)
        self.permission = permission


class Conflict(Refused):
    """The thing is no longer in a state that allows this."""


class SiteHeld(Conflict):
    """Another process has the site; whether it is starting, stopping or answers is seen by asking once more."""


class Cancelled(Conflict):
    """The job was cancelled before it had done its work."""


class LeaseLost(Conflict):
    """The worker may not begin a change any more, for others count it as dead; another worker may."""


class Expired(Refused):
    """The deadline passed before it began."""


class Frozen(Refused):
    """A freeze stands before the change, so nothing was sent; `waits_on` names the freeze."""

    def __init__(self, reason: str, *, waits_on: str, hint: str = "") -> None:
        super().__init__(reason, hint=hint)
        self.waits_on = waits_on


class WindowClosed(Frozen):
    """A maintenance window has closed before the change, or a blackout has begun, so nothing was sent."""


class Unidentified(NetPulseError):
    """No caller could be made of the request's credentials."""


class InvalidParameters(NetPulseError):
    """The input does not fit; each problem is a sentence that begins with the parameter it names."""

    def __init__(self, what: str, problems: Sequence[str], *, hint: str = "") -> None:
        super().__init__(f"{what}: {'; '.join(problems)}", hint=hint)
        self.problems = tuple(problems)


class TemplateFailed(InvalidParameters):
    """A template could not be rendered, or could not parse this text; the text itself is never part of the message."""


class DeviceError(NetPulseError):
    """Something went wrong between us and one device."""

    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, device: str, hint: str = "", jump: str = "") -> None:
        super().__init__(message if message.startswith(f"{device}:") else f"{device}: {message}", hint=hint)
        self.device = device
        self.jump = jump
        """The jump host it happened at; empty where that was the device itself."""


class Unreachable(DeviceError):
    """No transport to the device: name unknown, connection refused or closed before the login, no answer to it."""

    retryable = True


class TimedOut(DeviceError):
    """The device was reached and did not answer in time."""

    retryable = True


class SessionLost(DeviceError):
    """An open session ended under a command."""

    retryable = True


class HostKeyChanged(DeviceError):
    """The device shows another host key than the one pinned."""


class AuthenticationFailed(DeviceError):
    """The device refused the credentials; never retried, because retries lock accounts."""


class PrivilegeRefused(AuthenticationFailed):
    """The device let us in and refused privileged mode: that says nothing against the credential of the login."""


class SuspectConfiguration(DeviceError):
    """What was read of a device is not believed to be its configuration, and was put in quarantine."""


class LoginDelayed(DeviceError):
    """A login that may not be tried now, so nothing was sent; `waits_on` names what for, `retry_in` is seconds."""

    def __init__(self, message: str, *, device: str, waits_on: str, retry_in: float, hint: str = "") -> None:
        super().__init__(message, device=device, hint=hint)
        self.waits_on, self.retry_in = waits_on, retry_in


class CommandRejected(DeviceError):
    """The device refused a line."""


class RolledBack(CommandRejected):
    """A change was refused half-way, or did not hold, and the configuration is as it was before."""


class NotApplied(CommandRejected):
    """A change did not come about: nothing of it was committed, or it was and is not there."""


class PartlyApplied(CommandRejected):
    """A change was refused half-way, and part of it stands."""


class LineRefused(CommandRejected):
    """The command rules of the run do not let this be sent; nothing of the call was."""


class DeliveryFailed(NetPulseError):
    """An endpoint did not take what was sent; `retryable` is False where it never will."""

    def __init__(self, message: str, *, retryable: bool = True, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable


class ServiceError(NetPulseError):
    """A part NetPulse stands on is away; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: float = 5.0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Unanswered(ServiceError):
    """No answer came to a request that may have been done; asked again under its key, it is not done twice."""

    def __init__(self, message: str, *, idempotency_key: str, retry_after: float = 5.0, hint: str = "") -> None:
        super().__init__(message, retry_after=retry_after, hint=hint)
        self.idempotency_key = idempotency_key


class QueueFull(ServiceError):
    """As many jobs wait as may: the request was not recorded, and may be sent again later."""


class TooManyRequests(ServiceError):
    """More was asked than one caller may ask: nothing was done for this request, and it may be sent again later."""


def is_outage(error: NetPulseError) -> bool:
    """Return whether a part NetPulse stands on is away, so that the same may be done later; a limit is no outage."""
    return isinstance(error, ServiceError) and not isinstance(error, (QueueFull, TooManyRequests))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the closest known name, or an empty text."""
    found = closest(name, known)
    return f"; did you mean {found!r}?" if found else ""


def closest(name: str, known: Iterable[str], alike: float = 0.5) -> str:
    """Return the known name that is most like this one, or an empty text where none is so much `alike`."""
    if len(name) > LONGEST_NAME:
        return ""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=alike)), "")
