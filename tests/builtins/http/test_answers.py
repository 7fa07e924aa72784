"""The http driver against a device that answers well, badly, late, too much, and elsewhere."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.http.driver import Http
from tests.servers.device_https import TOKEN, Handler, HttpsDevice

driver = Http()
SECRETS = ("netpulse-secret", "bmV0cHVsc2U6bmV0cHVsc2Utc2VjcmV0")  # the second is how basic authentication shows it


@pytest.fixture
def api(by_password: ConnectionParameters, device: HttpsDevice) -> Iterator[Any]:
    connection = driver.open(by_password, timeout=10)
    device.asked.clear()
    yield connection
    driver.close(connection)


def failing[E: errors.DeviceError](kind: type[E], call: Callable[[], Any]) -> E:
    """What a call comes to: exactly this kind of error, and no secret in it."""
    with pytest.raises(errors.DeviceError) as caught:
        call()
    error = caught.value
    assert isinstance(error, kind), repr(error)
    assert not any(secret in f"{error!r} {error} {error.hint}" for secret in SECRETS)
    assert str(error).startswith("leaf1: ")
    return error


def answer(device: HttpsDevice, path: str, reply: Callable[[Handler], None]) -> None:
    device.answers[f"/api{path}"] = reply


def test_json_goes_in_and_comes_out(api: Any, device: HttpsDevice) -> None:
    assert api.get("/interfaces") == [{"name": "Ethernet1", "mtu": 9214}]
    assert api.put("/ntp", {"server": "192.0.2.1"}) == {"stored": "/api/ntp"}
    assert api.get("/ntp") == {"server": "192.0.2.1"}
    assert api.delete("/ntp") is None
    assert api.head("/hostname")["etag"] == '"1"'
    assert api.options("/hostname")["allow"] == "GET, PUT"
    put = device.asked[1]
    assert put.body == b'{"server": "192.0.2.1"}'
    assert put.headers["Content-Type"] == "application/json"


def test_requests_share_one_tcp_connection(api: Any, device: HttpsDevice) -> None:
    before = device.connections
    for _ in range(5):
        api.get("/hostname")
    assert device.connections == before


def test_a_path_is_sent_as_it_was_given(api: Any, device: HttpsDevice) -> None:
    device.store["/api/if=Ethernet1%2F1"] = "there"
    assert api.get("/if=Ethernet1%2F1") == "there"
    failing(errors.CommandRejected, lambda: api.get("/x", params={"a": "1 &", "b": [1, 2]}))
    assert device.asked[-1].path == "/api/x?a=1+%26&b=1&b=2"


def test_a_task_cannot_say_who_we_are(by_password: ConnectionParameters, device: HttpsDevice) -> None:
    extras = {**by_password.extras, "token": TOKEN, "token_header": "X-Auth-Token"}
    api = driver.open(replace(by_password, extras=extras), timeout=10)
    assert api.get("/hostname", headers={"x-auth-token": "somebody", "Accept": "*/*"}) == "leaf1"
    assert device.asked[-1].headers["Accept"] == "*/*"
    assert "Authorization" not in device.asked[-1].headers
    driver.close(api)


def test_a_cookie_of_one_request_is_not_sent_with_the_next(api: Any, device: HttpsDevice) -> None:
    for _ in range(2):
        assert "set-cookie" not in api.head("/hostname")
    assert all("Cookie" not in asked.headers for asked in device.asked)


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, errors.CommandRejected, False),
        (401, errors.AuthenticationFailed, False),
        (403, errors.AuthenticationFailed, False),
        (404, errors.CommandRejected, False),
        (429, errors.CommandRejected, True),
        (500, errors.DeviceError, False),
        (503, errors.DeviceError, True),
        (304, errors.CommandRejected, False),
    ],
)
def test_each_status_is_told_with_what_the_device_said(
    api: Any, device: HttpsDevice, status: int, kind: type[errors.DeviceError], retryable: bool
) -> None:
    answer(device, "/x", lambda handler: handler.say(status, {"error": "no such mtu"}))
    error = failing(kind, lambda: api.get("/x", params={"key": "netpulse-secret"}))
    assert str(status) in str(error)
    assert "GET /api/x" in str(error)
    assert status == 304 or "no such mtu" in str(error)
    assert error.retryable is retryable


def test_a_refused_change_leaves_no_doubt_and_a_broken_one_does(api: Any, device: HttpsDevice) -> None:
    refused, unknown = (400, 403, 404, 409, 429, 307, 308), (301, 302, 408, 500, 503)
    for status, rejected in (*((one, True) for one in refused), *((one, False) for one in unknown)):
        answer(device, "/x", partial(Handler.say, status=status))
        error = failing(errors.DeviceError, lambda: api.post("/x", {}))
        assert isinstance(error, errors.CommandRejected) is rejected, status
    answer(device, "/x", lambda handler: handler.raw(b""))
    assert not isinstance(failing(errors.SessionLost, lambda: api.post("/x", {})), errors.CommandRejected)


def test_a_change_is_sent_once_and_a_read_again_where_a_kept_connection_ended(api: Any, device: HttpsDevice) -> None:
    closing = 1

    def close_once(handler: Handler) -> None:
        nonlocal closing
        if closing:
            closing -= 1
            handler.raw(b"")
        else:
            handler.say(200, "after all")

    answer(device, "/x", close_once)
    assert api.get("/x") == "after all"
    closing = 1
    failing(errors.SessionLost, lambda: api.post("/x", {}))
    assert [asked.method for asked in device.asked] == ["GET", "GET", "POST"]


def test_a_connection_the_device_closed_while_idle_is_made_again(api: Any, device: HttpsDevice) -> None:
    before = device.connections
    device.hang_up()
    assert api.post("/hostname", "leaf2") == {"stored": "/api/hostname"}
    assert device.connections == before + 1
    assert [asked.method for asked in device.asked] == ["POST"]


def test_nothing_was_sent_where_no_connection_could_be_made(api: Any, device: HttpsDevice) -> None:
    device.close()
    error = failing(errors.CommandRejected, lambda: api.post("/hostname", "leaf2"))
    assert isinstance(error, errors.Unreachable)
    assert "nothing was sent" in str(error)
    assert not isinstance(failing(errors.Unreachable, lambda: api.get("/hostname")), errors.CommandRejected)


@pytest.mark.thorough
def test_an_answer_that_trickles_ends_with_its_time(api: Any, device: HttpsDevice) -> None:
    def trickle(handler: Handler) -> None:
        handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not device.over.wait(0.05):
            handler.raw(b" ")

    answer(device, "/x", trickle)
    began = time.monotonic()
    failing(errors.TimedOut, lambda: api.get("/x", read_timeout=1.0))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2", errors.SessionLost),
        (b"HTTP/1.1 200 OK\r\n\r\n[1, 2]", errors.SessionLost),  # no length, and no goodbye of TLS
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n", errors.SessionLost),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", errors.DeviceError),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n[1, 2", errors.DeviceError),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\nNaN", errors.DeviceError),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", errors.DeviceError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", errors.DeviceError),
    ],
)
def test_half_an_answer_is_no_answer(
    api: Any, device: HttpsDevice, sent: bytes, kind: type[errors.DeviceError]
) -> None:
    answer(device, "/x", lambda handler: handler.raw(sent))
    error = failing(kind, lambda: api.get("/x"))
    assert type(error) is kind


def test_an_answer_too_large_is_left_unread(by_password: ConnectionParameters, device: HttpsDevice) -> None:
    small = replace(by_password, extras={**by_password.extras, "largest_answer": 1000})
    api = driver.open(small, timeout=10)
    device.store["/api/x"] = "x" * 900
    assert api.get("/x") == "x" * 900
    device.store["/api/x"] = "x" * 1001
    error = failing(errors.DeviceError, lambda: api.get("/x"))
    assert "larger than 1,000 bytes" in str(error)
    assert "largest_answer" in error.hint
    assert api.get("/hostname") == "leaf1"
    driver.close(api)


def test_text_is_text_and_nothing_is_none(api: Any, device: HttpsDevice) -> None:
    answer(device, "/text", lambda handler: handler.say(200, "x", kind="text/plain"))
    assert api.get("/text") == '"x"'
    answer(device, "/empty", lambda handler: handler.say(200))
    assert api.get("/empty") is None


def test_a_redirect_is_followed_below_the_base_alone(api: Any, device: HttpsDevice) -> None:
    def to(location: str) -> Callable[[Handler], None]:
        return lambda handler: handler.say(302, Location=location)

    for location in ("/api/hostname", "hostname", f"https://127.0.0.1:{device.port}/api/hostname"):
        answer(device, "/x", to(location))
        assert api.get("/x") == "leaf1"
    device.asked.clear()
    elsewhere = (
        "https://192.0.2.1/api/hostname",
        f"https://localhost:{device.port}/api/hostname",
        f"http://127.0.0.1:{device.port}/api/hostname",
        f"https://netpulse:x@127.0.0.1:{device.port}/api/hostname",
        "//192.0.2.1/api/hostname",
        "/other",
        "/api/../other",
        "/apis/x",
        "/api/exec/-/reload",
        "https://[",
    )
    for location in elsewhere:
        answer(device, "/x", to(location))
        assert "redirected to" in str(failing(errors.CommandRejected, lambda: api.get("/x")))
    assert {asked.path for asked in device.asked} == {"/api/x"}


def test_a_redirect_for_ever_ends(api: Any, device: HttpsDevice) -> None:
    answer(device, "/x", lambda handler: handler.say(302, Location="/api/x"))
    failing(errors.CommandRejected, lambda: api.get("/x"))
    assert len(device.asked) < 10


def test_a_change_is_never_redirected(api: Any, device: HttpsDevice) -> None:
    for status in (301, 302, 307, 308):
        answer(device, "/x", partial(Handler.say, status=status, Location="/api/hostname"))
        failing(errors.DeviceError, lambda: api.post("/x", {}))
    answer(device, "/x", lambda handler: handler.say(303, Location="/api/hostname"))
    assert api.post("/x", {}) is None
    assert {asked.path for asked in device.asked} == {"/api/x"}


def test_waiting_requests_end_with_the_session(api: Any, device: HttpsDevice) -> None:
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            api.get("/hostname")
        except errors.DeviceError as error:
            raised.append(error)

    with device.silenced():
        asking = [threading.Thread(target=ask) for _ in range(3)]
        for one in asking:
            one.start()
        until = time.monotonic() + 10
        while not device.asked and time.monotonic() < until:
            time.sleep(0.01)
        assert not driver.at_rest(api)
        driver.abort(api)
        for one in asking:
            one.join(10)
        assert len(raised) == 3
    assert all(isinstance(error, errors.SessionLost) for error in raised)
    assert not driver.alive(api)


def test_a_secret_is_masked_however_the_device_quotes_it(
    by_password: ConnectionParameters, device: HttpsDevice
) -> None:
    device.password = 'p"ss wörd'
    api = driver.open(replace(by_password, password=device.password), timeout=10)
    for quoted in ({"error": device.password}, "x" * 190 + device.password, "p%22ss%20w%C3%B6rd"):
        answer(device, "/x", partial(Handler.say, status=400, data=quoted))
        error = failing(errors.CommandRejected, lambda: api.get("/x"))
        assert "wörd" not in str(error)
        assert "22ss" not in str(error)
        assert "p\\" not in str(error)
    driver.close(api)


def test_no_secret_is_logged_or_shown(
    by_password: ConnectionParameters, device: HttpsDevice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api = driver.open(by_password, timeout=10)
    api.get("/hostname")
    device.password = "changed since"
    error = failing(errors.AuthenticationFailed, lambda: api.get("/hostname"))
    assert "bad credentials" in str(error)
    assert "********" in str(error)  # the device quotes what it was given
    driver.close(api)
    assert "/api/hostname" in caplog.text
    assert not any(secret in f"{caplog.text} {api!r} {by_password!r}" for secret in SECRETS)
