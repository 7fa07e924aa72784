"""A command that watches a run says that the service went away, instead of waiting in silence."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from netpulse_core.client import listening
from tests.api.service import service
from tests.client.network import relayed
from tests.runs.service import eventually


@pytest.mark.thorough
def test_a_run_says_that_the_service_is_away_and_how_to_watch_it_again(
    tmp_path: Path, said: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "PATIENCE", 3.0)
    with service(tmp_path / "site") as served, relayed(served.port) as relay:
        (tmp_path / "key").write_text(served.key)

        def leave() -> None:
            try:
                eventually(lambda: served.app.state.streams._open, within=30)  # it watches
            finally:
                with socket.create_server(("127.0.0.1", 0)) as free:
                    relay.to = free.getsockname()[1]
                relay.cut()

        leaving = threading.Thread(target=leave)
        leaving.start()
        words = ("send_commands", "-t", "leaf1", "-p", "commands=show version")
        done = said("--url", relay.url, "--key-file", tmp_path / "key", "run", *words)
        leaving.join(30)
        (run,) = served.netpulse.runs()
    (told,) = (line for line in done.stderr.splitlines() if "away" in line)
    assert told.startswith(
        ("the service is away and asked again for 3 s", "the service is away and asked again for 2 s")
    )
    assert told.endswith(f"--url {relay.url} show {run.id} --watch")
    assert "error: " in done.stderr
    assert done.exit_code == 3
