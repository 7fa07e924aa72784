"""Cassettes as files: what is written is read again, what a person writes is enough, and what is wrong is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies

from netpulse_core.lab import Cassette
from netpulse_core.lab.cassette import text

TEXTS = strategies.text(strategies.characters(exclude_categories=["Cs"])) | strategies.text("ab \n\t\r:#-'\"|>%^é\x1b")


@pytest.mark.thorough
@given(TEXTS, strategies.lists(TEXTS, min_size=2, max_size=3))
def test_every_answer_is_read_as_it_was_written(answer: str, several: list[str]) -> None:
    values = {
        "cassette": 1,
        "prompt": "r1#",
        "lines": [{"command": "one", "answer": answer}, {"command": "two", "answer": several}],
    }
    assert yaml.safe_load(text(values, "r1.yaml")) == values


def test_lines_that_end_in_a_space_are_written_as_lines() -> None:
    values = {"prompt": "r1#", "lines": [{"command": "show ports", "answer": "Port  State   \n1     up      \n"}]}
    assert "  answer: |\n    Port  State   \n    1     up      \n" in text(values, "r1.yaml")


def test_what_a_person_writes_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "r1.yaml"
    file.write_text("platform: cisco_ios\nprompt: 'r1#'\nlines:\n- command: show clock\n  answer: |\n    12:00\n")
    found = Cassette.load(file)
    assert (found.platform, found.device, found.cassette) == ("cisco_ios", "", 1)
    line = found.find("show clock", "r1#")
    assert line is not None
    assert line.answers(0) == "12:00\n"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"prompt": "x#", "cassette": 2}, "cassette: version 2 is not known here, but 1"),
        ({"prompt": "x#", "recorded": "today"}, "recorded: must be a mapping"),
        ({"prompt": 7}, "the script: prompt: 7 is no text: put it in quotes"),
        ({"prompt": "x#", "lines": [{"command": "a", "answer": 42}]}, "number 1: answer: 42 is no text"),
        ({"prompt": "x#", "lines": [{"command": "a", "answer": ["b", True]}]}, "number 1: answer: True is no text"),
        ({"prompt": "x#", "taped": 1}, "no such key: taped; there are prompt"),
        ("prompt", "must be a mapping"),
    ],
    ids=str,
)
def test_what_is_no_cassette_is_said(values: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Cassette.of(values)
