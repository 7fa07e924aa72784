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
        "/a/..%2fx", "/a/..;x/y", "/a/%252e%252e/x", "/a\\..\\x",
        "\\\\192.0.2.9\\x", "/a b", "/a\r\nHost: x", "/a\x00", "/a#b", 7, None,
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
        # what a server may make of a path before it takes the command from it
        (("get", "/level//15//-/reload/CR"), False),
        (("get", "/level;a/15;b/-/reload/CR"), False),
        (("get", "/x;a/exec;b/-/reload/CR"), False),
        (("get", "/%256cevel/15/-/reload/CR"), False),
        (("get", "/x%2fexec%2f-%2freload"), False),
        (("get", "/x%5Cexec%5C-%5Creload"), False),
        (("get", "/x%3Ftype=commit&cmd=<commit/>"), False),
        (("get", "/api/exec"), True),
        (("get", "/items?_type=a&_type=b"), True),
        (("get", "/interfaces=Ethernet1%2F2;v=1//mtu"), True),
        # PAN-OS reads its exact keys; of a key that comes twice, who knows which it takes
        (("get", "/api/?type=op&cmd=<request><restart/></request>&TYPE=show"), False),
        (("get", "/api/?type=config&action=delete&xpath=/config&ACTION=get"), False),
        (("get", "/api/?type=config&action=delete&action=get&xpath=/config"), False),
        (("get", "/api/?type=config&action=get&action=delete&xpath=/config"), False),
        (("get", "/api/?%20type=op&cmd=<request><restart/></request>"), False),
        (("get", "/api/?type=op&CMD=<request/>&cmd=<show><clock/></show>"), False),
        (("get", "/api/?type[]=op&cmd=<request/>"), False),
        (("get", "/api/?type%00=op&cmd=<request/>"), False),
        (("get", "/api/?type=op%20&cmd=<request/>"), False),
        (("get", "/api/?x=1;type=op;cmd=<request/>"), False),
        (("get", "/api/?type=op&cmd=<show><clock/></show><request><restart/></request>"), False),
        (("get", "/api/?type=op&cmd=<SHOW><clock/></SHOW>"), False),
        (("get", "/api/?type=op&cmd=%3Cshow%3E%3Cclock%3E%3C/clock%3E%3C/show%3E%0A&key=a%3Bb"), True),
        (("get", "/api/?type=show&%54YPE=%20Commit"), False),
        (("get", "/api/?type=config&Action=get&xpath=/config"), False),
        # other APIs have such keys too
        (("get", "/interfaces?type=ethernet&type=loopback"), True),
        (("get", "/rest/alerts?Type=critical"), True),
        (("get", "/wapi/log?Action=list"), True),
        (("get", "/items?action=a&action=b&type[]=x"), True),
    ],
)
def test_a_request_is_judged_by_its_method_and_the_command_in_it(call: tuple[str, ...], reads: bool) -> None:
    method, *args = call
    (line,) = driver.lines(method, tuple(args), {})
    assert driver.is_read(None, line) is reads


def test_a_query_is_judged_wherever_it_stands() -> None:
    (line,) = driver.lines("get", ("/",), {"params": {"type": "op", "cmd": "<request/>"}})
    assert not driver.is_read(None, line)


@pytest.mark.parametrize(
    "params",
    [
        {"type": "op", "cmd": "<request><restart><system/></restart></request>", "TYPE": "show"},
        {"type": ["op", "show"], "cmd": "<request/>"},
        {"type": "config", "action": "delete", " action": "get"},
    ],
)
def test_a_key_that_is_spelt_in_two_ways_makes_a_query_a_change(params: dict[str, Any]) -> None:
    (line,) = driver.lines("get", ("/api/",), {"params": params})
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
