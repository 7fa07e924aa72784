"""From what came over the wire to what was said: pure functions on bytes, quick on large answers."""

import re

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[=>78cDEHM])")
_LINE_ENDS = re.compile(rb"\r+\n|\n\r|\r")
_ERASED = rb"(?:\x1b\[[0-9;]*[Km])*(?:\x08+(?: +\x08+)?|\r *\r|\r\x1b\[[0-9;]*K)?"
"""How a device takes a line back from the screen."""

_NOT_SHOWN = bytes([*range(9), 0x0E, 0x0F, 0x7F])
_LAST = 1024
"""Bytes at the end in which the last line is looked for; no prompt is longer."""


def text(data: bytes) -> str:
    """Return the text of an answer: line ends as `\\n`, no escapes; bytes that are no UTF-8 stay visible as U+FFFD."""
    if b"\x1b" in data:
        data = _ESCAPES.sub(b"", data)
    if b"\r" in data:
        data = _LINE_ENDS.sub(b"\n", data)
    return data.translate(None, _NOT_SHOWN).decode("utf-8", "replace")


def last_line(buffer: bytearray) -> tuple[int, str]:
    """Return where the last line begins, and its text without the spaces around it."""
    nearest = len(buffer) - 2 * _LAST  # not further: each piece of a large answer is looked at
    start = max(buffer.rfind(b"\n", max(0, nearest)), buffer.rfind(b"\r", max(0, nearest))) + 1
    if len(buffer) - start > _LAST or (not start and nearest > 0):
        return start, ""
    return start, text(bytes(buffer[start:])).strip()


def end_of_echo(buffer: bytearray, sent: bytes) -> int:
    """Return where the line after the echo of what was sent begins, or -1 where the echo is not whole yet."""
    found = buffer.find(sent)
    if found >= 0:
        return buffer.find(b"\n", found + len(sent)) + 1 or -1
    wanted = _bare(sent)
    start = end = 0
    while (end := buffer.find(b"\n", end) + 1) and start < len(sent) * 3 + _LAST:
        # A device that redraws a long line, or breaks it, says it in pieces.
        if _bare(bytes(buffer[:end])).endswith(wanted):
            return end
        start = end
    return -1


def _bare(data: bytes) -> bytes:
    return re.sub(rb"[\s\x00\x08$<>]", b"", _ESCAPES.sub(b"", data))


def without_pages(data: bytes, pager: re.Pattern[str]) -> bytes:
    """Return an answer without what the pager wrote, and took back, between its pages."""
    shown = re.compile(rb" *(?:" + pager.pattern.encode() + rb") *" + _ERASED)
    return shown.sub(b"", data)
