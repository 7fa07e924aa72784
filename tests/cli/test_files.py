"""`netpulse files`, and a run that names a local file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.cli.files import size
from netpulse_core.cli.parameters import with_files
from tests.cli.conftest import Netpulse
from tests.model.test_files import takes_one

TAKES_A_FILE = '''
"""A runbook that takes a file and touches no device."""
from netpulse_core import File, Queue, Result, Task, runbook

@runbook(queue=Queue.FIFO)
def takes(task: Task, source: File) -> Result:
    """Take a file."""
    return Result(host=task.host, result=f"{source.name}: {source.path.read_text()}")
'''


@pytest.mark.thorough
def test_a_file_is_put_listed_fetched_and_removed(
    said: Callable[..., Result], site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "image.bin").write_text("image")
    put = said("--site", site, "files", "put", "image.bin", "--name", "ios/image.bin", "--json")
    assert json.loads(put.stdout)["reference"].startswith("ios/image.bin@sha256:")
    listed = said("--site", site, "files", "list").stdout
    assert "ios/image.bin" in listed
    assert "5 bytes" in listed
    there = said("--site", site, "files", "get", "ios/image.bin")
    assert there.exit_code == 2
    assert "is there already" in there.stderr
    assert said("--site", site, "files", "get", "ios/image.bin", "other").exit_code == 0
    assert (tmp_path / "other").read_text() == "image"
    assert said("--site", site, "files", "remove", "ios/image.bin").exit_code == 0
    gone = said("--site", site, "files", "get", "ios/image.bin", "other", "--force")
    assert gone.exit_code == 5
    assert "no file 'ios/image.bin'" in gone.stderr
    assert (tmp_path / "other").read_text() == "image", "what was there is left alone"


@pytest.mark.thorough
def test_a_run_takes_a_local_file_by_its_path(netpulse: Netpulse, site: Path, tmp_path: Path) -> None:
    (site / "plugins" / "takes.py").write_text(TAKES_A_FILE)
    (tmp_path / "image.bin").write_text("content")
    ran = netpulse("--site", site, "run", "takes", "-t", "leaf1", "-p", "source=./image.bin", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "image.bin: content" in ran.stdout
    bare = netpulse("--site", site, "run", "takes", "-t", "leaf1", "-p", "source=image.bin", cwd=tmp_path)
    assert bare.returncode == 5
    assert "no file 'image.bin'" in bare.stderr


def test_only_what_is_a_file_and_looks_like_a_path_is_sent() -> None:
    schema = takes_one.parameters.model_json_schema()
    given = {"source": "./a", "more": ["/b", "kept", "~/c"], "name": "./not-a-file"}
    sent: list[str] = []

    def send(path: str) -> str:
        sent.append(path)
        return f"sent {path}"

    found = with_files(given, schema, send)
    assert sent == ["./a", "/b", "~/c"]
    assert found == {"source": "sent ./a", "more": ["sent /b", "kept", "sent ~/c"], "name": "./not-a-file"}


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (64 << 20, "64.0 MiB")]
)
def test_sizes_are_said_as_people_say_them(number: int, words: str) -> None:
    assert size(number) == words
