"""One open shell on the event loop: what was sent, what came back, and when an answer is whole."""

import asyncio
from concurrent.futures import Future
from typing import Any, NamedTuple

import asyncssh

from netpulse_core.builtins.dialogues import Searched
from netpulse_core.builtins.floods import LARGEST_ANSWER, TOO_MUCH
from netpulse_core.builtins.ssh import screen
from netpulse_core.builtins.ssh.platform import Platform

SHORT = 512
"""Bytes of an answer that is believed at its prompt although it came in several pieces."""

SETTLE = 0.005
"""Seconds of silence after which a prompt may be one; a longer read is then made sure of, see `Ask.sure`."""

SETTLE_ASKED, SETTLE_UNECHOED, SETTLE_IN_VAIN = 0.1, 0.5, 1.0
"""The same at a question; after what the device did not repeat, as a password; and after a return it did not take."""

_UNREAD = 65536
_TAIL = 400
"""Bytes at the end of an answer in which something other than a prompt is looked for: a question comes last."""

_CUT_HOST = 20
"""Letters of its name that IOS shows in configuration mode."""


class Answer(NamedTuple):
    """What came until the end: `ended` is the mode of the prompt there, or empty where the device waits elsewhere."""

    text: str
    mode: str
    last: str
    """The last line: the prompt, or what the device asks."""


class Ask:
    """One thing sent and the answer awaited.

    The answer begins after the `echo`, which a device may leave out only where it is `unseen`, as that of a password.
    `until` is what may come instead of a prompt; `any_host` says that the prompt may be of another name. Of what is
    `sure` to read, a long answer in several pieces ends at a prompt only when return is pressed and the same prompt
    follows: a line of it may look like a prompt, and end a piece.
    """

    __slots__ = ("any_host", "echo", "future", "line", "paged", "pieces", "pressed", "sure", "unseen", "until")

    def __init__(
        self,
        line: str | None,
        *,
        echo: str = "",
        unseen: bool = False,
        until: Searched | None = None,
        any_host: bool = False,
        sure: bool = False,
    ) -> None:
        self.line = line
        self.echo = echo.encode()
        self.unseen = unseen
        self.until = until
        self.any_host = any_host
        self.sure = sure
        self.pressed = False
        self.paged = 0
        self.pieces = 0
        """In how many pieces the answer came, its echo not counted."""
        self.future: Future[Answer] = Future()


class SessionOver(EOFError):
    """The session ended, or may no longer be used."""


