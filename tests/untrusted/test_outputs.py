"""What devices say and people ask for: cut where it is too much, and not obeyed by a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from netpulse_core.builtins import dialogues, floods
from netpulse_core.cli.screen import Screen, clean
from netpulse_core.runs.plain import MOST, Room, kept

PATTERNS = yaml.safe_load((Path(__file__).parent / "dialogues.yaml").read_text())
HOSTILE = "\x1b]0;owned\x07 \x1b[2J \x9b2J \x9d0;owned\x9c a\x08\x08b \u202etxt.exe\u202c\r"


def test_an_output_that_is_cut_says_so() -> None:
    room = Room(10)
    assert room.text("12345") == "12345"
    assert room.text("ääää") == "ää\n[cut here by NetPulse; bytes not kept: 4]"
    assert room.text("6") == "\n[cut here by NetPulse; bytes not kept: 1]"
    assert room.text("") == ""


def test_half_of_a_structure_is_kept_as_the_text_it_is() -> None:
    assert Room(100).value({"a": [1, 2]}) == {"a": [1, 2]}
    assert Room(8).value({"a": [1, 2]}) == '{"a": [1\n[cut here by NetPulse; bytes not kept: 5]'
    assert Room(0).value(None) is None


def test_no_text_is_cut_in_silence() -> None:
    assert kept("x" * (MOST + 1), str).endswith("[cut here by NetPulse; characters not kept: 1]")


@pytest.mark.parametrize("case", PATTERNS)
def test_a_pattern_that_never_ends_is_given_up(case: dict[str, str]) -> None:
    assert dialogues.checked([{"send": "x", "expect": case["expect"]}])
    sought = dialogues.Sought(case["expect"])
    assert not sought.search(case["text"])
    assert not sought.search(case["text"])


def test_a_question_is_found() -> None:
    assert dialogues.Sought(r"\[confirm\]").search("Erase? [confirm]")


def test_a_device_that_does_not_stop_talking_is_given_up() -> None:
    flood = floods.Flood()
    flood.heard(floods.LARGEST_ANSWER)
    with pytest.raises(EOFError, match="more than 64 MiB"):
        flood.heard(1)
    flood.sent()
    flood.heard(1)


def test_a_terminal_obeys_nothing_that_a_device_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert not set(clean(HOSTILE)) & set("\x1b\x07\x08\x9b\x9c\x9d\u202e\r")
    Screen(json=True).document({HOSTILE: HOSTILE})
    written = capsys.readouterr().out
    assert not set(written) & set("\x1b\x07\x08\x9b\x9c\x9d\u202e\r")
    assert json.loads(written) == {HOSTILE: HOSTILE}
