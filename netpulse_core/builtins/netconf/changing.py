"""A change of a configuration, read back: a server was seen to answer ok to edit, validate and commit, and lose it."""

import contextlib
import difflib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netpulse_core import errors
from netpulse_core.builtins.netconf import attributes, compare, xml

if TYPE_CHECKING:
    from netpulse_core.builtins.netconf.connection import NetconfConnection

_MOST = 5
"""Paths that are named of what does not stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is asked; `confirmed` is in seconds, `check` raises where the change is not to be kept."""

    config: str
    validate: bool
    confirmed: float | None
    default_operation: str
    check: Callable[[], object] | None
    read_timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of it: whether the running configuration is another than before, and how."""

    changed: bool
    diff: str


class Changing:
    """One change on one session."""

    def __init__(self, connection: "NetconfConnection", edit: Edit) -> None:
        self._connection = connection
        self._link = connection.link
        self._device = connection.link.device
        self._edit = edit
        self._within = edit.read_timeout
        self._target = connection.target
        self._persist = ""
        self._config = self._checked()
        self._filter = xml.subtree(self._config)

    def done(self) -> Change:
        """Make the change and return what came of it; raise what `NetconfConnection.change` says."""
        with self._locked():
            before = self._running()
            self._stage(before)
            if self._target == "candidate":
                self._commit(before)
            after = self._running()
            wrong = self._wrong(before, after)
            if self._edit.confirmed is not None:
                after = self._confirmed(before, after, wrong)
                wrong = self._wrong(before, after)
            if wrong:
                raise self._not_as_asked(before, after, wrong)
        diff = _diff(before, after)
        return Change(changed=bool(diff), diff=diff)

    def _checked(self) -> Any:
        """Refuse what could never be done, before anything is sent."""
        edit, why = self._edit, ""
        config: Any = None
        try:
            config = xml.config(edit.config)
            why = attributes.unseen(config)
        except ValueError as error:
            why = f"config: {error}"
        if edit.default_operation not in ("merge", "none"):
            why = "default_operation: merge or none; to replace, say so at the element (nc:operation)"
        elif edit.confirmed is not None and not self._link.can(":confirmed-commit"):
            why = "confirmed: this server has no confirmed commit"
        elif self._target == "running" and not self._link.can(":writable-running"):
            why = "this server has no candidate, and its running configuration cannot be edited"
        if why:
            raise errors.CommandRejected(f"nothing was sent: {why}", device=self._device)
        return config

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._connection.lock(self._target, read_timeout=self._within)
        try:
            yield
        finally:
            # A session that still holds its lock is not at rest, and is closed, which releases it.
            if not self._link.unanswered:
                with contextlib.suppress(errors.DeviceError):
                    self._connection.unlock(self._target, read_timeout=self._within)

    def _stage(self, before: Any) -> None:
        """Edit, and validate; whatever fails here was not committed."""
        tested = self._target == "running" and self._edit.validate and self._link.can(":validate")
        try:
            self._connection.edit_config(
                xml.text(self._config),
                target=self._target,
                default_operation=self._edit.default_operation,
                test_option="test-then-set" if tested else None,
                read_timeout=self._within,
            )
            if self._target == "candidate" and self._edit.validate and self._link.can(":validate"):
                self._connection.validate("candidate", read_timeout=self._within)
        except errors.CommandRejected as error:
            raise self._after_a_refusal(before, error) from error
        except (errors.TimedOut, errors.SessionLost) as error:
            if self._target == "running":
                raise
            raise errors.NotApplied(
                f"nothing was committed: {_words(error, self._device)}; the server discards a locked candidate when its"
                " session ends (RFC 6241, section 8.3.5.2)",
                device=self._device,
            ) from error

    def _commit(self, before: Any) -> None:
        if self._edit.confirmed is not None and self._link.can(":confirmed-commit:1.1"):
            self._persist = f"netpulse-{secrets.token_hex(8)}"  # outlives the session, and only we know it
        try:
            self._connection.commit(confirmed=self._edit.confirmed, persist=self._persist, read_timeout=self._within)
        except errors.CommandRejected as error:
            raise self._after_a_refusal(before, error) from error

    def _after_a_refusal(self, before: Any, error: errors.CommandRejected) -> errors.CommandRejected:
        """Clean the candidate, and say what stands."""
        if self._target == "candidate":
            with contextlib.suppress(errors.CommandRejected):
                self._connection.discard_changes(read_timeout=self._within)
        said = _words(error, self._device)
        if _alike(before, self._running()):
            return errors.CommandRejected(f"{said}; nothing of it stands", device=self._device, hint=error.hint)
        return errors.PartlyApplied(
            f"{said}; the running configuration is not as it was before", device=self._device, hint=error.hint
        )

    def _confirmed(self, before: Any, after: Any, wrong: list[str]) -> Any:
        """Confirm what stands as asked, and revert what does not; return the configuration after it."""
        why = f"not as asked: {_some(wrong)}" if wrong else self._failed_check()
        if why:
            raise self._reverted(before, after, why)
        try:
            self._connection.confirm(self._persist, read_timeout=self._within)
        except errors.CommandRejected as error:
            if _alike(before, self._running()):
                raise errors.RolledBack(
                    f"{_words(error, self._device)}; the server has reverted the change, its time was over",
                    device=self._device,
                    hint="confirm within a longer time",
                ) from error
            raise self._reverted(
                before, after, f"the confirmation was refused: {_words(error, self._device)}"
            ) from error
        return self._running()

    def _failed_check(self) -> str:
        if self._edit.check is None:
            return ""
        try:
            self._edit.check()
        except Exception as error:  # noqa: BLE001  the runbook's own code: whatever it raises, the change is not kept
            return f"the check failed: {error or type(error).__name__}"
        return ""

    def _reverted(self, before: Any, after: Any, why: str) -> errors.DeviceError:
        """Cancel the commit, and say whether all is as it was."""
        try:
            self._connection.cancel_commit(self._persist, read_timeout=self._within)
        except errors.CommandRejected as error:
            why = f"{why}; cancelling was refused ({_words(error, self._device)})"
        if not _alike(before, self._running()):
            return errors.TimedOut(
                f"{why}; the server reverts the commit by itself {self._edit.confirmed:g} s after it",
                device=self._device,
                hint="look at the device when that time has passed",
            )
        if _alike(before, after):
            return self._lost(why)
        return errors.RolledBack(f"{why}; the configuration is as it was before", device=self._device)

    def _not_as_asked(self, before: Any, after: Any, wrong: list[str]) -> errors.CommandRejected:
        if _alike(before, after):
            return self._lost(f"not there: {_some(wrong)}")
        return errors.PartlyApplied(
            f"the running configuration has changed, and not all of it is as asked: {_some(wrong)}",
            device=self._device,
            hint="a server may write a value otherwise than it was given: compare the two",
        )

    def _lost(self, why: str) -> errors.NotApplied:
        validated = self._edit.validate and self._target == "candidate"
        return errors.NotApplied(
            f"the server said ok to the edit and its commit, and read back, nothing has changed; {why}",
            device=self._device,
            hint="some servers lose a change when the candidate is validated before its commit: try it without"
            if validated
            else "look at the device's log",
        )

    def _running(self, **given: Any) -> Any:
        return self._link.data("get_config", "running", self._filter, within=self._within, **given)

    def _wrong(self, before: Any, after: Any) -> list[str]:
        wrong = compare.missing(self._config, after)
        if any(not one.endswith("(still there)") for one in wrong) and self._link.can(":with-defaults"):
            # what was set to its default may be there, and not be reported (RFC 6243, section 2)
            with contextlib.suppress(errors.CommandRejected):
                whole = self._running(with_defaults="report-all")
                kept = [one for one in wrong if one.endswith("(still there)")]
                wrong = kept + compare.missing(self._config, whole, deletions=False)
        return wrong + compare.leftovers(self._config, before, after)


def _alike(before: Any, after: Any) -> bool:
    """Whether the device holds the same; how it annotates that is its own."""
    return xml.outline(before, annotated=False) == xml.outline(after, annotated=False)


def _diff(before: Any, after: Any) -> str:
    old, new = (xml.outline(one).splitlines() for one in (before, after))
    return "\n".join(difflib.unified_diff(old, new, "running before", "running after", lineterm="", n=3))


def _words(error: errors.DeviceError, device: str) -> str:
    return str(error).removeprefix(f"{device}: ")


def _some(paths: list[str]) -> str:
    return ", ".join(paths[:_MOST]) + (f" and {len(paths) - _MOST} more" if len(paths) > _MOST else "")
