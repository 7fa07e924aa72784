"""Asking one operation very often, and judging each answer by what the document promises."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from requests.structures import CaseInsensitiveDict
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from netpulse_core.builtins.webhooks.signing import headers as signature
from tests.api.test_openapi import HOOK_SECRET
from tests.fuzz.examples import RUN, Case, Example, Known, Operation, examples
from tests.fuzz.running import ROOT, Running

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
HANGS = 60.0
"""Seconds after which no answer counts as none."""

OFTEN, SELDOM = 5, 50
"""Requests after which all things are put back: where one of them was changed since, and where none was."""

PLACE = "a-place-in-a-path"


@dataclass
class Result:
    """What came of asking an operation."""

    operation: str
    examples: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    findings: dict[str, str] = field(default_factory=dict)
    """The first request of each kind of fault, and its answer."""
    found: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    slowest: float = 0.0
    memory: list[int] = field(default_factory=list)
    """Bytes that the service held before and after."""

    def answered(self, status: str, seconds: float) -> None:
        """Count an answer."""
        self.examples += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.slowest = max(self.slowest, seconds)

    def fault(self, kind: str, example: str) -> None:
        """Count a fault."""
        self.found[kind] = self.found.get(kind, 0) + 1
        self.findings.setdefault(kind, example)


@cache
def described() -> tuple[Any, Known]:
    """Return the document, read once: a law of the house holds it to what the service describes."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    for operation in (one for methods in document["paths"].values() for one in methods.values()):
        # Half of the time would go into keys that nobody has; who asks is always somebody who may.
        operation.pop("security", None)
    return schemathesis.openapi.from_dict(document), Known(document)


class Asking:
    """Asks a running service about its operations."""

    def __init__(self, service: Running) -> None:
        self.schema, self.known = described()
        self._service = service
        self._session = requests.Session()

    def operation(self, method: str, path: str) -> Operation:
        """Return an operation by its method and path."""
        found: Operation = self.schema[path][method.upper()]
        return found

    def ask(self, operation: Operation, often: int) -> Result:
        """Ask an operation so often, whatever is found on the way."""
        result = Result(f"{operation.method.upper()} {operation.path}")
        bounds = hypothesis.settings(
            max_examples=often, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        )  # fmt: skip
        self._put_back(operation.path)
        result.memory.append(self._service.memory())
        began = time.monotonic()

        @bounds
        @hypothesis.given(example=examples(operation, self.known))
        def once(example: Example) -> None:
            if self._since >= (OFTEN if self._changed else SELDOM):
                self._put_back(operation.path)
            self._once(example, result)

        once()
        for line in self._service.tracebacks():
            result.fault(f"Traceback: {line[:200]}", str(self._service.log))
        result.seconds = time.monotonic() - began
        result.memory.append(self._service.memory())
        return result

    def _put_back(self, path: str) -> None:
        self._run, self._since, self._changed = self._service.put_back(path), 0, False

    def _once(self, example: Example, result: Result) -> None:
        """Send one request, and judge what comes of it."""
        try:
            sent = self._request(example)
        except UnicodeEncodeError:  # half of a surrogate pair: the asking side itself cannot write it
            hypothesis.reject()
        self._since += 1
        asked = time.monotonic()
        try:
            answer = self._session.request(**sent, timeout=HANGS, allow_redirects=False)
        except requests.RequestException as error:
            result.answered("none", time.monotonic() - asked)
            result.fault(type(error).__name__, f"{_shown(sent)}\n  -> {error}")
            return
        result.answered(str(answer.status_code), time.monotonic() - asked)
        self._changed |= example.case.method.upper() != "GET" and answer.ok
        for fault in _faults(example.case, answer):
            result.fault(fault, f"{_shown(sent)}\n  -> {answer.status_code} {answer.text[:1000]}")

    def _request(self, example: Example) -> dict[str, Any]:
        """Return the request of an example, with the key of a caller who may do everything."""
        case = example.case
        for name, value in (case.path_parameters or {}).items():
            if value == RUN:
                case.path_parameters[name] = self._run
        if example.place:
            name = sorted(case.path_parameters)[0]
            case.path_parameters[name] = PLACE
        _briefly(case)
        sent = case.as_transport_kwargs(base_url=self._service.url)
        sent["headers"] = CaseInsensitiveDict(sent["headers"], Authorization=f"Bearer {self._service.keys[0]}")
        if example.body is not None:
            sent.pop("json", None)
            sent["data"] = example.body
            sent["headers"]["Content-Type"] = "application/json"
        sent["headers"].update(example.headers)
        if example.signed is not None:
            _sign(sent, example.signed)
        prepared = requests.Request(**sent).prepare()
        url = (prepared.url or "").replace(PLACE, example.place)
        if example.query:
            url += ("&" if "?" in url else "?") + example.query
        sent["url"], sent["params"] = url, None
        return sent


def _briefly(case: Case) -> None:
    """Have a stream end soon, and a wait, where the request asks for a time that may be, or a stream for none."""
    asked = dict(case.query or {})
    if case.path.endswith("/events"):
        asked.setdefault("seconds", 1.0)
    for name in asked.keys() & {"seconds", "wait"}:
        with suppress(TypeError, ValueError, OverflowError):
            if 0 < float(asked[name]) <= 86400:
                case.query = {**(case.query or {}), name: 0.01}


def _sign(sent: dict[str, Any], delivery: int) -> None:
    """Sign a request as the sender of a hook does."""
    if "json" in sent:
        sent["data"] = json.dumps(sent.pop("json")).encode()
        sent["headers"]["Content-Type"] = "application/json"
    body = sent.get("data")
    if isinstance(body, bytes):
        sent["headers"].update(signature(f"d{delivery}", int(time.time()), body, [HOOK_SECRET]))


def _faults(case: Case, answer: requests.Response) -> Iterator[str]:
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        yield from (f"{failure.title}: {answer.status_code}" for failure in group.exceptions)


def _shown(sent: dict[str, Any]) -> str:
    body = sent.get("data", sent.get("json"))
    return f"{sent['method']} {sent['url']} {dict(sent['headers'])} {str(body)[:1000]}"
