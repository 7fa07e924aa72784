"""The driver `netmiko`: how NetPulse opens, watches and ends netmiko sessions."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from netpulse_core import ConnectionParameters, DeviceSession, Driver, errors
from netpulse_core.builtins import doubts
from netpulse_core.builtins.netmiko import calls, labels, lines, opening, platforms, sent, translation
from netpulse_core.builtins.netmiko.channel import WatchedChannel, is_over, transport_socket
from netpulse_core.builtins.netmiko.commandline import NetmikoLine

_GOODBYE = 1.5
_SETTLE = 2.0
_PROMPT_ENDS = ("#", ">", "$", "%")


class Netmiko(Driver):
    """Sessions of every platform netmiko knows, under the name nornir_netmiko's tasks ask for."""

    name = "netmiko"
    sentence = "SSH, telnet and serial lines, for every platform netmiko knows"
    reads = frozenset(
        {
            "check_config_mode", "check_enable_mode", "clear_buffer", "find_prompt", "is_alive", "normalize_cmd",
            "normalize_linefeeds", "read_channel", "read_channel_timing", "read_until_pattern", "read_until_prompt",
            "read_until_prompt_or_pattern", "select_delay_factor", "strip_ansi_escape_codes",
            "strip_backspaces", "strip_command", "strip_prompt",
        }
    )  # fmt: skip
    # `enable` and `exit_enable_mode` take the line they send as an argument.
    commands = frozenset(
        {
            "enable", "exit_enable_mode", "netpulse_exchange", "send_command", "send_command_expect",
            "send_command_timing", "send_multiline", "send_multiline_timing",
        }
    )  # fmt: skip
    beside = frozenset({"netpulse_put_file"})
    inert = frozenset(
        {
            "RESPONSE_RETURN", "RETURN", "TELNET_RETURN", "ansi_escape_codes", "base_prompt", "blocking_timeout",
            "conn_timeout", "device_type", "encoding", "fast_cli", "global_cmd_verify", "global_delay_factor", "host",
            "keepalive", "netpulse_banner", "port", "protocol", "read_timeout_override", "session_timeout", "timeout",
            "username",
        }
    )  # fmt: skip

    def open(self, parameters: ConnectionParameters, *, timeout: float) -> Any:
        """Open a session within `timeout` seconds, the TCP connection included."""
        return opening.open_session(parameters, timeout=timeout)

    def close(self, connection: Any) -> None:
        """Leave politely, within a few seconds, where the session waits for a command; otherwise nothing is sent.

        netmiko's goodbye begins with a return, which would confirm a reload or run a half-typed line.
        """
        if not self.alive(connection) or not _waits_for_a_command(connection):
            opening.tear_down(connection)
            return
        connection.read_timeout_override = _GOODBYE
        remote = connection.remote_conn
        if hasattr(remote, "settimeout"):
            remote.settimeout(_GOODBYE)
        opening.disconnect(connection)

    def abort(self, connection: Any) -> None:
        """Break the transport; who waits for an answer gets an EOFError when netmiko next looks, within 25 ms."""
        opening.break_off(connection)

    def alive(self, connection: Any) -> bool:
        """Whether the transport is active and the channel open."""
        channel = getattr(connection, "channel", None)
        if isinstance(channel, WatchedChannel) and channel.over():
            return False
        return not is_over(getattr(connection, "remote_conn", None))

    def probe(self, connection: Any, *, timeout: float) -> None:
        """Ask for the prompt and wait until the session rests at it."""
        channel = getattr(connection, "channel", None)
        if not isinstance(channel, WatchedChannel) or not self.alive(connection):
            raise errors.SessionLost("the session has ended", device=str(connection.host))
        answered = self._asked(connection, channel, timeout)
        if answered is None:
            raise errors.TimedOut("no prompt came in time", device=str(connection.host))
        if not answered:
            raise errors.SessionLost("the session is no longer at its prompt", device=str(connection.host))

    def at_rest(self, connection: Any) -> bool:
        """Look at what was read last; only where that says nothing, ask the device once."""
        channel = getattr(connection, "channel", None)
        if not isinstance(channel, WatchedChannel) or not self.alive(connection):
            return False
        if not connection._read_buffer.strip():
            connection._read_buffer = ""  # the space behind a prompt, as in `r1# `, is nobody's answer
        if channel.unread() or connection._read_buffer or not channel.settled:
            return False  # and nothing is sent: a return would finish, and run, a half-typed line
        last = channel.last_line()
        if last == connection.netpulse_prompt or last.startswith(connection.base_prompt):
            return bool(last == connection.netpulse_prompt)
        # Not where the prompt has not been seen since: a return would answer a question, `[confirm]` with yes.
        return channel.showed(connection.netpulse_prompt) and self._answers(connection, channel)

    def _answers(self, connection: Any, channel: WatchedChannel) -> bool:
        """Ask, where a log line or a redrawn screen came after the prompt."""
        try:
            return bool(self._asked(connection, channel, _SETTLE))
        except (EOFError, OSError):
            return False

    def _asked(self, connection: Any, channel: WatchedChannel, seconds: float) -> bool | None:
        """Send a return; say whether the session's own prompt came, or None where none came in time."""
        until = time.monotonic() + seconds
        connection.read_channel()
        connection.write_channel(connection.RETURN)
        while time.monotonic() < until:
            connection.read_channel()
            last = channel.last_line()
            at_its_own = last == connection.netpulse_prompt
            if channel.settled and (at_its_own or last.startswith(connection.base_prompt)):
                return at_its_own and not channel.unread()
            time.sleep(0.005)
        return None

    def device_session(self, connection: Any) -> str | None:
        """Name the session by its own end of the TCP connection, as `tcp 192.0.2.9:53122 as netops`.

        Through a jump host the device sees that host's end, which nobody knows here.
        """
        way = getattr(connection, "netpulse_way", None)
        if way is not None and way.hops:
            return None
        raw = transport_socket(getattr(connection, "remote_conn", None))
        try:
            address, port = raw.getsockname()[:2]
        except (AttributeError, OSError, ValueError):  # no socket, a proxy command, or closed
            return None
        shown = f"[{address}]" if ":" in address else address
        return f"tcp {shown}:{port} as {connection.username}"

    def end_session(self, connection: Any, recorded: DeviceSession, *, timeout: float) -> bool:
        """Clear the TCP connection of another session, on IOS."""
        connection.enable()
        own = self.device_session(connection)
        return doubts.end_session(_line(connection), _platform(connection), recorded, own, timeout=timeout)

    def configuration(self, connection: Any, *, timeout: float) -> str | None:
        """Return what `show running-config` shows, where that is all of it."""
        if doubts.shows(_platform(connection)):
            connection.enable()
        return doubts.configuration(_line(connection), _platform(connection), timeout=timeout)

    def labelled(
        self, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], label: str
    ) -> Mapping[str, Any]:
        """Give a commit of Junos and IOS-XR the label as its comment."""
        return labels.labelled(_kind(platforms.netmiko_type(platform)), method, args, kwargs, label)

    def committed(self, connection: Any, label: str, *, timeout: float) -> bool:
        """Look for the label in the device's list of commits."""
        return labels.committed(_line(connection), _platform(connection), label, timeout=timeout)

    def lines(self, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """Return what a call sends; a call whose lines cannot be known beforehand is refused."""
        return calls.lines(method, args, kwargs)

    def sent(
        self, platform: str | None, method: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Sequence[str] | None:
        """Return the lines of a call; a method that reads sends none but what netmiko itself looks for a prompt by."""
        if method in self.reads:
            return ()
        of_call = sent.of_commands if method in self.commands else sent.lines
        told = of_call(platform, method, args, kwargs)
        sent.refuse_keys(platform, method, told or ())
        return told

    def prepared(self, platform: str | None, method: str, kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let a push stop at a refused line: netmiko notices none unless it is told what a refusal looks like."""
        if method in {"send_config_set", "send_config_from_file"} and "error_pattern" not in kwargs:
            return {**kwargs, "error_pattern": platforms.refusal_pattern(platform)}
        return kwargs

    def is_read(self, platform: str | None, line: str) -> bool:
        """Whether this one line can do nothing but read on this platform."""
        return lines.is_read(platform, line)

    def translate(self, error: BaseException, device: str) -> errors.DeviceError | None:
        """Say the library's error as ours."""
        return translation.translate(error, device)


def _line(connection: Any) -> NetmikoLine:
    return NetmikoLine(connection, str(connection.host))


def _platform(connection: Any) -> str:
    return _kind(str(connection.device_type))


def _kind(device_type: str) -> str:
    return device_type.removesuffix("_ssh").removesuffix("_telnet").removesuffix("_serial")


def _waits_for_a_command(connection: Any) -> bool:
    """Whether the last thing the device said is its prompt, in whatever mode."""
    channel = connection.channel
    if not isinstance(channel, WatchedChannel) or not channel.settled or channel.unread():
        return False
    last = channel.last_line()
    in_a_mode = bool(connection.base_prompt) and last.startswith(connection.base_prompt) and last.endswith(_PROMPT_ENDS)
    return in_a_mode or bool(last == connection.netpulse_prompt)
