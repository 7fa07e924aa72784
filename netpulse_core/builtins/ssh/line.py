"""The line to one device as this package uses it: ask, wait, and trust it no more after anything unexpected."""

import threading
from typing import TYPE_CHECKING, Any

from netpulse_core import errors
from netpulse_core.builtins import asyncssh_transport as transport
from netpulse_core.builtins.netmiko.platforms import without_secrets
from netpulse_core.builtins.ssh.platform import Platform

if TYPE_CHECKING:
    from netpulse_core.builtins.ssh.shell import Answer, Ask, Shell


class AskedBack(errors.CommandRejected):
    """The device asked a question where it should have answered; nothing was answered to it."""


class Line:
    """One session's shell and its connection, asked from any thread."""

    __slots__ = ("alone", "device", "link", "platform", "rest", "shell")

    def __init__(self, link: Any, shell: "Shell", platform: Platform, device: str) -> None:
        self.alone = threading.RLock()
        """Held while something is asked that others must not come in between."""
        self.link = link
        self.shell = shell
        self.platform = platform
        self.device = device
        self.rest = shell.mode
        """The mode the session was opened in, and is lent in."""

    def ask(self, one: "Ask", read_timeout: float) -> "Answer":
        """Return the answer; whatever is raised, nothing more can be asked."""
        transport.call(self.shell.begin, one)
        try:
            return one.future.result(read_timeout)
        except TimeoutError:
            end = self.shell.tail()
            self.give_up("an answer did not come in time")
            said = f"; the last line was {without_secrets(end)!r}" if end else ""
            raise errors.TimedOut(
                f"no complete answer within {read_timeout:g} s{said}",
                device=self.device,
                hint="the device may be busy: raise the timeout, or look at its load",
            ) from None
        except BaseException:
            self.give_up("an answer was not waited for")
            raise

    def to_prompt(self, sent: str, read_timeout: float, *, any_host: bool = False) -> "Answer":
        """Send one line, or several the device takes as one, and return the answer; raises AskedBack."""
        from netpulse_core.builtins.ssh.shell import Ask  # noqa: PLC0415 - it needs asyncssh

        one = Ask(sent, echo=sent.rpartition("\n")[2], any_host=any_host, sure=self.platform.is_read(sent))
        answer = self.ask(one, read_timeout)
        if not answer.mode:
            self.give_up("the device waits for an answer")
            raise AskedBack(
                f"the device asks back, and nothing was answered: {without_secrets(answer.last)!r}",
                device=self.device,
                hint="hold the dialogue on purpose: `send_dialog`",
            )
        return answer

    def give_up(self, why: str) -> None:
        """Let nothing more be asked: a late answer would be the next one's."""
        self.shell.over = self.shell.over or why
        transport.call(self.shell.end, why)
        transport.abort(self.link)

    @property
    def alive(self) -> bool:
        """Whether something can still be asked."""
        return not self.shell.over and not self.link.is_over

    @property
    def at_rest(self) -> bool:
        """Whether the session is at the prompt and in the mode it was opened in, nothing left unread."""
        shell = self.shell
        return self.alive and not shell.is_busy and shell.mode == self.rest and shell.is_read_to_the_end
