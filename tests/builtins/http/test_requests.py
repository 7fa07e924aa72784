"""Which requests can be made, which only read, and which never leave."""

from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.http import paths
from netpulse_core.builtins.http.driver import Http
from netpulse_core.builtins.http.options import Options

driver = Http()
BARE = ConnectionParameters(
    device="leaf1", address="192.0.2.1", port=443, username="netpulse", password="netpulse-secret", platform=None
)


@pytest.mark.parametrize(
    "path",
    [
        "https://192.0.2.9/x", "//192.0.2.9/x", "x", "@192.0.2.9/", "/a/../../x", "/a/%2e%2e/x", "/a/.%2E/x", "/./x",
        "/a/..%2fx", "/a\\..\\x", "\\\\192.0.2.9\\x", "/a b", "/a\r\nHost: x", "/a\x00", "/a#b", 7, None,
    ],
)  # fmt: skip
def test_no_path_leads_elsewhere(path: Any) -> None:
    with pytest.raises(errors.InvalidParameters, match="path"):
        driver.lines("get", (path,), {})


def test_a_request_that_cannot_be_made_is_refused_before_the_gate() -> None:
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("post", ("/x", object()), {}),
        ("post", ("/x",), {"body": float("nan")}),
        ("get", ("/x?a=1",), {"params": {"b": 2}}),
        ("get", ("/x", {}), {}),
        ("get", ("/x",), {"headers": {"Authorization": "Basic x"}}),
        ("get", ("/x",), {"headers": {"x-http-method-override": "DELETE"}}),
        ("get", ("/x",), {"headers": {"Cookie": "x"}}),
        ("get", ("/x",), {"headers": {"X": "a\r\nY: b"}}),
        ("post", ("/x", {}), {"timeout": 5}),
        ("post", ("/x", {}), {"method": "GET"}),
        ("post", ("/x", {}), {"read_timeout": "5"}),
        ("post", ("/x", {}), {"read_timeout": 0}),
        ("request", ("get", "/x"), {}),
        ("request", ("CONNECT", "/x"), {}),
        ("request", (), {"path": "/x"}),
    ]
    for method, args, kwargs in calls:
        with pytest.raises(errors.InvalidParameters):
            driver.lines(method, args, kwargs)


@pytest.mark.parametrize(
    ("call", "reads"),
    [
        (("get", "/x"), True),
        (("head", "/x"), True),
        (("options", "/x"), True),
        (("request", "GET", "/x"), True),
        (("request", "DELETE", "/x"), False),
        (("post", "/x"), False),
        (("put", "/x"), False),
        (("patch", "/x"), False),
        (("delete", "/x"), False),
        (("get", "/level/15/exec/-/reload/CR"), False),
        (("get", "/level/15/configure/-/hostname/x"), False),
        (("get", "/%6cevel/15/x"), False),
        (("get", "/exec/show/version"), False),
        (("get", "/?type=op&cmd=<show><clock></clock></show>"), True),
        (("get", "/?type=op&cmd=<request><restart/></request>"), False),
        (("get", "/?type=config&action=get&xpath=/config"), True),
        (("get", "/?type=config&action=set&xpath=/config"), False),
        (("get", "/?type=commit&cmd=<commit></commit>"), False),
        (("get", "/interfaces?type=ethernet"), True),
    ],
)
def test_a_request_is_judged_by_its_method_and_the_command_in_it(call: tuple[str, ...], reads: bool) -> None:
    method, *args = call
    (line,) = driver.lines(method, tuple(args), {})
    assert driver.is_read(None, line) is reads


def test_a_query_is_judged_wherever_it_stands() -> None:
    (line,) = driver.lines("get", ("/",), {"params": {"type": "op", "cmd": "<request/>"}})
    assert not driver.is_read(None, line)


def test_unknown_or_unsound_extras_are_refused_and_never_quoted() -> None:
    wrong: list[dict[str, Any]] = [
        {"verfy": False},
        {"verify": "false"},
        {"verify": 0},
        {"scheme": "ftp"},
        {"token": "netpulse-secret\r\nX: y"},
        {"token": ""},
        {"headers": {"Authorization": "netpulse-secret"}},
        {"headers": {"X": "netpulse-secret\n"}},
        {"base_path": "//192.0.2.9"},
        {"base_path": "https://192.0.2.9"},
        {"base_path": "/a?netpulse-secret"},
        {"probe_path": "/../netpulse-secret"},
        {"token_header": "X: y"},
        {"largest_answer": 0},
    ]
    for extras in wrong:
        with pytest.raises(errors.InvalidParameters) as caught:
            Options.of(replace(BARE, extras=extras))
        assert "leaf1" in str(caught.value)
        assert "netpulse-secret" not in f"{caught.value!r}{caught.value.__cause__!r}"
    with pytest.raises(errors.InvalidParameters, match="colon"):
        Options.of(replace(BARE, username="a:b"))
    assert "netpulse-secret" not in repr(Options.of(replace(BARE, extras={"token": "netpulse-secret"})))


def test_no_jump_host_and_no_missing_ca_file() -> None:
    with pytest.raises(errors.Refused, match="jump host"):
        driver.open(replace(BARE, jumps=(BARE,)), timeout=1)
    with pytest.raises(errors.InvalidParameters, match=r"no\.pem: No such file"):
        driver.open(replace(BARE, extras={"ca_file": "/nowhere/no.pem"}), timeout=1)
    with pytest.raises(errors.InvalidParameters, match="no certificates"):
        driver.open(replace(BARE, extras={"ca_file": __file__}), timeout=1)


def test_every_method_is_judged() -> None:
    assert {verb.upper() for verb in driver.commands - {"request"}} == paths.METHODS
