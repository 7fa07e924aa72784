"""Secrets enter by every way there is, jobs end in every way they can, and then every place is searched for them."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from redis import Redis
from sqlalchemy.engine import make_url

from netpulse_core.builtins.webhooks.signing import headers
from netpulse_core.lab import Lab
from netpulse_core.lab.config import Editor
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Run, RunRequest
from tests.canary.places import NAMELESS, of_dump, of_files, of_git, of_postgres, of_redis, of_sqlite, places
from tests.canary.site import CANARY, CLEAR, CONTROL, DEVICE_SAYS, ENABLE, PASSWORD, SECRETS, USER, Served, hits, served
from tests.runs.service import eventually

DEVICE = f"{CONTROL}-1"
TYPED = f"username {CONTROL} password 0 {CANARY}-typed-in-a-line"
"""Nobody made a reference of it: it stands in what was asked for, and in a file that a device gave."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.running(count=3, username=USER, password=PASSWORD, secret=ENABLE) as lab:
        yield lab


@pytest.fixture
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    """Where the servers are: of NetPulse by references to addresses with passwords, and as the tests reach them."""
    if request.node.callspec.params["life"] == "embedded":
        return {}
    server, redis = request.getfixturevalue("postgres_url"), request.getfixturevalue("redis_url")
    address = make_url(server).set(password=f"{CANARY}-ledger")
    with Redis.from_url(redis) as client:
        client.acl_setuser("canary", True, passwords=[f"+{CANARY}-broker"], keys="*", channels="*", commands=["+@all"])
    (tmp_path / "broker").write_text(redis.replace("redis://", f"redis://canary:{CANARY}-broker@") + "\n")
    return {
        "NETPULSE_LEDGER": "env:CANARY_LEDGER",
        "CANARY_LEDGER": address.render_as_string(hide_password=False),
        "NETPULSE_BROKER": f"file:{tmp_path / 'broker'}",
        "NETPULSE_SECRET_KEY": "env:CANARY_SECRET_KEY",
        "CANARY_SECRET_KEY": f"{CANARY}-the-key-of-the-site",
        "server": make_url(server).set(drivername="postgresql").render_as_string(hide_password=False),
        "redis": redis,
    }


@pytest.mark.thorough
@pytest.mark.servers("postgresql", "redis-server")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("life", ["embedded", "distributed"])
def test_no_secret_is_left_anywhere(life: str, lab: Lab, urls: Mapping[str, str], tmp_path: Path) -> None:
    with served(life, lab, tmp_path, urls) as service:
        runs = everything_that_happens(service)
        raw = service.says("config", "show", DEVICE, "--copy", "raw")
        found = places(service, runs, urls)
    for line in DEVICE_SAYS:
        assert line in raw, "the sealed copy is what the device said"
    own = [service.key.split("_", 2)[2], service.private_key]  # in the secret itself an underscore may stand
    leaks = {place: leaked for place, content in found.items() if (leaked := hits(content, *own))}
    assert leaks == {}
    silent = {place for place, content in found.items() if CONTROL.encode() not in content}
    assert silent <= NAMELESS
    unanswered = {place for place in NAMELESS if not found[place].startswith((b"200 ", b"404 "))}
    assert unanswered == set()


