"""Pushing lines through a configuration session: all of them stand, or none."""

import contextlib
import re
import secrets
from collections.abc import Iterator, Sequence

from netpulse_core import Push, PushedLine, errors
from netpulse_core.builtins.eapi.calls import Calls, Command, Failed
from netpulse_core.builtins.netmiko.platforms import without_secrets

_LEAVES = re.compile(r"\s*(?:ab(?:o(?:rt?)?)?|comm(?:it?)?|conf(?:i(?:g(?:u(?:re?)?)?)?)?|end)(?![\w-])", re.IGNORECASE)
"""What would end the session before its time; EOS takes the beginning of a word for the word."""
_BANNER = re.compile(r"\s*banner (?:exec|login|motd)\s*$")
_ABORT_TIMEOUT = 5.0

SAVE = "copy running-config startup-config"
"""What saves the running configuration."""


class ConfigurationSession:
    """One session of EOS, which changes nothing until it is committed, and is never left pending on purpose."""

    def __init__(self, calls: Calls, device: str, read_timeout: float) -> None:
        self._calls = calls
        self._device = device
        self._read_timeout = read_timeout
        self._name = f"netpulse-{secrets.token_hex(4)}"

    def push(self, lines: Sequence[str], *, save: bool) -> Push:
        """Send the lines and commit what differs; save where asked and nothing was refused."""
        for line in lines:
            if _LEAVES.match(line):
                raise errors.CommandRejected(
                    f"nothing was sent: {line.strip()!r} would end the configuration session", device=self._device
                )
        done, units = Push(), list(_units(lines))
        if any(isinstance(sent, dict) and not sent["input"].endswith("EOF") for _, sent, _ in units):
            raise errors.CommandRejected("nothing was sent: a banner without its EOF", device=self._device)
        with self._aborted_after_an_error():
            differs = self._enter(units, done) and bool(self._difference())
        if done.error is None and differs:
            self._commit(done)
        else:
            self._drop(done)
        if save and done.error is None:
            self._save(done)
        return done

    def _enter(self, units: list[tuple[str, Command, int]], done: Push) -> bool:
        """Send the lines; whether every one was taken."""
        try:
            answers = self._run([f"configure session {self._name}", *(command for _, command, _ in units)])
        except Failed as failure:
            if failure.number == 0:
                done.error = self._refused(f"no configuration session: {failure.why()}")
                return False
            if failure.internal:
                raise self._broke(failure) from None
            taken, (line, _, _) = units[: failure.number - 1], units[failure.number - 1]
            done.lines = [*(PushedLine(one, "") for one, _, _ in taken), PushedLine(line, failure.why())]
            done.accepted = sum(count for _, _, count in taken)
            total = sum(count for _, _, count in units)
            where = f"line {done.accepted + 1} of {total} refused: {without_secrets(line)!r}"
            done.error = self._refused(f"{where} ({failure.why()}); nothing was committed")
            return False
        done.lines = [PushedLine(line, answer) for (line, _, _), answer in zip(units, answers[1:], strict=True)]
        done.accepted = sum(count for _, _, count in units)
        return True

    def _difference(self) -> str:
        try:
            return self._run([f"show session-config named {self._name} diffs"], reads=True)[0].strip()
        except Failed as failure:
            raise self._broke(failure) from None

    def _commit(self, done: Push) -> None:
        try:
            done.committed = self._run([f"configure session {self._name}", "commit"])[1]
        except Failed as failure:
            if failure.internal:
                raise self._broke(failure) from None
            done.error = self._refused(f"the commit was refused: {failure.why()}; nothing was committed")
            self._drop(done)
        else:
            done.changed = True

    def _save(self, done: Push) -> None:
        try:
            (said,) = self._run([SAVE])
        except Failed as failure:
            done.error = self._refused(
                f"the lines are in the running configuration, but saving was refused: {failure.why()}"
            )
        else:
            done.committed = "\n".join(part for part in (done.committed, said) if part)

    def _drop(self, done: Push) -> None:
        """Abort the session; where that fails, a refusal is still what is told."""
        try:
            self._abort(self._read_timeout)
        except errors.DeviceError:
            if done.error is None:
                raise
            done.error = self._refused(f"{done.error}, but the session {self._name} may be pending")

    def _run(self, commands: Sequence[Command], read_timeout: float | None = None, *, reads: bool = False) -> list[str]:
        results = self._calls.run(commands, "text", reads=reads, read_timeout=read_timeout or self._read_timeout)
        return [str(one.get("output", "")).rstrip("\n") if isinstance(one, dict) else str(one) for one in results]

    def _abort(self, read_timeout: float) -> None:
        with contextlib.suppress(Failed):  # there is no such session
            self._run([f"configure session {self._name}", "abort"], read_timeout)

    @contextlib.contextmanager
    def _aborted_after_an_error(self) -> Iterator[None]:
        """Try once not to leave the session pending: EOS allows few of them."""
        try:
            yield
        except errors.DeviceError as error:
            try:
                self._abort(_ABORT_TIMEOUT)
            except errors.DeviceError:
                error.add_note(f"configuration session {self._name} may be pending: `no configure session`")
            raise

    def _refused(self, words: str) -> errors.CommandRejected:
        return errors.CommandRejected(words, device=self._device)

    def _broke(self, failure: Failed) -> errors.DeviceError:
        return errors.DeviceError(f"the configuration session {self._name}: {failure.why()}", device=self._device)


def _units(lines: Sequence[str]) -> Iterator[tuple[str, Command, int]]:
    """Yield each line as it is shown and as it is sent, with how many it stands for: a banner is one, up to EOF."""
    rest = iter(lines)
    for line in rest:
        if not _BANNER.match(line):
            yield line, line.strip(), 1
            continue
        text = []
        for more in rest:
            text.append(more)
            if more.strip() == "EOF":
                break
        yield line, {"cmd": line.strip(), "input": "\n".join(text)}, 1 + len(text)
