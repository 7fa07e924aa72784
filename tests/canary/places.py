"""Every place that NetPulse leaves something behind, and what stands there."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psycopg
from redis import Redis

from netpulse_core.model.run import Run
from tests.canary.site import CONTROL, Served

READS: Mapping[str, tuple[Any, ...]] = {
    "string": ("GET",),
    "hash": ("HGETALL",),
    "set": ("SMEMBERS",),
    "list": ("LRANGE", 0, -1),
    "zset": ("ZRANGE", 0, -1),
    "stream": ("XRANGE", "-", "+"),
}
"""How each kind of key is read in Redis."""

COMMANDS = (
    ["show", "{run}"], ["show", "{failed}", "{device}"], ["audit", "list", "--json"], ["config", "diff", "{device}"],
    ["compliance", "report", "{judged}", "--format", "html"], ["check"],
)  # fmt: skip

NAMELESS = frozenset(
    f"GET {path}"
    for path in (
        "/healthz", "/readyz", "/v1/brakes", "/v1/credentials", "/v1/checks", "/v1/drivers", "/v1/drivers/{driver}",
        "/v1/configs/quarantine", "/v1/metrics", "/v1/audit/anchor", "/v1/compliance/history",
        "/v1/schedules/{schedule}/fires", "/v1/configs/quarantine/{suspect}",
    )
)  # fmt: skip
"""What says nothing of this site that the search could find: by itself, or because there is none."""


def places(served: Served, runs: Mapping[str, Run], urls: Mapping[str, str]) -> dict[str, bytes]:
    """Return all that stands in each place, unpacked."""
    found = answers(served, runs)
    found["command line"] = "\n".join(served.says(*words) for words in _commands(runs)).encode()
    found["live events"] = "\n".join(served.heard).encode()
    # Its path is the secret it is reached by; all else of it is what is told.
    found["webhooks"] = b"\n".join(f"{one.headers} ".encode() + one.body for one in served.pager.asked)
    found["reprs of the SDK"] = "\n".join(_reprs(served, runs)).encode()
    found["repr of the settings"] = _settings(served).encode()
    found["git history"] = of_git(served.history)
    if served.life == "embedded":
        copy = served.folder.parent / "copy.sqlite3"
        served.says("ledger", "backup", str(copy), "--replace")
        found["backup of the ledger"] = copy.read_bytes() + of_sqlite(copy)
        found["rows of the ledger"] = of_sqlite(served.folder / ".netpulse" / "ledger.sqlite3")
        found["files of the site's own"] = of_files(served.folder / ".netpulse")
    else:
        found["dump of the ledger"] = of_dump(urls["server"])
        found["rows of the ledger"] = of_postgres(urls["server"])
        found["redis"] = of_redis(urls["redis"])
    # The last: what was asked above is logged as well.
    return found | {f"log of {log.stem}": log.read_bytes() for log in served.logs.glob("*.log")}


def answers(served: Served, runs: Mapping[str, Run]) -> dict[str, bytes]:
    """Ask every GET operation of the API's own description, and say what each answered."""
    device, run = f"{CONTROL}-1", runs["told"].id
    node = next(one.id for one in served.client.nodes() if one.alive)
    delivery = served.client.webhooks.deliveries()[0].id
    values = {
        "device": device, "run": run, "node": node, "delivery": delivery, "driver": "netmiko", "runbook": CONTROL,
        "hook": CONTROL, "schedule": CONTROL, "suspect": "none", "window": CONTROL, "file": CONTROL,
    }  # fmt: skip
    queries = {
        "/v1/configs/devices/{device}/plan": {"version": "1"},
        "/v1/compliance/history": {"device": device, "check": "no_telnet"},
    }
    found: dict[str, bytes] = {}
    with httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {served.key}"}, timeout=30) as http:
        document = http.get("/openapi.json").json()
        for path in [path for path, methods in document["paths"].items() if "get" in methods]:
            every = [runs[name].id for name in runs] if "{run}" in path else [run]
            said = []
            for one in every:
                url = path.format(**(values | {"run": one}))
                with http.stream("GET", url, params=queries.get(path, {})) as answer:
                    assert answer.status_code < 500, f"{url}: {answer.read().decode()}"
                    said.append(f"{answer.status_code} {dict(answer.headers)}\n".encode() + answer.read())
            found[f"GET {path}"] = b"\n".join(said)
    return found


def _commands(runs: Mapping[str, Run]) -> Iterator[list[str]]:
    values = {
        "run": runs["told"].id,
        "failed": runs["raised"].id,
        "judged": runs["judged"].id,
        "device": f"{CONTROL}-1",
    }
    for words in COMMANDS:
        yield [word.format(**values) for word in words]


def _reprs(served: Served, runs: Mapping[str, Run]) -> Iterator[str]:
    client = served.client
    yield from (f"{one!r} {one}" for one in (client, *client.devices(), *client.nodes(), *client.schedules()))
    for run in runs.values():
        yield f"{run!r} {run}"
        yield from map(repr, client.devices_of(run.id))
        yield from map(repr, client.outputs(run.id).values())
        yield from map(repr, client.watch(run.id))
    yield from map(repr, client.webhooks.deliveries())
    yield from map(repr, client.audit.records())


def _settings(served: Served) -> str:
    """Return the settings as the service reads them, and its plugins' as they are."""
    say = (
        "import sys; from pathlib import Path; from netpulse_core import settings; "
        "found = settings.load(Path(sys.argv[1])); print(repr(found), found)"
    )
    words = [sys.executable, "-c", say, str(served.folder)]
    return subprocess.run(words, check=True, capture_output=True, text=True, env=served.env).stdout


def of_files(folder: Path) -> bytes:
    """Return what stands in all files below a folder."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def of_git(folder: Path) -> bytes:
    """Return every version of every file of a repository, and who wrote it."""
    return subprocess.run(["git", "-C", str(folder), "log", "-p", "--all"], check=True, capture_output=True).stdout


def of_sqlite(file: Path) -> bytes:
    """Return every row of a database."""
    found: list[bytes] = []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in connection.execute(f'select * from "{table}"'):
                found += _of_row(table, row)
    return b"\n".join(found)


def of_dump(url: str) -> bytes:
    """Return a dump of a database of PostgreSQL."""
    return subprocess.run(["pg_dump", "--inserts", url], check=True, capture_output=True).stdout


def of_postgres(url: str) -> bytes:
    """Return every row of a database of PostgreSQL."""
    found: list[bytes] = []
    with psycopg.connect(url) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'select * from "{table}"').fetchall():
                found += _of_row(table, row)
    return b"\n".join(found)


def of_redis(url: str) -> bytes:
    """Return every key of Redis and all that is under it."""
    found: list[bytes] = []
    with Redis.from_url(url) as client:
        for key in client.scan_iter():
            words = READS[client.type(key).decode()]
            found.append(repr((key, client.execute_command(words[0], key, *words[1:]))).encode())
    return b"\n".join(found)


def _of_row(table: str, row: tuple[Any, ...]) -> Iterator[bytes]:
    yield f"{table} {row!r} {json.dumps(row, default=repr, ensure_ascii=False)}".encode()
    for value in row:
        if isinstance(value, bytes):
            try:
                yield zlib.decompress(value)
            except zlib.error:
                yield value
