"""Durations as people write them; a deadline may be bare seconds too, as it always could."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.cli import durations
from netpulse_core.errors import InvalidParameters
from tests.api.service import service


@pytest.mark.parametrize(("text", "seconds"), [("4h", 14400.0), ("1d12h", 129600.0), ("90", 90.0), ("0.5", 0.5)])
def test_a_deadline_is_a_duration_or_seconds(text: str, seconds: float) -> None:
    assert durations.deadline(text) == seconds


@pytest.mark.parametrize("text", ["", "4 h", "h", "-5", "0h", "nan", "inf", "1e3", "٣"])
def test_anything_else_is_refused_with_the_option_it_was_said_for(text: str) -> None:
    with pytest.raises(InvalidParameters, match="is not a duration"):
        durations.deadline(text)


@pytest.mark.parametrize("text", ["0", "0.0", "00"])
def test_a_deadline_of_nothing_is_told_what_it_would_mean_and_what_to_give(text: str) -> None:
    with pytest.raises(InvalidParameters, match=f"^--deadline: '{text}' leaves no time for anything to begin$") as said:
        durations.deadline(text)
    assert said.value.hint.startswith("give how long it may wait to begin: 30m, 4h")


@pytest.mark.thorough
def test_run_and_rerun_take_it(tmp_path: Path, said: Callable[..., Result]) -> None:
    with service(tmp_path / "site") as served:
        (tmp_path / "key").write_text(served.key)
        at = ("--url", served.url, "--key-file", tmp_path / "key")
        done = said(*at, "run", "probe", "-t", "leaf1", "--deadline", "4h", "--detach")
        assert done.exit_code == 0, done.stderr
        (run,) = served.netpulse.runs()
        assert run.deadline_at - run.accepted_at == pytest.approx(14400.0, abs=1.0)
        wrong = said(*at, "rerun", run.id, "--deadline", "soon")
    assert wrong.exit_code == 2
    assert "'soon' is not a duration" in wrong.stderr
