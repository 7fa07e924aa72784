"""What a platform file says: prompts, modes, paging, and what the device answers when it refuses."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from netpulse_core.builtins.netmiko import lines, platforms


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text


Line = Annotated[str, AfterValidator(_one_line)]


def _with_host(prompt: re.Pattern[str]) -> re.Pattern[str]:
    if "host" not in prompt.groupindex:
        raise ValueError("needs a group `host`, as in (?P<host>[\\w.-]+)")
    return prompt


Expression = re.Pattern[str]
Prompt = Annotated[re.Pattern[str], AfterValidator(_with_host)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pager(_Part):
    """What the device stops at when a screen is full, and the key that shows the next one."""

    shows: Expression
    answer: str = " "


class Enable(_Part):
    """The way from the mode of the login to the mode that may do everything."""

    line: Line = "enable"
    asks: Expression = re.compile(r"[Pp]assword: ?")
    mode: str = "privileged"


class Configuration(_Part):
    """How configuration is entered and left; with a `commit`, lines wait in a candidate until it."""

    enter: Line
    leave: Line
    mode: str = "configuration"
    commit: Line = ""
    commented: Line = ""
    """The commit that keeps a `{comment}` beside it, where a device does."""
    committed: Expression = re.compile(r"(?!)")
    """What the answer to the commit says when it was done; anything else is a refusal."""
    discard: Line = ""
    save: Line = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.commit) != bool(self.discard):
            raise ValueError("a `commit` needs a `discard`, which throws the candidate away, and the other way round")
        if self.commented and (not self.commit or "{comment}" not in self.commented):
            raise ValueError("`commented` is a `commit` with {comment} in it")
        return self


class Unit(_Part):
    """Text of several lines that the device takes as one, without a prompt between them, as a banner."""

    first: Expression
    """Its first line, up to what the text may begin with; the group `end` is what ends it."""
    last: Line = ""
    """The line that ends it, where that is always the same."""

    def ends(self, line: str, first: re.Match[str], *, is_first: bool) -> bool:
        """Whether a line is the last of the unit that began with `first`."""
        if self.last:
            return line == self.last
        return first["end"] in (line[first.end("end") :] if is_first else line)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if not self.last and "end" not in self.first.groupindex:
            raise ValueError("needs a `last` line, or a group `end` in `first`")
        return self


class Platform(_Part):
    """One platform; every regular expression of a prompt or a line is matched against the whole of it."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    sentence: Line
    aliases: tuple[str, ...] = ()
    like: str
    """The netmiko platform whose read verbs and refusals hold here too."""
    terminal: str = "vt100"
    prompts: dict[str, Prompt]
    """Of each mode; the group `host` is what stays the same in all of them."""
    prepare: tuple[Line, ...] = ()
    """Lines sent after the login: paging off, lines as wide as they come."""
    pipelined: bool = True
    """Whether the device takes lines while it is busy with those before."""
    pager: Pager | None = None
    enable: Enable | None = None
    configuration: Configuration | None = None
    reads: tuple[Expression, ...] = ()
    """Lines that only read, besides those of `like`."""
    refuses: tuple[Expression, ...] = ()
    refuses_configuration: tuple[Expression, ...] = ()
    notices: tuple[Expression, ...] = ()
    """Answers to configuration that refuse nothing, whatever they look like."""
    questions: tuple[Expression, ...] = ()
    """Ends of an answer at which the device waits for one."""
    context: tuple[Expression, ...] = ()
    """Lines above a prompt that belong to it."""
    logs: tuple[Expression, ...] = ()
    """Lines the device says unasked."""
    units: Unit | None = None
    renames: Expression | None = None
    """A configuration line after which the prompt may be another."""
    help: str = ""
    """Characters that ask for help wherever they are typed, so that no line may hold them."""
    longest: int | None = None
    """Characters of a line beyond which the device cuts it."""
    glued: bool = False
    """Whether a prompt may follow an output without a line end between them."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for part in (self.enable, self.configuration):
            if part is not None and part.mode not in self.prompts:
                raise ValueError(f"there is no prompt of the mode {part.mode!r}")
        return self

    def is_read(self, line: str) -> bool:
        """Whether this one line can do nothing but read."""
        return lines.is_read(self.like, line) or any(one.fullmatch(line) for one in self.reads)

    def refusal(self, answer: str, *, configuring: bool = False) -> str | None:
        """Return the line in which the device refuses what it was sent, or None."""
        if configuring and self.notices:
            kept = [line for line in answer.splitlines() if not any(one.match(line) for one in self.notices)]
            answer = "\n".join(kept)
        own = self.refuses + (self.refuses_configuration if configuring else ())
        found = next((line for line in answer.splitlines() if any(one.match(line) for one in own)), None)
        if found is not None:
            return found.strip()
        return platforms.rejection(self.like, answer, configuring=configuring)

    def why_not(self, line: str) -> str | None:
        """Return why a line cannot be sent as it is, or None."""
        if not line.isprintable():
            return "it must be one line of printable characters"
        if found := next((one for one in self.help if one in line), None):
            return f"{found!r} asks for help on this platform, and what follows it would be another line"
        if self.longest is not None and len(line) > self.longest:
            return f"it has {len(line)} characters, and the device cuts lines at {self.longest}"
        return None