def everything_that_happens(service: Served) -> dict[str, Run]:
    """Run jobs that use every secret and end in every way a job can; wait until all of it was told."""
    device, in_clear = list(service.lab.devices.values())[:2]
    asked: dict[str, Any] = {
        "password": f"secret:{CONTROL}/parameter",
        "others": ["env:CANARY_COMMUNITY", "vault:netops/core#password"],
    }
    runs: dict[str, Run] = {}

    def run(name: str, runbook: str, target: str = DEVICE, **parameters: Any) -> None:
        request = RunRequest(runbook=runbook, target=target, parameters=parameters, deadline=60.0)
        accepted = service.client.submit(request).run
        service.heard.extend(f"{event!r} {event}" for event in service.client.watch(accepted))
        runs[name] = service.client.run(accepted)

    service.says("freeze", f"{CONTROL}-jump", "--reason", CONTROL)
    service.says("files", "put", str(service.folder / "templates" / f"{CONTROL}.j2"), "--name", CONTROL)
    run("before", "backup_config")
    editor = Editor(device.machine.running)
    for line in (*DEVICE_SAYS, "interface Loopback0", f"description {CONTROL}"):
        editor.enter(line)
    run("told", "use_secret", **asked)
    for how in ("raise", "push", "snmp", "http"):
        run(f"{how}d" if how == "raise" else how, "use_secret", how=how, **asked)
    # The contact is a place where no secret stands: only a worker that resolved what was pushed there knows it later.
    editor.enter(f"no snmp-server contact {CANARY}-parameter")
    # Known to who reads the inventory, and to nobody by how it looks there.
    Editor(in_clear.machine.running).enter(f"snmp-server contact {CLEAR}")
    run("typed", "send_config", lines=[TYPED])
    run("fetched", "keep_a_file", content=TYPED)
    asked_at_night = {"runbook": "send_config", "target": DEVICE, "parameters": {"lines": [TYPED]}}
    made = httpx.post(
        f"{service.url}/v1/schedules",
        json={"name": f"{CONTROL}-typed", "cron": "0 3 1 1 *", **asked_at_night},
        headers={"Authorization": f"Bearer {service.key}"},
    )
    assert made.status_code == 201, made.text
    run("shown", "send_commands", commands=["show running-config"])
    run("refused", "send_commands", commands=[f"show {CONTROL}"])
    run("kept", "backup_config")
    run("judged", "nightly_compliance", target=f"{DEVICE},{CONTROL}-clear")
    run("recorded", "record_session", commands=["show running-config"])
    run("others", "send_commands", target=f"{CONTROL}-*", commands=["show running-config"])
    run("v3", "use_secret", target=f"{CONTROL}-clear", how="snmp", **asked)
    device.faults.hang = "command"
    run("hung", "use_secret", how="hang", **asked)
    device.faults.heal()
    outcomes = {name: {job.outcome for job in service.client.devices_of(one.id)} for name, one in runs.items()}
    assert outcomes["told"] == outcomes["shown"] == outcomes["kept"] == outcomes["recorded"] == {Outcome.OK}
    assert outcomes["judged"] == outcomes["fetched"] == {Outcome.OK}
    assert outcomes["typed"] == {Outcome.CHANGED}
    assert (outcomes["raised"], outcomes["push"]) == ({Outcome.FAILED}, {Outcome.CHANGED})
    assert (outcomes["snmp"], outcomes["hung"]) == ({Outcome.UNREACHABLE}, {Outcome.TIMED_OUT})
    event = json.dumps({"device": DEVICE}).encode()
    signed = headers("d1", int(time.time()), event, [SECRETS["CANARY_HOOK_IN"]])
    sent = httpx.post(f"{service.url}/v1/hooks/{CONTROL}", content=event, headers=signed)
    assert sent.is_success, sent.text
    ids = {one.id for one in runs.values()}
    eventually(lambda: ids <= {json.loads(one.body)["data"].get("run") for one in service.pager.asked}, 120)
    eventually(lambda: service.client.configs.log(DEVICE)[0].origin is not None, 60)
    return runs


def test_the_search_sees_what_is_planted_in_each_kind_of_store(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    secret, packed = f"{CANARY}-planted", zlib.compress(f"say {CANARY}-planted".encode())
    file = tmp_path / "state" / "ledger.sqlite3"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table words (word text)")
        connection.execute("create table packed (word blob)")
        connection.execute("insert into packed values (?)", (packed,))
        connection.commit()
        assert hits(of_sqlite(file))
        assert not hits(of_files(file.parent))
        connection.execute("insert into words values (?)", (secret,))
        connection.commit()
        assert hits((file.parent / "ledger.sqlite3-wal").read_bytes())
        assert hits(of_files(file.parent))
    address = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        connection.execute("create table packed (word bytea)")
        connection.execute("insert into packed values (%s)", (packed,))
    assert hits(of_postgres(address))
    assert not hits(of_dump(address))
    with psycopg.connect(address) as connection:
        connection.execute("create table words (word text)")
        connection.execute("insert into words values (%s)", (secret,))
    assert hits(of_dump(address))
    with Redis.from_url(redis_url) as client:
        for plant in (
            ("SET", "a", secret), ("HSET", "a", "one", secret), ("SADD", "a", secret), ("LPUSH", "a", secret),
            ("ZADD", "a", 1, secret), ("XADD", "a", "*", "one", secret), ("SET", secret, "a"),
        ):  # fmt: skip
            assert not hits(of_redis(redis_url))
            client.execute_command(*plant)
            assert hits(of_redis(redis_url)), plant
            client.flushall()
    subprocess.run(["git", "init", "-q", str(tmp_path / "git")], check=True)
    (tmp_path / "git" / "leaf1.cfg").write_text(f"snmp-server contact {secret}\n")
    who = ["-c", "user.name=n", "-c", "user.email=n@localhost"]
    for words in (
        ["add", "."],
        [*who, "commit", "-qm", "one"],
        ["rm", "-q", "leaf1.cfg"],
        [*who, "commit", "-qm", "two"],
    ):
        subprocess.run(["git", "-C", str(tmp_path / "git"), *words], check=True)
    assert hits(of_git(tmp_path / "git"))


@pytest.mark.parametrize("secret", [CANARY, "an0ther-s3cret"])
def test_the_search_finds_a_secret_however_it_is_written(secret: str) -> None:
    for before in ("", "x", "xy", "xyz"):
        text = f"{before}{secret} and more".encode()
        for content in (text, base64.b64encode(text), text.hex().encode(), repr({"a": text}).encode()):
            assert hits(b"before " + content, secret)
    assert hits(b"nothing of it", secret) == []
