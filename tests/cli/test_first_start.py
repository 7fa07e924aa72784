"""The first start of a site makes one key of an administrator, says where it lies, and no other start makes one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import Netpulse


@contextmanager
def up(site: Path) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Run `netpulse up`; give the facts it says at its start, and once it has ended all it said."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NETPULSE_")}
    words = [sys.executable, "-m", "netpulse_core", "--site", str(site), "--json", "up", "--port", "0"]
    said: list[str] = []
    with subprocess.Popen(
        words, text=True, env=clean, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        try:
            yield _facts(process.stdout, said), said
        finally:
            process.send_signal(signal.SIGTERM)
            said.extend(process.stdout)
    assert process.returncode == 0, said


def _facts(lines: Iterator[str], said: list[str]) -> dict[str, Any]:
    for line in lines:
        said.append(line)
        whole = "".join(said)
        if line.rstrip() == "}":
            facts: dict[str, Any] = json.loads(whole[whole.index("{") :])
            return facts
    raise AssertionError(said)


def keys(netpulse: Netpulse, site: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(netpulse("--site", site, "--json", "keys", "list", "--all").stdout)
    return found


@pytest.mark.thorough
def test_the_first_start_makes_one_key_and_no_other_start_does(netpulse: Netpulse, site: Path) -> None:
    with up(site) as (facts, said):
        place = Path(facts["key_file"])
        key = place.read_text().strip()
        answer = httpx.get(f"{facts['url']}/v1/keys", headers={"Authorization": f"Bearer {key}"}, timeout=30)
        assert answer.status_code == 200
    (made,) = keys(netpulse, site)
    assert (made["role"], made["created_by"], key.split("_")[1]) == ("admin", "first start", made["id"])
    assert place.stat().st_mode & 0o777 == 0o600
    secret = key.split("_", 2)[2]
    assert secret not in "".join(said)  # it stands in its file, and is said nowhere else
    others = [one for one in (site / ".netpulse").rglob("*") if one.is_file() and one != place]
    assert any(one.read_bytes().startswith(b"SQLite") for one in others)
    assert [one for one in others if secret.encode() in one.read_bytes()] == []
    with up(site) as (again, _):
        assert again["key_file"] == facts["key_file"]
    assert [one["id"] for one in keys(netpulse, site)] == [made["id"]]
    assert place.read_text().strip() == key
