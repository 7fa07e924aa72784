"""The states of a session in the documentation are the ones the program knows."""

import re
from pathlib import Path

from netpulse_core.model.session import MOVES, Move, SessionState, diagram
from netpulse_core.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "sessions.md").read_text(encoding="utf-8")


def test_the_diagram_is_drawn_from_the_table() -> None:
    (drawn,) = re.findall(r"```mermaid\n(.*?)\n```", PAGE, re.DOTALL)
    assert drawn == diagram()
    assert drawn.count("-->") == len(MOVES) + 1


def test_the_architectures_own_moves_are_all_there() -> None:
    for line in (
        "[*] --> Disconnected", "Disconnected --> Connecting: connect request", "Connecting --> Connected: success",
        "Connecting --> Failed: timeout or error", "Failed --> Disconnected: retry",
        "Connected --> Executing: command request", "Executing --> Connected: command complete",
        "Connected --> Disconnected: idle timeout", "Connected --> Failed: connection lost",
    ):  # fmt: skip
        assert line in diagram()


def test_every_state_can_be_left_and_reached_and_every_move_made() -> None:
    assert {before for before, _ in MOVES} == set(SessionState)
    assert set(MOVES.values()) == set(SessionState)
    assert {move for _, move in MOVES} == set(Move)


def test_every_move_is_explained_beside_the_diagram() -> None:
    for move in Move:
        assert move.value.replace("_", " ") in PAGE


def test_the_table_of_settings_is_of_settings_there_are() -> None:
    names = re.findall(r"^\| `(\w+)` \| [\d,]+ ?[sh]? \|", PAGE, re.MULTILINE)
    assert len(names) == 7
    assert not set(names) - set(Settings.model_fields)
