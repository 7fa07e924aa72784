"""Every example of the OpenAPI is sent, and what comes back is what the document promises."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from netpulse_core.api.app import create_app
from netpulse_core.api.permissions import BY_SIGNATURE
from netpulse_core.builtins.webhooks.signing import headers
from netpulse_core.configs.capturing import captured
from netpulse_core.files import File, hashed
from netpulse_core.ledger import captures
from netpulse_core.ledger.backuptables import config_suspects
from netpulse_core.ledger.brakes import Credential
from netpulse_core.ledger.breakers import BreakerRule, Endpoint
from netpulse_core.ledger.database import clock
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.outbox import News
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.tables import api_keys
from netpulse_core.ledger.telltables import deliveries
from netpulse_core.model.caller import Caller
from netpulse_core.model.connection import HostKey
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Claim, RunRequest
from netpulse_core.model.stopping import NewFreeze
from tests.api.service import NIGHTLY, Held, Service, controller

OPERATIONS = 85
HOOK_SECRET = "of-the-hook-0123456789"


def prepare(service: Held) -> str:
    """Leave a run behind as `last` that every example can be asked of: one device in doubt, one waiting."""
    assert service.netpulse.ledger.nodes.heartbeat("hand", sessions=0)
    request = RunRequest(runbook="send_commands", target="role=leaf", parameters={"commands": ["show version"]})
    run = service.netpulse.submit(request, Caller(name="ada", role="admin")).run
    a_file(service.netpulse.ledger)
    claims = service.hand.claim(slots=1)
    configurations(service.netpulse.ledger, claims[0])
    service.hand.doubt(claims)
    a_freeze(service.netpulse.ledger)
    troubled_logins(service.netpulse.ledger)
    given_up(service.netpulse.ledger)
    a_key(service.netpulse.ledger)
    schedules(service.netpulse.ledger)
    _a_window(service.netpulse.site.path)
    _a_hook(service.netpulse.site.path)
    return run


def a_file(ledger: Ledger) -> None:
    """Leave a file behind, as the examples name it."""
    with BytesIO(b"image") as image:
        digest, size = hashed([image.getvalue()])
        ledger.files.put(image, File(name="image.bin", sha256=digest, size=size), "ada")


def a_freeze(ledger: Ledger) -> None:
    """Leave a freeze behind, as the examples name it."""
    if not ledger.freezes.all(ended=True):
        frozen = NewFreeze(id="5d41402a", target="spine1", reason="core upgrade", revision="r", keys=("192.0.2.21",))
        ledger.freezes.begin(frozen, "ada")


def _a_window(site: Path) -> None:
    """Leave a window behind, as the examples name it; no worker has read it."""
    folder = site / "schedules" / "windows"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nightly-leafs.yaml").write_text("target: role=leaf\ntimezone: UTC\nwhen: {days: mon-sun}\n")


def _a_hook(site: Path) -> None:
    """Leave a hook behind, as the examples name it."""
    folder = site / "schedules" / "hooks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "interface-down.yaml").write_text(
        "runbook: send_commands\ntarget: leaf1\nparameters: {commands: [show clock]}\nsecret: env:NETPULSE_HOOK\n"
    )


def configurations(ledger: Ledger, claim: Claim) -> None:
    """Leave a version behind, and a capture in quarantine as the examples name it."""
    whole = captured("hostname leaf1\nend\n", driver="netmiko", platform="cisco_ios")
    cut = captured("hostname leaf1\n", driver="netmiko", platform="cisco_ios")
    with ledger.database.write() as connection:
        found = [captures.packed(one, StoreKeys(), b"") for one in (whole, cut)]
        connection.execute(delete(config_suspects))
        captures.write(connection, replace(claim, device="leaf1"), found, clock(connection), News())
        connection.execute(update(config_suspects).values(id="5d41402abc4b"))


def schedules(ledger: Ledger) -> None:
    """Leave the schedule of a file and one made by API behind, as the examples name them."""
    ledger.schedules.know([NIGHTLY])
    if "uplinks" not in {status.name for status in ledger.schedules.all()}:
        ledger.schedules.make(replace(NIGHTLY, name="uplinks", role="operator"), "ada")


def a_key(ledger: Ledger) -> None:
    """Leave a key behind that can be rotated or revoked, as the examples name it."""
    made = ledger.keys.create("grafana", "viewer", by="ada").made.id
    with ledger.database.write() as connection:
        connection.execute(delete(api_keys).where(api_keys.c.id == "5d41402abc4b"))
        connection.execute(delete(api_keys).where(api_keys.c.replaces == "5d41402abc4b"))
        connection.execute(update(api_keys).where(api_keys.c.id == made).values(id="5d41402abc4b"))


def given_up(ledger: Ledger) -> None:
    """Leave a delivery behind that can be replayed, as the examples name it."""
    made = ledger.deliveries.test("pager", "ada").id
    with ledger.database.write() as connection:
        connection.execute(delete(deliveries).where(deliveries.c.id != made))
        connection.execute(update(deliveries).values(id="01jd8m0000000000000000000d", state="dead"))


def troubled_logins(ledger: Ledger) -> None:
    """Leave a key to approve, an open breaker and a brake behind, as the examples name them."""
    for number, state in enumerate((ledger.host_keys.pin, ledger.host_keys.offer)):
        state("leaf1", "192.0.2.11", 22, HostKey("ssh-ed25519", (b"pinned", b"offered")[number]))
    ledger.breakers.failed(Endpoint("192.0.2.11", "netmiko", "leaf1"), "no route", None, BreakerRule(failures=1))
    for name in ("leaf1", "leaf2", "leaf3"):
        ledger.brakes.refused(Credential("5d41402abc4b", "netops"), name, name)


def tidy(service: Held, run: str) -> None:
    """Let no job of the example before hold a device."""
    if service.netpulse.ledger.jobs.one(run, "leaf1").outcome is Outcome.IN_DOUBT:
        service.netpulse.resolve(run, "leaf1", Outcome.OK, "tidy", Caller(name="ada", role="admin"))
    while claims := service.hand.claim():
        service.hand.conclude(claims)


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def faults(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str = "$") -> Iterator[str]:
    """Yield where a value is not what a schema says; knows the words our own document uses."""
    schema = resolved(document, schema)
    if "anyOf" in schema:
        if all(list(faults(document, one, value, at)) for one in schema["anyOf"]):
            yield f"{at}: {value!r} is none of {schema['anyOf']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not in {schema['enum']}"
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
    }
    kind = schema.get("type")
    if kind == "null":
        if value is not None:
            yield f"{at}: {value!r} is not null"
        return
    if kind and (not isinstance(value, kinds[kind]) or (kind != "boolean" and isinstance(value, bool))):
        yield f"{at}: {value!r} is no {kind}"
        return
    if schema.get("format") == "date-time" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
        yield f"{at}: {value!r} is not an instant in UTC"
    yield from _inside(document, schema, value, at)


def _inside(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from faults(document, schema.get("items", {}), item, f"{at}[{number}]")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        yield from (f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value)
        further = schema.get("additionalProperties")
        for name, item in value.items():
            if name in properties:
                yield from faults(document, properties[name], item, f"{at}.{name}")
            elif isinstance(further, dict):
                yield from faults(document, further, item, f"{at}.{name}")
            elif properties and "runbook" not in schema.get("title", "").lower():
                yield f"{at}: {name} is not described"


def example(document: Mapping[str, Any], path: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request an operation gives as its example."""
    params: dict[str, Any] = {}
    for parameter in operation.get("parameters", ()):
        examples = parameter.get("examples", parameter["schema"].get("examples"))
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", examples[0])
        elif parameter["in"] == "query" and examples:
            params[parameter["name"]] = examples[0]
    request: dict[str, Any] = {"url": path, "params": params}
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        request["json"] = resolved(document, content["application/json"]["schema"])["examples"][0]
    elif content:
        request["content"] = b"image"
    return request


