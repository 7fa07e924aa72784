"""Requests made up for an operation: as its schema wants them, against it, and of things that are really there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core import NOT_SET
from schemathesis.schemas import APIOperation

from netpulse_core.api.permissions import BY_SIGNATURE, PREFIX
from tests.api.test_openapi import operations, resolved

type Operation = APIOperation[Any, Any, Any, Any]
type Case = schemathesis.Case[Operation]

RUN = "the-run-that-stands"
"""Stands for the id of a run that the service gave."""

TRUE: Mapping[str, tuple[str, ...]] = {
    "run": (RUN, RUN, "last"),
    "device": ("leaf1", "leaf1", "leaf2", "spine1"),
    "schedule": ("uplinks", "nightly-version"),
    "target": ("role=leaf", "", "leaf1", "role=leaf & !leaf2", "site=nowhere"),
    "runbook": ("send_commands", "set_banner"),
    "caller": ("ada",),
    "actor": ("ada",),
    "check": ("*", "ssh_only"),
    "copy": ("redacted", "restorable"),
    "version": ("1", "2"),
    "name": ("image.bin",),
    "endpoint": ("pager",),
    "limit": ("1", "2", "100"),
    "before": ("1", "3", "9000"),
    "after": ("0", "1", "leaf1"),
}
"""Values that fit what the service holds, beside the examples of the document."""

HOSTILE: tuple[Any, ...] = (
    "\x00", "\ud800", "\u202e", "a\r\nb: c", "../../etc/passwd", "{{ 7 * 7 }}", "' OR 1=1 --", "x" * 20_000, "%00",
    " ", "", 10**400, -(10**30), 2**63, 1e308, float("nan"), float("inf"), None, True,
    [], {}, [[[[[[[]]]]]]], {"": {"": None}},
)  # fmt: skip
"""Values that break what is careless: text that cannot be encoded, numbers no column holds, shapes nobody asked for."""

BODIES: tuple[bytes, ...] = (
    b"", b"null", b"[]", b'""', b"{", b"\xff\xfe{}", b"{}" * 2, b"1" * 5000, b"[" * 100_000, b'{"a":' * 50_000,
    b'"\\ud800"', b"NaN", b'\xef\xbb\xbf{"reason": "x"}', '{"reason": "x"}'.encode("utf-16"), b'{"reason": "\xff"}',
    b"a=b&c=d", b"x" * 1_100_000,
)  # fmt: skip
"""Bodies no schema makes up."""

SURROUNDINGS: tuple[Mapping[str, str], ...] = (
    {"Accept": "text/html;q=0.1, */*;q=nonsense"}, {"Accept-Encoding": "br, ,;;"}, {"Content-Type": "text/plain"},
    {"Content-Type": "application/json; charset=utf-7"}, {"Content-Type": ";;="}, {"Content-Encoding": "gzip"},
    {"Expect": "nothing"}, {"Range": "bytes=9-1"}, {"If-None-Match": "*"}, {"If-Modified-Since": "yesterday"},
    {"Last-Event-ID": "1e9"}, {"Last-Event-ID": "\xff"}, {"Idempotency-Key": "\xff"}, {"Cookie": "=;=;"},
    {"X-Forwarded-For": "\xff, 1.2.3"}, {"traceparent": "00-0-0-0"}, {"X-API-Key": "np_x_\xff"},
    {"Authorization": "Basic \xff"}, {"Authorization": "Bearer np_x_\xff"}, {"Host": "[::"}, {"Connection": "close"},
    {"Upgrade": "websocket", "Connection": "Upgrade"},
)  # fmt: skip
"""Headers that are not of the operation, or not as it wants them."""

QUERIES = ("%ff", "=", "limit=1&limit=2", "&&", "a[b]=c", "limit=%00", "target=%ED%A0%80", "after=1e3", "limit=١")
PLACES = ("%ff", "%00", "%2F", "%2e%2e%2f", "%ED%A0%80", "a%0d%0ab", "%25", "%f0%9f%92%a5", "x" * 3000)


@dataclass
class Example:
    """A case of schemathesis, and what is done to its request beyond what a schema can say."""

    case: Case
    headers: dict[str, str] = field(default_factory=dict)
    place: str = ""
    query: str = ""
    body: bytes | None = None
    signed: int | None = None


class Known:
    """What the document gives as examples, by the name of the parameter and by the operation of the body."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._values: dict[str, list[str]] = {name: list(values) for name, values in TRUE.items()}
        self._bodies: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for method, path, operation in operations(document):
            for parameter in operation.get("parameters", ()):
                found = parameter.get("examples", parameter["schema"].get("examples")) or ()
                for value in found:
                    values = self._values.setdefault(parameter["name"], [])
                    values += [value] if value not in values else []
            content = operation.get("requestBody", {}).get("content", {})
            schema = resolved(document, content.get("application/json", {}).get("schema", {}))
            self._bodies[method, path] = list(schema.get("examples", ()))

    def value(self, name: str) -> st.SearchStrategy[str] | None:
        """Return what a parameter of this name may be, where anything is known of it."""
        return st.sampled_from(self._values[name]) if name in self._values else None

    def body(self, operation: Operation) -> list[Mapping[str, Any]]:
        """Return the bodies the document gives as examples."""
        return self._bodies.get((operation.method, operation.path), [])


