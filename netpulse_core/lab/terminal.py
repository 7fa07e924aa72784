"""The terminal between bytes and lines: line ends, editing keys, echo and paging; no I/O either."""

import re

from netpulse_core.lab.ios import Shell
from netpulse_core.lab.script import ScriptedShell

_SPECIAL = re.compile(rb"[\x00-\x1f\x7f?]")
_MORE = b" --More-- "
_UNMORE = b"\b" * 9 + b" " * 8 + b"\b" * 9
_ERASE = b"\b \b"


class Terminal:
    """One session's screen and keyboard: `feed` it bytes, act on `next_line`, send what you `take`."""

    def __init__(self, shell: Shell | ScriptedShell) -> None:
        self._shell = shell
        self._input = bytearray()
        self._line = bytearray()
        self._output = bytearray()
        self._page: list[str] = []
        self._after_return = False

    def feed(self, data: bytes) -> None:
        self._input += data

    def take(self) -> bytes:
        output, self._output = bytes(self._output), bytearray()
        return output

    def next_line(self) -> str | None:
        """The next line that is complete, echoed as far as it was typed; None until more arrives."""
        while self._input:
            if self._page:
                self._turn(self._pop())
                continue
            special = _SPECIAL.search(self._input)
            plain = special.start() if special else len(self._input)
            if plain:
                self._type(bytes(self._input[:plain]))
                del self._input[:plain]
                self._after_return = False
            elif (line := self._press(self._pop())) is not None:
                return line
        return None

    def greet(self, text: str) -> None:
        """A banner and the first prompt."""
        self._put(f"{text}\n")
        self.prompt()

    def say(self, text: str) -> None:
        self._put(text)

    def answer(self, text: str) -> None:
        """Show a command's output, a page at a time, and the prompt after it."""
        lines = text.removesuffix("\n").split("\n")
        if self._shell.length and len(lines) > self._shell.length:
            self._page = lines
            self._show(self._screenful)
        else:
            self._put(text)
            self.prompt()

    def prompt(self) -> None:
        self._put(self._shell.prompt)

    @property
    def _screenful(self) -> int:
        return max(1, self._shell.length - 1)

    def _pop(self) -> int:
        return self._input.pop(0)

    def _put(self, text: str) -> None:
        self._output += text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")

    def _type(self, keys: bytes) -> None:
        self._line += keys
        if not self._shell.hidden:
            self._output += keys

    def _press(self, key: int) -> str | None:
        after_return, self._after_return = self._after_return, key == 0x0D
        if key == 0x0A and after_return:
            return None
        if key in (0x0A, 0x0D):
            return self._finish()
        if key in (0x08, 0x7F) and self._line:
            self._rub(1)
        elif key == 0x15:
            self._rub(len(self._line))
        elif key == 0x17:
            kept = self._line.rstrip().rpartition(b" ")
            self._rub(len(self._line) - len(kept[0] + kept[1]))
        elif key == 0x03:
            self._line.clear()
            self._shell.interrupt()
            self._put("^C\n")
            self.prompt()
        elif key == 0x1A and self._shell.configuring:
            self._line[:] = b"end"
            self._put("^Z")
            return self._finish()
        elif key == 0x3F:
            self._type(b"?") if self._shell.asking else self._help()
        elif key == 0x09 and not self._shell.asking:
            self._complete()
        return None

    def _finish(self) -> str:
        line = self._line.decode("utf-8", "replace")
        self._line.clear()
        self._put("\n")
        return line

    def _rub(self, count: int) -> None:
        del self._line[len(self._line) - count :]
        if not self._shell.hidden:
            self._output += _ERASE * count

    def _help(self) -> None:
        line = self._line.decode("utf-8", "replace")
        found = self._shell.completions(line)
        self._put("?\n" + "".join(f"  {word}\n" for word in found or ["% Unrecognized command"]) + "\n")
        self.prompt()
        self._put(line)

    def _complete(self) -> None:
        line = self._line.decode("utf-8", "replace")
        found = [word for word in self._shell.completions(line) if word.islower()]
        if len(found) == 1 and line and not line.endswith(" "):
            self._type(f"{found[0][len(line.rpartition(' ')[2]) :]} ".encode())

    def _turn(self, key: int) -> None:
        self._output += _UNMORE
        if key == 0x20:
            self._show(self._screenful)
        elif key in (0x0A, 0x0D):
            # A paused CRLF is one key, like everywhere else.
            if key == 0x0D and self._input[:1] == b"\n":
                self._pop()
            self._show(1)
        else:
            self._page = []
            self._put("\n")
            self.prompt()

    def _show(self, count: int) -> None:
        now, self._page = self._page[:count], self._page[count:]
        self._put("".join(f"{line}\n" for line in now))
        if self._page:
            self._output += _MORE
        else:
            self.prompt()