class Shell(asyncssh.SSHClientSession[bytes]):
    """The reader of one session; its methods run on the loop, its attributes may be looked at from anywhere."""

    def __init__(self, loop: asyncio.AbstractEventLoop, platform: Platform) -> None:
        self._loop = loop
        self._platform = platform
        self._channel: Any = None
        self._buffer = bytearray()
        self._ask: Ask | None = None
        self._looking = False
        self.host = ""
        self.mode = ""
        self.prompt = ""
        self.over = ""
        """Why nothing more can be asked."""

    def connection_made(self, chan: Any) -> None:
        self._channel = chan

    def connection_lost(self, exc: Exception | None) -> None:
        self.end("the device closed the session" if exc is None else str(exc) or type(exc).__name__)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        self._buffer += data
        if self._ask is not None and (self._ask.pieces or 0 < self._body(self._ask) < len(self._buffer)):
            self._ask.pieces += 1
        if self._ask is None:
            if len(self._buffer) > _UNREAD:
                del self._buffer[: -_UNREAD // 2]
        elif len(self._buffer) > LARGEST_ANSWER:
            self._buffer = bytearray()
            self.end(TOO_MUCH)
        elif not self._looking:
            # All packets that arrived together are looked at together.
            self._looking = True
            self._loop.call_soon(self._look)

    def end(self, why: str) -> None:
        """Let nothing more be asked, and fail who waits."""
        self.over = self.over or why
        ask, self._ask = self._ask, None
        if ask is not None and not ask.future.done():
            ask.future.set_exception(SessionOver(self.over))

    def begin(self, ask: Ask) -> None:
        """Send what is asked, and set its future when the answer is whole."""
        if self.over or self._ask is not None:
            ask.future.set_exception(SessionOver(self.over or "another answer is still awaited"))
            return
        self._ask = ask
        if ask.line is not None:
            self._buffer = bytearray()  # what was left there is not the answer
            self._write(ask.line.encode() + b"\n")
        elif self._buffer:
            self._look()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._ask is not None

    @property
    def is_read_to_the_end(self) -> bool:
        """Whether nothing came unasked, but lines that ended in the same prompt again."""
        return not self._buffer or screen.last_line(self._buffer)[1] == self.prompt

    def tail(self) -> str:
        """Return the last line that came."""
        return screen.last_line(self._buffer)[1]

    def _write(self, data: bytes) -> None:
        try:
            self._channel.write(data)
        except OSError as error:
            self.end(str(error) or "the session had ended")

    def _look(self) -> None:
        self._looking = False
        ask = self._ask
        if ask is None:
            return
        settle = self._settle(ask)
        if settle is None:
            return
        size = len(self._buffer)
        if settle:
            self._loop.call_later(settle, self._confirm, ask, size)
        else:
            # After one more turn of the loop, in which whatever else had arrived is read.
            self._loop.call_soon(self._confirm, ask, size)

    def _confirm(self, ask: Ask, size: int) -> None:
        if self._ask is ask and len(self._buffer) == size:
            self._conclude(ask)

    def _settle(self, ask: Ask) -> float | None:
        """Return how long to wait for more before this is taken for the end; None where it is not the end."""
        start, line = self._last(ask)
        body = self._body(ask)
        if ask.until is not None and body >= 0:
            tail = bytes(self._buffer[max(body, len(self._buffer) - _TAIL) :])
            if ask.until.search(screen.text(tail)):
                return SETTLE
        if self._mode_of(ask, line):
            if ask.line is None:
                return SETTLE
            if ask.unseen:
                return SETTLE_ASKED if body > 0 else SETTLE_UNECHOED
            if not 0 < body <= start:
                return None
            return self._settle_at_prompt(ask, start, line)
        if self._pages(line):
            return SETTLE
        if any(one.search(line) for one in self._platform.questions):
            return SETTLE_ASKED
        return None

    def _settle_at_prompt(self, ask: Ask, start: int, line: str) -> float:
        if ask.pressed:
            return SETTLE_IN_VAIN if self._same_before(start, line) < 0 else 0.0
        if ask.until is None and not self._is_long(ask) and not self._is_doubtful(ask, line):
            return 0.0
        return SETTLE if ask.sure else SETTLE_ASKED

    def _is_doubtful(self, ask: Ask, line: str) -> bool:
        """Whether return has to be pressed: after a long answer, and at a prompt that is not the one before it."""
        return ask.sure and bool(self.prompt) and (self._is_long(ask) or line != self.prompt)

    def _is_long(self, ask: Ask) -> bool:
        """Whether a line of the answer may have ended a piece; what came in one piece ends nowhere but at its end."""
        return ask.pieces > 1 and len(self._buffer) >= SHORT

    def _same_before(self, start: int, line: str) -> int:
        """Return where the line before the last one begins, if it says the same; otherwise -1."""
        first = max(0, start - _TAIL)
        end = start
        while end > first:
            begin = max(self._buffer.rfind(b"\n", first, end - 1) + 1, first)
            before = screen.text(bytes(self._buffer[begin:end])).strip()
            if not self._is_context(before) and not any(one.fullmatch(before) for one in self._platform.logs):
                return begin if line.endswith(before) else -1
            end = begin
        return -1

    def _body(self, ask: Ask) -> int:
        """Return where the answer begins, or -1 where the echo before it is still to come."""
        if ask.line is None:
            return 0
        found = screen.end_of_echo(self._buffer, ask.echo)
        if found < 0 and ask.unseen and not ask.echo.startswith(bytes(self._buffer[:_TAIL].strip())):
            return 0
        return found

    def _last(self, ask: Ask) -> tuple[int, str]:
        """Return where the last line begins and what it says; what a pager wrote is no line."""
        start, line = screen.last_line(self._buffer)
        if start < ask.paged:
            return ask.paged, screen.text(bytes(self._buffer[ask.paged :])).strip()
        return start, line

    def _pages(self, line: str) -> bool:
        pager = self._platform.pager
        return pager is not None and pager.shows.fullmatch(line) is not None

    def _mode_of(self, ask: Ask, line: str) -> str:
        for mode, prompt in self._platform.prompts.items():
            found = prompt.fullmatch(line)
            if found and (ask.any_host or self._is_ours(found["host"])):
                return mode
        if (self._platform.glued or ask.pressed) and self.prompt and line.endswith(self.prompt):
            return self.mode
        return ""

    def _is_ours(self, host: str) -> bool:
        return not self.host or host == self.host or (len(host) >= _CUT_HOST and self.host.startswith(host))

    def _conclude(self, ask: Ask) -> None:
        start, line = self._last(ask)
        mode = self._mode_of(ask, line)
        if not mode and self._pages(line):
            assert self._platform.pager is not None
            ask.paged = len(self._buffer)
            self._write(self._platform.pager.answer.encode())
            return
        if mode and not ask.pressed and self._is_doubtful(ask, line):
            ask.pressed = True
            self._write(b"\n")
            return
        body = max(0, self._body(ask))
        before = self._same_before(start, line) if ask.pressed else -1
        # At a prompt the last line is no part of the answer; at a question it is.
        end = len(self._buffer) if not mode else start if before < 0 else before
        said = bytes(self._buffer[body:end])
        if mode and self._platform.glued and line != self.prompt and line.endswith(self.prompt):
            said += line.removesuffix(self.prompt).encode()
        if ask.paged and self._platform.pager is not None:
            said = screen.without_pages(said, self._platform.pager.shows)
        self._buffer = bytearray()
        self._ask = None
        if mode:
            self._learn(ask, mode, line)
        if not ask.future.done():
            ask.future.set_result(Answer(self._without_context(screen.text(said)), mode, line))

    def _learn(self, ask: Ask, mode: str, line: str) -> None:
        found = self._platform.prompts[mode].fullmatch(line)
        # Before anything was sent, a line of the banner may look like a prompt.
        if found and ask.line is not None and (not self.host or ask.any_host) and len(found["host"]) != _CUT_HOST:
            self.host = found["host"]
        self.mode = mode
        self.prompt = line if found else self.prompt

    def _without_context(self, answer: str) -> str:
        lines = answer.removesuffix("\n").split("\n") if answer else []
        while self._platform.context and lines and self._is_context(lines[-1]):
            lines.pop()
        return "\n".join(lines)

    def _is_context(self, line: str) -> bool:
        return not line.strip() or any(one.fullmatch(line.strip()) for one in self._platform.context)
