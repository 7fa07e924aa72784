"""The asking notices what it is for: a service that breaks its word in each way is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import record
from tests.fuzz.asking import Asking, Result, described
from tests.fuzz.examples import examples
from tests.fuzz.running import Program, running

pytestmark = pytest.mark.timeout(600)  # a service is started for each

BREAKING = '''
"""A plugin that answers in the place of a route."""
from netpulse_core import hookimpl


class Breaking:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"] != "/v1/breakers":
            await self.app(scope, receive, send)
            return
        {how}


async def answer(send, status, kind, body):
    await send({{"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]}})
    await send({{"type": "http.response.body", "body": body}})


@hookimpl
def prepare_api(app):
    app.add_middleware(Breaking)
'''


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ('raise KeyError("unforeseen")', "Server error: 500"),
        ('await answer(send, 503, b"application/problem+json", b"{}")', "Server error: 503"),
        ('await answer(send, 200, b"application/json", b"{}")', "Response violates schema: 200"),
        ('await answer(send, 200, b"text/plain", b"[]")', "Undocumented Content-Type: 200"),
        ('await answer(send, 404, b"application/json", b"{}")', "Undocumented Content-Type: 404"),
        ('await send({"type": "http.response.body"})', "Server error: 500"),
    ],
)
def test_an_answer_that_is_not_promised_is_found(how: str, fault: str, program: Program, tmp_path: Path) -> None:
    plugin = tmp_path / "site" / "plugins" / "breaking.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(BREAKING.format(how=how))
    with running(program, tmp_path) as service:
        asking = Asking(service)
        result = asking.ask(asking.operation("GET", "/v1/breakers"), 10)
    assert result.examples == 10
    assert fault in result.found
    assert "GET http://127.0.0.1" in result.findings[fault]
    assert ("Traceback: KeyError: 'unforeseen'" in result.found) == ("KeyError" in how)


@pytest.mark.thorough
def test_most_requests_get_beyond_the_door(program: Program, tmp_path: Path) -> None:
    with running(program, tmp_path) as service:
        asking = Asking(service)
        results = [
            asking.ask(asking.operation(method, path), 50)
            for method, path in [
                ("POST", "/v1/runs"),
                ("GET", "/v1/runs/{run}/devices/{device}"),
                ("POST", "/v1/hooks/{hook}"),
            ]
        ]
    for result in results:
        assert not result.found, result.findings
        good = sum(count for status, count in result.statuses.items() if status.startswith("2"))
        assert good >= 10, result


def test_every_operation_is_asked_and_those_that_change_something_first() -> None:
    named = record.described()
    schema, known = described()
    assert len(named) == len(set(named)) == len(list(schema.get_all_operations()))
    methods = [one.split(" ")[0] for one in named]
    assert set(methods[methods.index("GET") :]) == {"GET"}
    for one in named:
        method, path = one.split(" ")
        assert examples(schema[path][method], known) is not None


def test_what_was_asked_is_not_asked_again_unless_the_code_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = Result("POST /v1/runs", examples=1000, statuses={"202": 1000}, memory=[1, 2])
    record.keep(result, tmp_path)
    assert record.kept("POST /v1/runs", tmp_path) == result
    assert record.kept("GET /v1/runs", tmp_path) is None
    monkeypatch.setattr(record, "code", lambda: "other")
    assert record.kept("POST /v1/runs", tmp_path) is None
