"""A canary in every place where a secret enters, and a search for it in all that NetPulse leaves behind."""

import json
import logging
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis
from sqlalchemy import select
from sqlalchemy.engine import make_url

from netpulse_core import settings as configuration
from netpulse_core.cli import logs
from netpulse_core.client import Client
from netpulse_core.controller import NetPulse
from netpulse_core.errors import InvalidParameters
from netpulse_core.lab import Lab
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.tables import metadata
from netpulse_core.model.outcome import Outcome
from netpulse_core.worker.node import Node
from tests.runs.service import Service, eventually, hurry, write_site

CANARY = "c4n4ry"
"""In each of the secrets below, so that one search finds them all."""

USER = "netops"  # by a reference, yet no secret: a brake says whose logins it stops
PASSWORD, ENABLE = f'{CANARY}-p"ss\\w0rd-ä', f"{CANARY}-enable"
PARAMETER = f"{CANARY}-parameter\n{CANARY}-second-line"
ENVIRONMENT = {
    "CANARY_USER": USER,
    "CANARY_COMMUNITY": f"{CANARY}-community",
    "CANARY_PASSPHRASE": f"{CANARY}-passphrase",
    "CANARY_HOOK": f"{CANARY}-of-the-webhook-which-is-long-enough",
    "CANARY_HOOK_URL": f"https://127.0.0.1:9/{CANARY}-token",
}
READS: dict[str, tuple[Any, ...]] = {
    "string": ("GET",),
    "hash": ("HGETALL",),
    "set": ("SMEMBERS",),
    "list": ("LRANGE", 0, -1),
    "zset": ("ZRANGE", 0, -1),
    "stream": ("XRANGE", "-", "+"),
}
"""How each kind of key is read in Redis."""
TOML = """
connect_timeout = 5.0
[plugins.webhooks]
allow_networks = ["127.0.0.0/8"]
[plugins.webhooks.endpoints]
pager = { url = "env:CANARY_HOOK_URL", secret = "env:CANARY_HOOK", events = ["run.*"] }
"""


@contextmanager
def site(lab: Lab, folder: Path) -> Iterator[Path]:
    """A site whose every secret is a canary, by a reference of each kind."""
    write_site(lab, folder)
    (folder / "password").write_text(f"{PASSWORD}\n")
    defaults = yaml.safe_load((folder / "inventory" / "defaults.yaml").read_text())
    defaults["username"], defaults["password"] = "env:CANARY_USER", f"file:{folder / 'password'}"
    options = defaults["connection_options"]
    options["netmiko"]["extras"] |= {"secret": "secret:lab/enable", "passphrase": "env:CANARY_PASSPHRASE"}
    options["snmp"] = {"port": 9, "extras": {"community": "env:CANARY_COMMUNITY"}}
    (folder / "inventory" / "defaults.yaml").write_text(yaml.safe_dump(defaults))
    (folder / "netpulse.toml").write_text(TOML)
    yield folder


