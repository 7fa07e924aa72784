"""A scrapli driver as a task holds it: each refused line is told, and configuration stops at the first one."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from netpulse_core import ConnectionParameters, Push, PushedLine, Turn, errors
from netpulse_core.builtins.netmiko import dialogue, keys
from netpulse_core.builtins.netmiko.platforms import (
    commit_refusal,
    discard_line,
    nothing_to_commit,
    rejection,
    without_secrets,
)
from netpulse_core.builtins.netmiko.units import BANNER
from netpulse_core.builtins.scrapli.platforms import SAVES, netmiko_name
from netpulse_core.builtins.scrapli.transport import LoopTransport
from netpulse_core.builtins.told import split

_EXCLUSIVE = "configuration_exclusive"
"""Scrapli's name of the mode in which nobody else changes the candidate."""


class ScrapliConnection:
    """One scrapli driver object that is open; the names of its methods are scrapli's."""

    def __init__(
        self, driver: Any, transport: LoopTransport, parameters: ConnectionParameters, platform: str, rest: str
    ) -> None:
        self._driver = driver
        self._transport = transport
        self._device = parameters.device
        self._rest = rest
        self.platform = platform
        self.host = parameters.address
        self.username = parameters.username
        self.default_desired_privilege_level = getattr(driver, "default_desired_privilege_level", "")

    def get_prompt(self) -> str:
        """Return the prompt."""
        return str(self._driver.get_prompt())

    def isalive(self) -> bool:
        """Whether the transport is up."""
        return self._transport.isalive()

    def send_command(self, command: str, **options: Any) -> Any:
        """Return scrapli's response; raise CommandRejected where the device refuses, unless the task says what to find.

        That is `failed_when_contains`: whoever gives it, an empty list too, judges the answer.
        """
        keys.refuse(self._kind, [command], device=self._device)
        self._transport.drain()  # what was left there is not the answer
        response = self._driver.send_command(command, **options)
        if options.get("failed_when_contains") is None:
            self._must_not_refuse(command, response.result)
        return response

    def send_commands(self, commands: Sequence[str], *, eager: bool = False, **options: Any) -> Any:
        """Return scrapli's responses; eager reading, which takes one answer for another, is not done."""
        from scrapli.response import MultiResponse  # noqa: PLC0415

        stop = options.pop("stop_on_failed", False)
        responses = MultiResponse()
        for command in commands:
            responses.append(self.send_command(command, **options))
            if stop and responses[-1].failed:
                break
        return responses

    def send_config(self, config: str, **options: Any) -> Any:
        """Send lines of configuration, and return one response for all of them."""
        lines = split(config)
        responses = self.send_configs(lines, **options)
        return self._driver._post_send_config(config=config, multi_response=responses)

    def send_configs_from_file(self, file: str, **options: Any) -> Any:
        """Send the lines of a file of this worker."""
        return self.send_configs(split(Path(file).read_text(encoding="utf-8")), **options)

    def send_configs(
        self,
        configs: Sequence[str],
        *,
        stop_on_failed: bool = True,
        failed_when_contains: str | list[str] | None = None,
        eager: bool = False,
        **options: Any,
    ) -> Any:
        """Send lines and stop at the first one refused; scrapli would go on.

        Raises PartlyApplied where lines before it stand, CommandRejected where none does, unless the task says with
        `failed_when_contains` what to find, and then looks itself.
        """
        from scrapli.response import MultiResponse  # noqa: PLC0415

        whole = MultiResponse()
        judged_here = failed_when_contains is None
        given = {} if judged_here else {"failed_when_contains": failed_when_contains}
        for number, line in enumerate(self._single(configs)):
            whole += self._driver.send_configs([line], stop_on_failed=stop_on_failed, **given, **options)
            refused = rejection(self._kind, whole[-1].result, configuring=True) if judged_here else None
            if refused is not None:
                self._give_up()
                raise self._refusal(line, refused, number, len(configs))
            if stop_on_failed and whole[-1].failed:
                break
        self._leave()
        return whole

    def push(self, lines: Sequence[str], *, save: bool, read_timeout: float) -> Push:
        """Send lines, stop at the first one refused, and commit or save only what was taken whole."""
        done = Push()
        wanted = self._single(lines)
        for number, line in enumerate(wanted):
            (response,) = self._configured(line, timeout_ops=read_timeout)
            done.lines.append(PushedLine(line, response.result))
            refused = rejection(self._kind, response.result, configuring=True)
            if refused is not None:
                done.error = self._refusal(line, refused, number, len(wanted))
                break
            done.accepted += 1
        if self._discard is not None:
            self._commit(done, read_timeout)
        else:
            done.changed = done.accepted > 0
        self._leave()
        if save and done.error is None and (command := SAVES.get(self.platform)):
            self._save(command, done, read_timeout)
        return done

    def converse(self, turns: Sequence[Turn], read_timeout: float) -> list[str]:
        """Hold a dialogue at the prompt."""
        return dialogue.converse(_Typing(self), self._device, turns, read_timeout)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in {"acquire_priv", "send_interactive"}:
            found: Callable[..., Any] = getattr(self._driver, name)
            return found
        raise AttributeError(name)

    @property
    def _kind(self) -> str:
        return netmiko_name(self.platform)

    @property
    def _discard(self) -> str | None:
        return discard_line(self._kind)

    def _single(self, lines: Sequence[str]) -> list[str]:
        wanted = [line for line in lines if line.strip()]
        for line in wanted:
            banner = BANNER.match(line)
            if "\n" in line or (banner and banner[1] not in banner[2]):
                raise errors.CommandRejected(
                    "nothing was sent: scrapli sends no text of several lines, such as a banner",
                    device=self._device,
                    hint="the drivers netmiko and ssh do",
                )
        keys.refuse(self._kind, wanted, device=self._device)
        return wanted

    def _configured(self, line: str, **options: Any) -> Any:
        # Plain `configure` of Junos shares the candidate: a commit would be of everybody's lines.
        mode = {"privilege_level": _EXCLUSIVE} if self.platform == "juniper_junos" else {}
        return self._driver.send_configs([line], failed_when_contains=[], **mode, **options)

    def _commit(self, done: Push, read_timeout: float) -> None:
        """Commit the candidate, or throw it away where a line, or the commit itself, was refused."""
        if done.error is None:
            (response,) = self._configured("commit", timeout_ops=read_timeout)
            refused = commit_refusal(self._kind, response.result)
            if refused is None:
                done.committed, done.changed = response.result, not nothing_to_commit(response.result)
                return
            done.error = errors.CommandRejected(f"{refused}; nothing was committed", device=self._device)
        self._give_up()

    def _save(self, command: str, done: Push, read_timeout: float) -> None:
        done.committed = self._driver.send_command(command, failed_when_contains=[], timeout_ops=read_timeout).result
        refused = rejection(self._kind, done.committed, configuring=True)
        if refused is not None:
            said = f"the lines are in the running configuration, but saving was refused: {refused}"
            done.error = errors.CommandRejected(said, device=self._device)

    def _give_up(self) -> None:
        if self._discard is not None:
            self._configured(self._discard)
        self._leave()

    def _leave(self) -> None:
        """Leave configuration mode: scrapli would stay in it until the next command."""
        if self.default_desired_privilege_level:
            self._driver.acquire_priv(self.default_desired_privilege_level)

    def _refusal(self, line: str, refused: str, before: int, total: int) -> errors.CommandRejected:
        kind = errors.CommandRejected
        if self._discard is not None:
            state = "nothing was committed"
        elif before:
            kind = errors.PartlyApplied
            state = f"the {before} before it {'is' if before == 1 else 'are'} in the running configuration, unsaved"
        else:
            state = "no line was taken"
        said = f"line {before + 1} of {total} refused: {without_secrets(line)!r} ({without_secrets(refused)}); {state}"
        return kind(said, device=self._device)

    def _must_not_refuse(self, command: str, answer: str) -> None:
        refused = rejection(self._kind, answer)
        if refused is not None:
            said = f"{without_secrets(command)!r} refused: {without_secrets(refused)}"
            raise errors.CommandRejected(said, device=self._device)


class _Typing:
    """As much of a netmiko connection as a dialogue needs."""

    RETURN = "\n"

    def __init__(self, connection: ScrapliConnection) -> None:
        self._transport = connection._transport
        self.device_type = connection._kind
        self.base_prompt = connection._rest.rstrip("#>$% ")

    def read_channel(self) -> str:
        if not self._transport.isalive() and not self._transport.unread:
            raise EOFError("the device closed the session")
        return self._transport.drain().replace(b"\r", b"").decode("utf-8", "replace")

    def write_channel(self, out_data: str) -> None:
        self._transport.write(out_data.encode())


def probe(connection: ScrapliConnection, timeout: float) -> None:
    """Ask for the prompt, and raise where it is another one or does not come in time."""
    transport = connection._transport
    if not transport.isalive():
        raise EOFError("the session has ended")
    transport.until = time.monotonic() + timeout
    try:
        found = connection.get_prompt()
    finally:
        transport.until = None
    if found != connection._rest:
        raise errors.SessionLost("the session is no longer at its prompt", device=connection._device)