SIGNED = frozenset(PREFIX + route.removeprefix("POST ") for route in BY_SIGNATURE)
WAYS = ("real",) * 10 + ("hostile",) * 4 + ("positive",) * 3 + ("negative",) * 3


def examples(operation: Operation, known: Known) -> st.SearchStrategy[Example]:
    """Return requests for an operation: half of them of things that are there, so that they get beyond the door."""
    positive = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    negative = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    ways = [way for way in WAYS if way != "negative" or _asks(operation)]
    signs = st.integers(0, 10**6) if operation.path in SIGNED else st.none()

    @st.composite
    def made(draw: st.DrawFn) -> Example:
        way = draw(st.sampled_from(ways))
        example = Example(draw(negative if way == "negative" else positive), signed=draw(signs))
        if way in ("real", "hostile"):
            _of_real_things(draw, example.case, known)
        if way == "hostile":
            _hostile(draw, example)
        return example

    return made()


def _asks(operation: Operation) -> bool:
    """Return whether there is anything that could be asked wrongly."""
    return bool([*operation.iter_parameters(), *operation.body])


def _of_real_things(draw: st.DrawFn, case: Case, known: Known) -> None:
    """Name things that are there, and change a field or two of a body that is known to be good."""
    for name in case.path_parameters or {}:
        if (values := known.value(name)) is not None:
            case.path_parameters[name] = draw(values)
    case.query = {name: _asked(draw, name, value, known) for name, value in (case.query or {}).items()}
    bodies = known.body(case.operation)
    if bodies and isinstance(case.body, dict):
        good = deepcopy(draw(st.sampled_from(bodies)))
        names = sorted({*case.body, *good})
        changed = draw(st.sets(st.sampled_from(names), max_size=2)) if names else set()
        case.body = good | {name: case.body[name] for name in changed if name in case.body}


def _asked(draw: st.DrawFn, name: str, value: Any, known: Known) -> Any:
    values = known.value(name)
    return draw(values) if values is not None and draw(st.integers(0, 3)) else value


def _hostile(draw: st.DrawFn, example: Example) -> None:
    """Do one thing to a good request that no good caller does."""
    case = example.case
    spots = list(_spots(case.body)) if isinstance(case.body, dict | list) else []
    kinds = ["headers", "query", "header text"]
    kinds += ["place"] * bool(case.path_parameters)
    names = sorted(parameter.name for parameter in case.operation.query)
    kinds += ["asked"] * bool(names)
    kinds += ["body", "value", "value", "value"] if case.body is not NOT_SET else ["body"]
    match draw(st.sampled_from(kinds)):
        case "headers":
            example.headers = dict(draw(st.sampled_from(SURROUNDINGS)))
        case "header text":
            text = draw(
                st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
            )
            example.headers = {draw(st.sampled_from(["X-Request-Id", "User-Agent", "Accept", "Cookie"])): text.strip()}
        case "query":
            example.query = draw(
                st.sampled_from(QUERIES) | st.text(st.characters(codec="ascii"), min_size=1, max_size=20)
            )
        case "place":
            example.place = draw(st.sampled_from(PLACES))
        case "asked":
            hostile = st.sampled_from(
                [one for one in HOSTILE if isinstance(one, str | int | float) and one != "\ud800"]
            )
            case.query = {**(case.query or {}), draw(st.sampled_from(names)): draw(hostile)}
        case "value" if spots:
            holder, at = draw(st.sampled_from(spots))
            holder[at] = draw(st.sampled_from(HOSTILE))
            example.body = json.dumps(case.body).encode()
        case _:
            example.body = draw(st.sampled_from(BODIES) | st.binary(max_size=50))


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place within a value, as what holds it and where."""
    for at, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, at
        if isinstance(inner, dict | list):
            yield from _spots(inner)
