"""The states of a job as people read of them: the page is drawn from the table, and leaves nothing out."""

import re
from pathlib import Path

import pytest

from netpulse_core.model.outcome import Outcome, Verdict
from netpulse_core.model.state import MOVES, JobMove, JobState, diagram

PAGE = (Path(__file__).parents[2] / "docs" / "runs.md").read_text(encoding="utf-8")


def test_the_diagram_is_drawn_from_the_table() -> None:
    (drawn,) = re.findall(r"```mermaid\n(.*?)\n```", PAGE, re.DOTALL)
    assert drawn == diagram()
    assert drawn.count("-->") == len(MOVES) + 2


def test_every_state_is_reached_and_every_move_made() -> None:
    assert set(MOVES.values()) | {JobState.QUEUED} == set(JobState)
    assert {move for _, move in MOVES} == set(JobMove)
    assert {before for before, _ in MOVES} == set(JobState) - {JobState.FINISHED}


@pytest.mark.parametrize("move", JobMove)
def test_every_move_is_explained_beside_the_diagram(move: JobMove) -> None:
    assert f"- **{move.value.replace('_', ' ')}**: " in PAGE


def test_every_outcome_and_every_verdict_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert rows[: len(Outcome)] != []
    assert sorted(rows) == sorted([*Outcome, *Verdict])
