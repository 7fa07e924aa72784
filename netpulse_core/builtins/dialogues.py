"""The turns of a dialogue as a run takes them: checked at acceptance, because nobody can answer for a wrong one."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, NotRequired, Protocol, TypedDict

import regex
from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError, with_config

from netpulse_core import SentLines, Turn, errors

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ASKS_FOR_A_SECRET = re.compile(r"passw|passphrase|passcode|secret|\bpin\b|community|token", re.IGNORECASE)
_LONGEST_PATTERN, _MOST_REPEATS = 200, 3
_REPEATED_GROUP = re.compile(r"(?<!\\)\)[*+{]")
_REPEAT = re.compile(r"(?<!\\)[*+{]")

_SEEKING = 0.25
"""Seconds that one search may take: `(a|a)(a|a)...` and `a?a?...` have no repeat in them and never end either."""


class Searched(Protocol):
    """A compiled pattern, ours or one of `re`."""

    def search(self, text: str, /) -> object:
        """Return something true where it stands in a text."""


class Sought:
    """What a device is expected to ask; a pattern that takes too long is given up, and is then found nowhere."""

    def __init__(self, pattern: str) -> None:
        self._pattern = regex.compile(pattern)
        self._given_up = False

    def search(self, text: str, /) -> bool:
        """Whether it stands in a text."""
        if self._given_up:
            return False
        try:
            # Other threads go on meanwhile, heartbeats among them: `re` would hold all of them up.
            return self._pattern.search(text, timeout=_SEEKING, concurrent=True) is not None
        except TimeoutError:
            self._given_up = True
            return False


@with_config(ConfigDict(extra="forbid"))
class GivenTurn(TypedDict):
    """What to send, and a regular expression of the question that must come of it; without one, the prompt."""

    send: str
    expect: NotRequired[str]


def checked(turns: list[GivenTurn]) -> list[GivenTurn]:
    """Return the turns; raise ValueError where one could never be right."""
    if not turns:
        raise ValueError("there is no turn in it")
    asked = ""
    for number, turn in enumerate(turns, 1):
        if _CONTROL.search(turn["send"]):
            raise ValueError(f"turn {number}: a control character in what is sent")
        if _ASKS_FOR_A_SECRET.search(asked):
            raise ValueError(
                f"turn {number}: it would answer a question for a secret, and parameters are recorded with the run"
            )
        asked = turn.get("expect", "")
        if why := _cannot_be_sought(asked):
            raise ValueError(f"turn {number}: expect: {why}")
    return turns


Turns = Annotated[list[GivenTurn], AfterValidator(checked), SentLines()]
_TURNS: TypeAdapter[list[GivenTurn]] = TypeAdapter(Turns)


def turns_of(given: Any) -> Sequence[Turn]:
    """Validate again, because in a plain Nornir script nobody did, and return the turns."""
    try:
        taken = _TURNS.validate_python(given)
    except ValidationError as error:
        problems = [f"parameter 'turns': {one['msg'][0].lower()}{one['msg'][1:]}" for one in error.errors()]
        raise errors.InvalidParameters("send_dialog", problems) from error
    return [Turn(turn["send"], turn.get("expect", "")) for turn in taken]


def _cannot_be_sought(pattern: str) -> str:
    """Say why a pattern is none, or could take the worker hostage: each repeat multiplies the ways to fail."""
    if len(pattern) > _LONGEST_PATTERN:
        return f"longer than {_LONGEST_PATTERN} characters"
    try:
        regex.compile(pattern)
    except regex.error as error:
        return f"no regular expression: {error}"
    if _REPEATED_GROUP.search(pattern) or len(_REPEAT.findall(pattern)) > _MOST_REPEATS:
        return f"a repeated group, or more than {_MOST_REPEATS} repeats, can take for ever to seek"
    return ""
