"""The driver `ssh`: how NetPulse opens, watches and ends fast SSH sessions."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core import ConnectionParameters, DeviceSession, Driver, errors
from netpulse_core.builtins import asyncssh_transport as transport
from netpulse_core.builtins import doubts
from netpulse_core.builtins.netmiko import labels
from netpulse_core.builtins.ssh import catalogue, pushing
from netpulse_core.builtins.ssh.platform import Platform
from netpulse_core.builtins.told import given, of_push, of_turns

_LATER = 2.0
"""Seconds beyond its own deadline after which an opening session is given up."""


class Ssh(Driver):
    """Thousands of open sessions in one process: one event loop, no thread for each."""

    name = "ssh"
    sentence = "fast SSH command lines, of the platforms described in files"
    reads = frozenset({"find_prompt", "refusal"})
    commands = frozenset({"send_command"})
    inert = frozenset({"banner", "device", "platform", "username"})
    platforms: tuple[Platform, ...] = ()
    """The platforms of a driver of your own, made of this one; none are those of files."""

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> Any:
        """Open a session within `timeout` seconds, jump hosts included, and prepare it as its platform says."""
        from netpulse_core.builtins.ssh.opening import open_session  # noqa: PLC0415 - it needs asyncssh

        platform = self.platform(parameters.platform)
        deadline = time.monotonic() + timeout
        work = open_session(parameters, transport.known(parameters, deadline=deadline), platform, deadline=deadline)
        return transport.run(work, timeout=timeout + _LATER)

    def close(self, connection: Any) -> None:
        """End the SSH connection, with a goodbye where the session is at a prompt; nothing is typed."""
        line = connection._line
        if line.alive and not line.shell.is_busy:
            line.shell.over = "the session was closed"
            transport.close(line.link)
        else:
            line.give_up("the session was closed")

    def abort(self, connection: Any) -> None:
        """Break the connection; who waits for an answer gets an EOFError at once."""
        connection._line.give_up("the session was broken off")

    def alive(self, connection: Any) -> bool:
        """Whether the connection stands and no answer ever failed to come."""
        return bool(connection._line.alive)

    def probe(self, connection: Any, *, timeout: float) -> None:
        """Press return, where the session is at its prompt, and wait for it to come again."""
        line = connection._line
        if not line.at_rest:
            line.give_up("it was not at its prompt")
            raise errors.SessionLost("the session is no longer at its prompt", device=line.device)
        if line.to_prompt("", timeout).mode != line.rest:
            raise errors.SessionLost("the session is no longer in its mode", device=line.device)

    def at_rest(self, connection: Any) -> bool:
        """Whether what came last is the prompt of the mode the session was opened in; nothing is sent."""
        return bool(connection._line.at_rest)

    def device_session(self, connection: Any) -> str | None:
        """Name the session by its own end of the TCP connection, as `tcp 192.0.2.9:53122 as netops`."""
        return transport.session_name(connection._line.link, connection.username)

    def end_session(self, connection: Any, recorded: DeviceSession, *, timeout: float) -> bool:
        """Clear the TCP connection of another session, on IOS."""
        line, own = connection._line, self.device_session(connection)
        if not pushing.enabled(line, timeout):
            return False
        return doubts.end_session(connection, line.platform.like, recorded, own, timeout=timeout)

    def configuration(self, connection: Any, *, timeout: float) -> str | None:
        """Return what `show running-config` shows, where that is all of it."""
        line = connection._line
        if not doubts.shows(line.platform.like) or not pushing.enabled(line, timeout):
            return None
        return doubts.configuration(connection, line.platform.like, timeout=timeout)

    def labelled(
        self, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], label: str
    ) -> Mapping[str, Any]:
        """Give a commit of Junos the label as its comment, which `show system commit` lists for the last 50.

        So Juniper documents `commit comment` (CLI User Guide, "Adding a Comment to Describe the Committed
        Configuration") and `show system commit`.
        """
        if method not in {"commit", "send_config"} or kwargs.get("comment"):
            return kwargs
        try:
            how = self.platform(platform).configuration
        except errors.NotFound:
            return kwargs
        return {**kwargs, "comment": label} if how is not None and how.commented else kwargs

    def committed(self, connection: Any, label: str, *, timeout: float) -> bool:
        """Look for the label in the device's list of commits."""
        return labels.committed(connection, connection._line.platform.like, label, timeout=timeout)

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the one line that `send_command` sends."""
        command = args[0] if args else kwargs.get("command")
        if not isinstance(command, str):
            raise errors.InvalidParameters(method, ["command: must be text"])
        return (command,)

    def sent(
        self, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Sequence[str] | None:
        """Return the lines of a call, that which saves among them."""
        match method:
            case "send_config":
                return of_push(given(args, kwargs, "lines"), self._saves(platform))
            case "send_dialog":
                return of_turns(given(args, kwargs, "turns").get("turns"))
        if method in self.commands:
            return self.lines(method, args, kwargs)
        return () if method in self.reads else None

    def _saves(self, platform: str | None) -> str:
        try:
            how = self.platform(platform).configuration
        except errors.NotFound:
            return ""
        return "" if how is None else how.save

    def is_read(self, platform: str | None, line: str) -> bool:
        """Whether this one line can do nothing but read on this platform."""
        try:
            return self.platform(platform).is_read(line)
        except errors.NotFound:
            return False

    def translate(self, error: BaseException, device: str) -> errors.DeviceError | None:
        """Say the library's error as ours."""
        return transport.translate(error, device)

    def abilities(self) -> Mapping[str, Sequence[str]]:
        """Return of each platform whether it can be configured, and how lines take effect."""
        return {platform.name: _abilities(platform) for platform in self.platforms or catalogue.every()}

    def platform(self, name: str | None) -> Platform:
        """Return the platform of this name or alias, which a driver of one platform need not be told; or NotFound."""
        if not self.platforms:
            return catalogue.find(name)
        if name is None and len(self.platforms) == 1:
            return self.platforms[0]
        found = next((one for one in self.platforms if (name or "").lower() in (one.name, *one.aliases)), None)
        if found is None:
            raise errors.NotFound(f"{self.name} platform", name or "", known=[one.name for one in self.platforms])
        return found


def _abilities(platform: Platform) -> list[str]:
    how = platform.configuration
    if how is None:
        return ["read"]
    return ["read", "configure", *(["commit"] if how.commit else []), *(["save"] if how.save else [])]
