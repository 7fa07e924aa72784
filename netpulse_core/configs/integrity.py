"""Whether what a device answered is its whole configuration, and nothing else."""

import re
from collections.abc import Iterator, Sequence

from netpulse_core.configs.normalising import lines
from netpulse_core.configs.platforms import ConfigPlatform

_PROMPT = re.compile(
    r"[\w.@/:+-]{1,63}(?:\([\w./-]+\))?[#>]"
    r"(?:\s*(?:sh(?:ow?)?|disp(?:lay)?|exit|quit|end|conf(?:igure)?|term(?:inal)?|no|write)\b.*|\s*)"
)
_TIME = (
    r"(?:\d{1,10}: )?(?:[\w/-]{1,40}/CPU\d+:)?[*.]?"
    r"(?:\d{4} )?(?:[A-Z][a-z]{2} +\d{1,2} |\d{4}-\d\d-\d\d[T ])?(?:\d{4} )?"
    r"(?:\d\d:\d\d:\d\d\b|\d+[ywd]\d+[wdh]\b).{0,80}?"
)
_LOGGED = re.compile(
    rf"\s*(?:{_TIME})?%([A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*-[0-7]-[A-Z0-9_]+) ?:.*"
    rf"|\s*(?:{_TIME}%%\d\d|%{_TIME}(?:%%\d\d)?)([A-Z][A-Z0-9_]*/[0-7]/\w+)(?:\(\w+\))?(?:\[\d+\])?:.*"  # VRP, Comware
)
"""A line of the log as the console is told it: it begins with its time or its `%`, where a configuration has a word."""
_ECHO = r"\s*(?:disp(?:lay)?|quit|return|system-view|screen-length|undo|save)\b.*"
_QUOTES = re.compile(r'"(?:[^"\\]|\\.)*"')
_REFUSAL = re.compile(
    r"\s*% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized|Authorization|Permission|Bad|Error|Command)\b.*"
    r"|\s*\^\s*|(?:error|syntax error): .*|Error: .*|\s*--+ ?\(?(?i:more).*",
)


def doubts(text: str, platform: ConfigPlatform, *, before: int | None, size: int, smallest: float) -> list[str]:
    """Return why a capture is not believed, in words; nothing where it is.

    `before` and `size` are the bytes of the last good configuration and of this one, normalised; `smallest` is the part
    of it below which a configuration is not likely to have shrunk by itself.
    """
    said = [(line, quoted) for line, quoted in lines(text, platform)]
    own = [line for line, quoted in said if not quoted and line.strip()]
    if size == 0 or not own:
        return ["it is empty"]
    found = [*_foreign(own, platform), *_ending(said, own, platform), *_doubled(own, platform)]
    if before and smallest and size < before * smallest:
        found.append(
            f"it has shrunk to {size / before:.0%} of the last good one ({size:,} of {before:,} bytes); "
            f"less than {smallest:.0%} is not believed unasked"
        )
    return found


def _foreign(own: Sequence[str], platform: ConfigPlatform) -> Iterator[str]:
    commands = {platform.show, platform.shell} - {""}
    if platform.xml:
        return
    for number, line in enumerate(own, 1):
        if _PROMPT.fullmatch(line) or line.strip() in commands or _asks(line, platform):
            yield f"a prompt or an echo stands in it (line {number}): an answer to something else may be mixed in"
            break
    logged = next((found[1] or found[2] for line in own if (found := _LOGGED.fullmatch(line))), None)
    if logged is not None:
        yield f"a line of the device's log stands in it: %{logged}"
    refusal = next((line.strip() for line in own if _REFUSAL.fullmatch(line)), None)
    if refusal is not None:
        yield f"the device's words of a refusal stand in it: {refusal[:60]!r}"
    if platform.line:
        strange = [line for line in own if not re.fullmatch(platform.line, line) and not line.startswith("#")]
        if strange:
            yield f"{len(strange)} of its lines are none of a configuration of {platform.sentence}"


def _asks(line: str, platform: ConfigPlatform) -> bool:
    return bool(platform.prompt) and re.fullmatch(f"(?:{platform.prompt})(?:{_ECHO})?", line) is not None


def _ending(said: Sequence[tuple[str, bool]], own: Sequence[str], platform: ConfigPlatform) -> Iterator[str]:
    last = next((one for one in reversed(said) if one[0].strip()), ("", False))
    if platform.end and (last[1] or not re.fullmatch(platform.end, last[0].strip())):
        yield f"it does not end as a whole one of {platform.sentence} does: the end is missing"
    bare = (_QUOTES.sub("", line) for line in own) if platform.braces else ()
    if sum(line.count("{") - line.count("}") for line in bare) != 0:
        yield "its braces do not match: a part of it is missing"


def _doubled(own: Sequence[str], platform: ConfigPlatform) -> Iterator[str]:
    if not platform.once:
        return
    names = [found[1] for line in own if (found := re.fullmatch(platform.once, line))]
    if len(names) > len(set(names)):
        yield f"`{names[0]}` stands in it more than once: it is more than one configuration"
