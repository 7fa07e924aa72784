"""What a task holds of a NETCONF session: the operations of RFC 6241, and `change`, which verifies what it did."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from netpulse_core import errors
from netpulse_core.builtins.netconf import xml
from netpulse_core.builtins.netconf.changing import Change, Changing, Edit
from netpulse_core.builtins.netconf.link import Link

_WAIT = 60.0
"""Seconds for one answer: a commit takes long on a big device."""


class NetconfConnection:
    """Every method takes `read_timeout`, the seconds to wait for one answer; data is returned as XML text."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def __repr__(self) -> str:
        return f"<NETCONF connection to {self.link.device}, {self.link.where}>"

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What the server can do, as the URIs it greeted with."""
        return self.link.capabilities

    @property
    def session_id(self) -> str:
        """The server's number of this session."""
        return self.link.session_id

    def get(self, filter: str = "", *, namespaces: Mapping[str, str] | None = None, read_timeout: float = _WAIT) -> str:
        """Return configuration and state: all, a subtree (`<interfaces xmlns=.../>`), or an XPath (`/if:interfaces`).

        `namespaces` maps the prefixes of an XPath to their namespaces.
        """
        wanted = self._filter("get", filter, namespaces)
        return xml.text(self.link.data("get", wanted, within=read_timeout))

    def get_config(
        self,
        source: str = "running",
        filter: str = "",
        *,
        namespaces: Mapping[str, str] | None = None,
        read_timeout: float = _WAIT,
    ) -> str:
        """Return the configuration of a datastore: `running`, `candidate` or `startup`."""
        wanted = self._filter("get-config", filter, namespaces)
        return xml.text(self.link.data("get_config", source, wanted, within=read_timeout))

    def validate(self, source: str = "candidate", *, read_timeout: float = _WAIT) -> None:
        """Let the server check a datastore; raise CommandRejected with what is wrong in it."""
        self.link.do("validate", source, within=read_timeout)

    def edit_config(
        self,
        config: str,
        *,
        target: str = "",
        default_operation: str = "merge",
        test_option: str | None = None,
        read_timeout: float = _WAIT,
    ) -> None:
        """Edit the candidate where the server has one; else the running configuration, undone whole on an error.

        A candidate that this session has not locked is locked until it is committed or discarded: of a session that
        breaks off, a server discards the locked candidate alone (RFC 6241, section 8.3.5.2).
        """
        link, chosen = self.link, target or self.target
        try:
            edit = xml.config(config)
        except ValueError as error:
            raise errors.CommandRejected(f"nothing was sent: config: {error}", device=link.device) from error
        if chosen == "candidate":
            if chosen not in link.locks and link.can(":candidate"):
                self.lock(chosen, read_timeout=read_timeout)
                link.locked_to_edit = True
            link.edited = True
        link.do(
            "edit_config",
            edit,
            target=chosen,
            default_operation=default_operation,
            test_option=test_option,
            error_option="rollback-on-error" if link.can(":rollback-on-error") else None,
            within=read_timeout,
        )

    @property
    def target(self) -> str:
        """The datastore that `edit_config` and `change` edit: `candidate` where the server has one, else `running`."""
        return "candidate" if self.link.can(":candidate") else "running"

    def commit(
        self, *, confirmed: float | None = None, persist: str = "", persist_id: str = "", read_timeout: float = _WAIT
    ) -> None:
        """Commit the candidate; with `confirmed`, the server reverts it after so many seconds without a confirmation.

        A confirmed commit ends with its session unless `persist` names it; `persist_id` is that name in what follows.
        """
        given: dict[str, Any] = {"persist_id": persist_id or None}
        if confirmed is not None:
            given |= {"confirmed": True, "timeout": str(max(1, round(confirmed))), "persist": persist or None}
        self.link.do("commit", within=read_timeout, **given)
        self.link.edited = False
        self.link.unconfirmed = confirmed is not None
        self._edit_is_over(read_timeout)

    def confirm(self, persist_id: str = "", *, read_timeout: float = _WAIT) -> None:
        """Confirm a confirmed commit, which makes it permanent."""
        self.commit(persist_id=persist_id, read_timeout=read_timeout)

    def cancel_commit(self, persist_id: str = "", *, read_timeout: float = _WAIT) -> None:
        """Revert a confirmed commit now."""
        self.link.do("cancel_commit", persist_id=persist_id or None, within=read_timeout)
        self.link.unconfirmed = False

    def discard_changes(self, *, read_timeout: float = _WAIT) -> None:
        """Bring the candidate back to the running configuration."""
        self.link.do("discard_changes", within=read_timeout)
        self.link.edited = False
        self._edit_is_over(read_timeout)

    def lock(self, target: str = "candidate", *, read_timeout: float = _WAIT) -> None:
        """Lock a datastore for this session; raise CommandRejected naming the session that holds it."""
        if target == "candidate" and self.link.locked_to_edit:
            self.link.locked_to_edit = False  # ours already, and from now on until it is unlocked
            return
        self.link.do("lock", target, within=read_timeout)
        self.link.locks.add(target)

    def unlock(self, target: str = "candidate", *, read_timeout: float = _WAIT) -> None:
        """Release a lock of this session; the server discards a locked candidate's uncommitted changes."""
        self.link.do("unlock", target, within=read_timeout)
        self.link.locks.discard(target)
        if target == "candidate":
            self.link.edited = self.link.locked_to_edit = False

    def kill_session(self, session_id: str, *, read_timeout: float = _WAIT) -> None:
        """End another session: its locks are released, and a confirmed commit of it is reverted."""
        self.link.do("kill_session", str(session_id), within=read_timeout)

    def change(
        self,
        config: str,
        *,
        validate: bool = True,
        confirmed: float | None = None,
        default_operation: str = "merge",
        check: Callable[[], object] | None = None,
        read_timeout: float = _WAIT,
    ) -> Change:
        """Lock, edit, validate, commit and unlock, and read back whether what was asked stands.

        With `confirmed`, the commit is confirmed only once it was read back and `check` has not raised; otherwise it is
        cancelled. Raise CommandRejected where the server refused and nothing was committed, NotApplied where it said ok
        and the change is not there, PartlyApplied where other than what was asked stands, and RolledBack where a
        confirmed commit was reverted.
        """
        edit = Edit(
            config=config,
            validate=validate,
            confirmed=confirmed,
            default_operation=default_operation,
            check=check,
            read_timeout=read_timeout,
        )
        return Changing(self, edit).done()

    def _edit_is_over(self, within: float) -> None:
        """Give back a lock that an edit took; a session that cannot is not at rest, and closing it does."""
        if self.link.locked_to_edit:
            with contextlib.suppress(errors.DeviceError):  # what was committed stands, whatever becomes of the lock
                self.unlock("candidate", read_timeout=within)

    def _filter(self, operation: str, given: str, namespaces: Mapping[str, str] | None) -> Any:
        """Return a filter as ncclient takes it; raise InvalidParameters for what is none."""
        asked = given.strip()
        if not asked:
            return None
        if asked.startswith("/"):
            if not self.link.can(":xpath"):
                raise errors.InvalidParameters(operation, ["filter: this server takes subtrees, and no XPath"])
            return ("xpath", (dict(namespaces or {}), asked))
        try:
            xml.parsed(asked)
        except ValueError as error:
            raise errors.InvalidParameters(operation, [f"filter: {error}"]) from error
        return ("subtree", asked)
