"""Words of a command line become what the runbook's schema says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from netpulse_core.cli.parameters import in_words, read
from netpulse_core.errors import InvalidParameters


class Peer(BaseModel):
    """A nested parameter."""

    asn: int


class Everything(BaseModel):
    """A parameter of each kind."""

    lines: list[str] | str
    numbers: list[int] = []
    count: int = 1
    ratio: float = 1.0
    save: bool = False
    word: str = ""
    maybe: str | None = None
    parse: Literal["json"] | None = None
    peer: Peer | None = None
    peers: list[Peer] = []
    free: Any = None


SCHEMA = Everything.model_json_schema()


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        (["lines=a"], {"lines": ["a"]}),
        (["lines=a", "lines=b=c"], {"lines": ["a", "b=c"]}),
        (['lines=["a", "b"]'], {"lines": ["a", "b"]}),
        (["numbers=1", "numbers=2"], {"numbers": [1, 2]}),
        (["count=12"], {"count": 12}),
        (["count=dozen"], {"count": "dozen"}),
        (["ratio=0.5"], {"ratio": 0.5}),
        (["save=yes"], {"save": True}),
        (["save=FALSE"], {"save": False}),
        (["word=12"], {"word": "12"}),
        (["word=true"], {"word": "true"}),
        (["word="], {"word": ""}),
        (["maybe=null"], {"maybe": "null"}),
        (["parse=json"], {"parse": "json"}),
        (["parse=none"], {"parse": None}),
        (['peer={"asn": 65001}'], {"peer": {"asn": 65001}}),
        (['peers={"asn": 1}', 'peers={"asn": 2}'], {"peers": [{"asn": 1}, {"asn": 2}]}),
        (["free=[1, 2]"], {"free": [1, 2]}),
        (["free=text"], {"free": "text"}),
        (["unknown=1"], {"unknown": 1}),
    ],
)
def test_values_take_the_form_of_the_schema(pairs: list[str], wanted: dict[str, Any]) -> None:
    assert read(None, pairs, SCHEMA) == wanted


def test_a_document_comes_first_and_pairs_win(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text('{"count": 1, "word": "a"}')
    assert read(f"@{file}", ["count=2"], SCHEMA) == {"count": 2, "word": "a"}


@pytest.mark.parametrize(
    ("document", "pairs", "problem"),
    [
        (None, ["lines"], "'lines' is not name=value"),
        (None, ["=x"], "is not name=value"),
        (None, ["count=1", "count=2"], "count is given 2 times and is not a list"),
        ("{", [], "not JSON"),
        ("[]", [], "not a JSON object"),
        ("@/nowhere", [], "cannot be read"),
        ('{"count": 1, "count": 2}', [], "the document has the key 'count' twice"),
        ('{"peer": {"asn": 1, "asn": 2}}', [], "the document has the key 'asn' twice"),
        (None, ['peer={"asn": 1, "asn": 2}'], "a value has the key 'asn' twice"),
    ],
)
def test_what_cannot_be_read_is_said(document: str | None, pairs: list[str], problem: str) -> None:
    with pytest.raises(InvalidParameters, match=problem):
        read(document, pairs, SCHEMA)


def test_types_are_said_as_people_say_them() -> None:
    words = {name: in_words(form, SCHEMA) for name, form in SCHEMA["properties"].items()}
    assert words["lines"] == "list of string or string"
    assert words["numbers"] == "list of integer"
    assert words["parse"] == '"json" or null'
    assert words["free"] == "anything"


@pytest.mark.parametrize(
    "pair",
    ["lines=[a, b]", "lines= ['a', 'b']", "lines={a}", "peer={asn: 1}", "free=[a]", "unknown=[a]", "numbers=[1,]"],
)
def test_what_begins_as_json_and_is_none_is_no_text(pair: str) -> None:
    with pytest.raises(InvalidParameters, match="begins as JSON does and is none") as refused:
        read(None, [pair], SCHEMA)
    name = pair.partition("=")[0]
    assert f"""-p '{name}=["a", "b"]'""" in refused.value.hint
    assert f"repeat -p {name}=..." in refused.value.hint
    assert f"""-p '{name}=["[ -f x ]"]'""" in refused.value.hint


def test_a_text_may_begin_with_a_bracket() -> None:
    assert read(None, ["word=[a, b]"], SCHEMA) == {"word": "[a, b]"}
    assert read(None, ["lines=[edit]", "lines={master}"], SCHEMA) == {"lines": ["[edit]", "{master}"]}
    assert read(None, ['lines=["[edit]", "{x}"]'], SCHEMA) == {"lines": ["[edit]", "{x}"]}


@pytest.mark.parametrize(
    "line", ["[ -f /etc/x ] && id", "[ -f /etc/x ]", "{ a; b; }", "{ a; b; } > f", "[[ -f x ]] && id", "{a,b}/x ls"]
)
def test_a_line_of_a_shell_may_begin_with_a_bracket(line: str) -> None:
    assert read(None, [f"lines={line}"], SCHEMA) == {"lines": [line]}
    assert read(None, [f"lines={line}", "lines=id"], SCHEMA) == {"lines": [line, "id"]}


def test_json_with_blanks_is_json() -> None:
    assert read(None, ['lines=[ "a", "b" ]'], SCHEMA) == {"lines": ["a", "b"]}
    assert read(None, ['peer={ "asn": 1 }'], SCHEMA) == {"peer": {"asn": 1}}