@contextmanager
def logged_as_a_process_does(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Log at DEBUG as `log_level` has it, where libraries that would quote what is sent are kept at WARNING."""
    root = logging.getLogger()
    before = {name: logging.getLogger(name).level for name in logs.LIBRARIES}
    handlers, level = root.handlers[:], root.level
    logs.to_stderr("DEBUG")
    root.addHandler(caplog.handler)
    caplog.handler.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, was in before.items():
            logging.getLogger(name).setLevel(was)


@pytest.fixture(scope="module")
def canary_lab() -> Iterator[Lab]:
    with Lab.running(count=2, username=USER, password=PASSWORD, secret=ENABLE) as lab:
        yield lab


@pytest.fixture
def embedded(tmp_path: Path) -> dict[str, Any]:
    return {"store_keys": f"{CANARY.encode().hex():0<64}"}


@pytest.fixture
def distributed(postgres_url: str, redis_url: str) -> Iterator[dict[str, Any]]:
    """Servers whose addresses hold a password."""
    with closing(Ledger(postgres_url)) as ledger:
        ledger.upgrade()
    address = make_url(postgres_url).set(password=f"{CANARY}-ledger").render_as_string(hide_password=False)
    with Redis.from_url(redis_url) as client:
        password = f"{CANARY}-broker"
        client.acl_setuser("canary", True, passwords=[f"+{password}"], keys="*", channels="*", commands=["+@all"])
        broker = redis_url.replace("redis://", f"redis://canary:{password}@")
        yield {"ledger": address, "broker": broker, "secret_key": f"{CANARY}-key", "store_keys": "17" * 32}
        client.acl_deluser("canary")


@pytest.mark.thorough
@pytest.mark.servers("postgresql", "redis-server")
@pytest.mark.parametrize("life", ["embedded", "distributed"])
def test_no_canary_leaves(
    life: str,
    request: pytest.FixtureRequest,
    canary_lab: Lab,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: dict[str, Any] = request.getfixturevalue(life)
    hurry(monkeypatch)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        stack.enter_context(logged_as_a_process_does(caplog))
        folder = stack.enter_context(site(canary_lab, tmp_path / "site"))
        loaded = configuration.load(folder, grace=5.0, slots=4, secret_cache=0.0, **told)
        netpulse = stack.enter_context(NetPulse.open(loaded))
        netpulse.ledger.secrets.set("lab/enable", ENABLE, by="ann")
        netpulse.ledger.secrets.set("parameter", PARAMETER, by="ann")
        key = netpulse.ledger.keys.create("ann", "admin", by="root").key
        worker = Node(netpulse)
        worker.start()
        stack.callback(worker.stop)
        service = Service(netpulse, worker, canary_lab)
        said = everything_that_happens(service)
        eventually(lambda: any(one.problem for one in netpulse.ledger.deliveries.page()), 30)
        said += [repr(each) for each in (loaded, netpulse, netpulse.ledger, worker, Client("http://127.0.0.1:9", key))]
        said += [repr(netpulse.ledger.deliveries.page()), repr(netpulse.ledger.audit.page(limit=1000))]
        said += rows(netpulse.ledger)
        said += in_redis(request.getfixturevalue("redis_url")) if life == "distributed" else []
    said += [caplog.text, *(repr(vars(record)) for record in caplog.records)]
    found = [text[max(0, text.find(CANARY) - 200) : text.find(CANARY) + 60] for text in said if CANARY in text]
    assert found == []
    files = {path: path.read_bytes() for path in (folder / ".netpulse").rglob("*") if path.is_file()}
    assert [path for path, content in files.items() if CANARY.encode() in content] == []
    secret = key.rpartition("_")[2]
    assert not [text for text in said if secret in text]


def everything_that_happens(service: Service) -> list[str]:
    """Run jobs that end in each way a job can, and return what is told of them."""
    asked: dict[str, Any] = {"password": "secret:parameter", "others": ["env:CANARY_COMMUNITY"]}
    device = service.lab.devices["leaf1"]
    told = service.run("use_secret", within=60, **asked)
    raised = service.run("use_secret", within=60, how="raise", **asked)
    pushed = service.run("use_secret", within=60, how="push", **asked)
    community = service.run("use_secret", within=60, how="snmp", **asked)
    device.faults.hang = "command"
    hung = service.run("use_secret", within=60, how="hang", **asked)
    device.faults.heal()
    device.hang_up()
    service.node.pool.drain()
    (service.netpulse.site.path / "password").write_text(f"{CANARY}-wrong")
    refused = service.run("use_secret", within=60, how="hang", **asked)
    outcomes = [one.outcome for one in (told, raised, pushed, community, hung, refused)]
    assert outcomes == [
        Outcome.OK, Outcome.FAILED, Outcome.CHANGED, Outcome.UNREACHABLE, Outcome.TIMED_OUT, Outcome.AUTH_FAILED
    ]  # fmt: skip
    with pytest.raises(InvalidParameters) as clear:
        service.submit("use_secret", password=f"{CANARY}-in-clear")
    ends = (told, raised, pushed, community, hung, refused)
    return [*(one.everything for one in ends), repr(clear.value), clear.value.hint]


def rows(ledger: Ledger) -> list[str]:
    """Every value of every table, packed ones also as they read."""
    found = []
    with ledger.database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                found.append(f"{table.name} {dict(row)!r} {json.dumps(dict(row), default=repr, ensure_ascii=False)}")
                for value in row.values():
                    if isinstance(value, bytes):
                        found.append(f"{table.name} {_plain(value)!r}")
    return found


def _plain(value: bytes) -> bytes:
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


def in_redis(url: str) -> list[str]:
    """Every key, and all that is beneath it."""
    found = []
    with Redis.from_url(url) as client:
        for key in client.scan_iter():
            words = READS[client.type(key).decode()]
            found.append(repr((key, client.execute_command(words[0], key, *words[1:]))))
    return found
