"""The lines of a configuration that are equal where two configurations are."""

import re
from collections.abc import Iterator
from functools import cache

from netpulse_core.configs.platforms import ConfigPlatform


def normalised(text: str, platform: ConfigPlatform) -> str:
    """Return a configuration without lines that change by themselves, say nothing, or only frame it."""
    volatile = _volatile(platform)
    kept = (line for line, quoted in lines(text, platform) if quoted or not volatile.fullmatch(line))
    return "".join(f"{line}\n" for line in kept)


def lines(text: str, platform: ConfigPlatform) -> Iterator[tuple[str, bool]]:
    """Yield each line, its end trimmed, and whether it is somebody's text, as that of a banner is."""
    yield from ((line, quoted) for line, quoted, _ in quotations(text, platform))


def quotations(text: str, platform: ConfigPlatform) -> Iterator[tuple[str, bool, bool]]:
    """Yield what `lines` does, and whether somebody's text goes on after the line."""
    end: str | None = None
    for line in (one.rstrip() for one in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
        if end is not None:
            end = None if _over(line, end, platform) else end
            yield line, True, end is not None
            continue
        found = re.fullmatch(platform.quoted.first, line) if platform.quoted else None
        if found is None or platform.quoted is None:
            yield line, False, False
            continue
        end = platform.quoted.last or found["end"]
        if not platform.quoted.last and end in line[found.end("end") :]:
            end = None
        yield line, True, end is not None


def _over(line: str, end: str, platform: ConfigPlatform) -> bool:
    assert platform.quoted is not None
    return line == end if platform.quoted.last else end in line


@cache
def _volatile(platform: ConfigPlatform) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in platform.volatile) or r"(?!)")
