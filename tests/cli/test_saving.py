"""Where a report is written: a file is replaced as a whole, and what is no file stays what it is."""

import os
import threading
from pathlib import Path

import pytest

from netpulse_core.cli.reporting import _save
from netpulse_core.errors import InvalidParameters


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe, heard = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text()), daemon=True)
    reader.start()
    _save(pipe, "report")
    reader.join(0.5)
    assert (pipe.is_fifo(), heard) == (True, ["report"])
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path: Path) -> None:
    place, link = tmp_path / "real", tmp_path / "link"
    place.write_text("before")
    link.symlink_to(place)
    _save(link, "report")
    assert (link.is_symlink(), place.read_text()) == (True, "report")
    assert {one.name for one in tmp_path.iterdir()} == {"real", "link"}


def test_what_cannot_be_written_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none" / "report"):
        with pytest.raises(InvalidParameters, match=str(place)):
            _save(place, "report")
    assert list(tmp_path.iterdir()) == []
