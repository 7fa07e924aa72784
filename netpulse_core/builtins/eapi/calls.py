"""eAPI's JSON-RPC: a list of commands, and the answer to each, or to the one that failed."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from netpulse_core import errors
from netpulse_core.builtins.http.connection import HttpConnection
from netpulse_core.builtins.http.failures import Forbidden
from netpulse_core.builtins.netmiko.platforms import without_secrets

Format = Literal["json", "text"]
Command = str | Mapping[str, str]
"""A line, or `{"cmd": line, "input": what it asks for}`."""

_CODES = {
    1000: "could not be run",
    1001: "failed inside the switch",
    1002: "is no valid command",
    1003: "has no JSON: ask for text",
    1004: "goes with no other command in one call",
    1005: "is not permitted to this user",
}
"""What a command failed of (Arista, eAPI, "Error codes")."""

_INTERNAL = 1001


class Failed(Exception):
    """A command failed; those before it were run, those after it were not."""

    def __init__(self, number: int, code: int, words: Sequence[str]) -> None:
        super().__init__(f"command {number}: {code}")
        self.number = number
        """Counted from 0 among the commands that were given."""
        self.code = code
        self.words = tuple(words)

    def why(self) -> str:
        """Return what the switch says, in one line without secrets."""
        said = "; ".join(without_secrets(word) for word in self.words)
        code = f"{self.code} {_CODES.get(self.code, 'an error')}"
        return f"{said} ({code})" if said else code

    @property
    def internal(self) -> bool:
        """Whether the switch itself failed, so that nobody knows whether the command was run."""
        return self.code == _INTERNAL or self.code not in _CODES


class Calls:
    """Runs commands in privileged mode; each call begins and ends by itself, as if logged in anew."""

    def __init__(self, http: HttpConnection, secret: str | None) -> None:
        self._http = http
        self._secret = secret
        self._enable: Command = {"cmd": "enable", "input": secret} if secret else "enable"

    def run(self, commands: Sequence[Command], form: Format, *, reads: bool, read_timeout: float) -> list[Any]:
        """Return each command's answer; raise Failed for the one that was refused."""
        body = {
            "jsonrpc": "2.0",
            "id": "netpulse",
            "method": "runCmds",
            "params": {"version": 1, "cmds": [self._enable, *commands], "format": form},
        }
        answer = self._http.call(body, reads=reads, read_timeout=read_timeout)
        match answer:
            case {"result": [_, *results]} if len(results) == len(commands):
                return results
            case {"error": {"code": int(code), "data": [*done, last]}} if len(done) <= len(commands):
                self._fail(len(done), code, last)
            case {"error": {"code": int(code), "message": str(message)}}:
                raise self._error(f"the call was refused: {self._said(message)} ({code})")
        raise self._error("what answers is not eAPI")

    def _fail(self, failed: int, code: int, last: Any) -> None:
        said = last.get("errors", []) if isinstance(last, Mapping) else []
        words = [self._said(str(word)) for word in said] if isinstance(said, list) else []
        failure = Failed(failed - 1, code, words)
        if failed == 0:
            raise Forbidden(
                f"privileged mode refused: {failure.why()}",
                device=self._http.device,
                hint="give the enable secret as `secret` in the extras of this connection, or the user the right",
            )
        raise failure

    def _said(self, text: str) -> str:
        text = self._http.redacted(" ".join(text.split()))
        text = text.replace(self._secret, "********") if self._secret else text
        return text[:300]

    def _error(self, words: str) -> errors.DeviceError:
        return errors.DeviceError(words, device=self._http.device, hint="is eAPI enabled? `show management api`")