def as_signed(request: dict[str, Any]) -> dict[str, Any]:
    """Return a request as the sender of its hook would make it."""
    body = json.dumps(request.pop("json")).encode()
    return request | {"content": body, "headers": headers("d1", int(time.time()), body, [HOOK_SECRET])}


@pytest.mark.thorough
def test_every_example_is_answered_as_promised(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPULSE_HOOK", HOOK_SECRET)
    sent = 0
    with fresh.http() as http:
        document = http.get("/openapi.json", headers={"Authorization": ""}).json()
        for method, path, operation in operations(document):
            run = prepare(fresh)
            if path.endswith("/rerun"):
                fresh.hand.conclude(fresh.hand.claim(), Outcome.UNREACHABLE)
            request = example(document, path, operation)
            assert "{" not in request["url"], f"{path} has a parameter without an example"
            if f"{method.upper()} {path.removeprefix('/v1')}" in BY_SIGNATURE:
                request = as_signed(request)
            with http.stream(method, **request) as answer:
                promised = operation["responses"].get(str(answer.status_code))
                assert promised, f"{method} {path} answered {answer.status_code}: {answer.read().decode()}"
                assert answer.is_success
                content = promised["content"]
                assert answer.headers["content-type"].partition(";")[0] in content
                if "application/json" in content:
                    schema = content["application/json"]["schema"]
                    assert not list(faults(document, schema, json.loads(answer.read()))), path
            sent += 1
            tidy(fresh, run)
    assert sent == OPERATIONS


@pytest.mark.thorough
def test_a_problem_is_what_the_document_says(fresh: Service) -> None:
    with fresh.http() as http:
        document = http.get("/openapi.json").json()
        said = http.get("/v1/runs/nope").json()
    assert not list(faults(document, {"$ref": "#/components/schemas/Problem"}, {**said}, "$")) or set(said) > {"type"}
    for _, path, operation in operations(document):
        assert "422" not in operation["responses"], path
        assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"], path


def test_the_document_and_its_page_need_no_key_and_know_nothing_of_the_site(fresh: Service) -> None:
    with fresh.http(Authorization="") as http:
        assert "swagger" in http.get("/docs").text
        document = http.get("/openapi.json").text
    assert "hushhush" not in document
    assert "192.0.2" not in document
    assert str(fresh.netpulse.settings.site) not in document


@pytest.mark.thorough
def test_every_operation_is_described(tmp_path: Any) -> None:
    with controller(tmp_path / "site") as netpulse:
        document = create_app(netpulse).openapi()
    assert len(list(operations(document))) == OPERATIONS
    assert not [path for _, path, operation in operations(document) if not operation.get("description")]


@pytest.mark.parametrize(
    ("schema", "value"), [({"type": "integer"}, "1"), ({"type": "string", "format": "date-time"}, "now")]
)
def test_the_judge_of_examples_finds_faults(schema: dict[str, Any], value: Any) -> None:
    assert list(faults({}, schema, value))
