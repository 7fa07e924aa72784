"""Webhooks: what is sent can be verified, and goes nowhere it must not, against a real HTTPS server."""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from netpulse_core import Outgoing, PluginSettings
from netpulse_core.builtins.webhooks import request
from netpulse_core.builtins.webhooks.notifier import Webhooks
from netpulse_core.builtins.webhooks.settings import Settings
from netpulse_core.errors import DeliveryFailed
from tests.servers.certificates import Authority
from tests.servers.device_https import Handler, HttpsDevice

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
SECRETS = {"env:OLD": "an old secret of the test", "env:NEW": "whsec_bmV3IHNlY3JldCBvZiB0aGUgdGVzdA=="}
TOKEN = "T0K3N-of-the-path"
OUTGOING = Outgoing(id="d1", endpoint="pager", kind="job.in_doubt", body='{"type":"job.in_doubt"}', attempt=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def server(authority: Authority) -> Iterator[HttpsDevice]:
    """An endpoint at localhost that takes everything."""
    running = HttpsDevice(authority.issue("localhost"))
    running.answers[f"/{TOKEN}"] = lambda handler: handler.say(204)
    yield running
    running.close()


def sending(server: HttpsDevice, authority: Authority, host: str = "localhost", **changed: Any) -> Webhooks:
    """A notifier whose one endpoint is that server."""
    told: dict[str, Any] = {"allow_networks": ["127.0.0.0/8", "::1/128"], "ca_file": authority.ca_file}
    hook = {"url": f"https://{host}:{server.port}/{TOKEN}?a=1", "secret": "env:OLD"}
    settings = PluginSettings(Settings)
    settings.tell({**told, "endpoints": {"pager": hook | changed.pop("hook", {})}, **changed})
    return Webhooks(settings)


def refused(notifier: Webhooks) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failed:
        notifier.send(OUTGOING, SECRETS.__getitem__)
    said = f"{failed.value} {failed.value.hint}"
    assert TOKEN not in said
    assert not [secret for secret in SECRETS.values() if secret in said]
    return failed.value


def verified(server: HttpsDevice, secret: str) -> bool:
    """Verify what the server was sent last as the page says."""
    snippet, _ = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)
    asked = server.asked[-1]
    return bool(names["verified"]({name.lower(): value for name, value in asked.headers.items()}, asked.body, secret))


def test_what_is_sent_is_verified_as_the_page_says(server: HttpsDevice, authority: Authority) -> None:
    hook = {"secret": ["env:NEW", "env:OLD"]}
    assert sending(server, authority, hook=hook).send(OUTGOING, SECRETS.__getitem__) == "204 No Content"
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", f"/{TOKEN}?a=1")
    assert asked.body.decode() == OUTGOING.body
    assert asked.headers["Host"] == f"localhost:{server.port}"
    assert asked.headers["webhook-id"] == "d1"
    assert all(verified(server, secret) for secret in SECRETS.values())
    assert not verified(server, "another secret than that")


def test_what_led_to_an_event_is_said_in_a_header(server: HttpsDevice, authority: Authority) -> None:
    outgoing = replace(OUTGOING, body='{"type":"run.finished","cause":["hook:a","hook:b"]}')
    sending(server, authority).send(outgoing, SECRETS.__getitem__)
    sending(server, authority).send(OUTGOING, SECRETS.__getitem__)
    assert [asked.headers.get("NetPulse-Cause") for asked in server.asked] == ["hook:a, hook:b", None]


def test_a_url_may_be_a_secret(server: HttpsDevice, authority: Authority) -> None:
    secrets = SECRETS | {"env:URL": f"https://localhost:{server.port}/{TOKEN}"}
    notifier = sending(server, authority, hook={"url": "env:URL"})
    assert [one.shown for one in notifier.endpoints()] == ["env:URL"]
    assert notifier.send(OUTGOING, secrets.__getitem__) == "204 No Content"
    with pytest.raises(DeliveryFailed, match="its url is http"):
        notifier.send(OUTGOING, (secrets | {"env:URL": f"http://localhost/{TOKEN}"}).__getitem__)


def test_where_it_goes_is_shown_without_its_path(server: HttpsDevice, authority: Authority) -> None:
    (endpoint,) = sending(server, authority, hook={"events": ["job.*"]}).endpoints()
    assert endpoint.shown == f"https://localhost:{server.port}"
    assert "job.finished" in endpoint.kinds
    assert "run.finished" not in endpoint.kinds


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "0.0.0.0", "[::]",
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "[fe80::1]", "[fd00::1]", "[fec0::1]",
        "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[ff02::1]",
        "[2002:7f00:1::1]", "2130706433", "0x7f.1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused(host: str, server: HttpsDevice, authority: Authority) -> None:
    assert "which is not public" in str(refused(sending(server, authority, host, allow_networks=[])))
    assert server.connections == 0


def test_a_name_is_resolved_once_and_the_connection_goes_there(
    server: HttpsDevice, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert sending(server, authority).send(OUTGOING, SECRETS.__getitem__) == "204 No Content"
    assert asked == ["localhost"]


def test_a_name_with_one_address_that_is_not_public_is_refused_whole(
    server: HttpsDevice, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("127.0.0.1", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert "10.0.0.1, which is not public" in str(refused(sending(server, authority)))
    assert server.connections == 0


def test_redirects_are_not_followed_and_proxies_not_asked(
    server: HttpsDevice, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    elsewhere = f"https://localhost:{server.port}/elsewhere"
    server.answers[f"/{TOKEN}"] = lambda handler: handler.say(307, Location=elsewhere)
    assert "redirects are not followed" in str(refused(sending(server, authority)))
    assert len(server.asked) == 1


@pytest.mark.parametrize(("status", "retryable"), [(400, True), (404, True), (410, False), (500, True)])
def test_only_an_answer_of_2xx_says_that_it_was_taken(
    status: int, retryable: bool, server: HttpsDevice, authority: Authority
) -> None:
    server.answers[f"/{TOKEN}"] = lambda handler: handler.say(status, {"secret": "of the endpoint"})
    failed = refused(sending(server, authority))
    assert str(failed).startswith(f"answered {status}")
    assert failed.retryable is retryable
    assert "of the endpoint" not in str(failed)


def test_a_certificate_of_somebody_else_is_not_believed(server: HttpsDevice, authority: Authority) -> None:
    assert "certificate is not believed" in str(refused(sending(server, authority, "127.0.0.1")))
    alone = HttpsDevice(authority.issue("localhost", self_signed=True))
    try:
        assert "certificate is not believed" in str(refused(sending(alone, authority)))
    finally:
        alone.close()
    assert server.asked == alone.asked == []


def test_certificates_are_read_once_and_again_when_their_file_is_another(
    server: HttpsDevice, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []
    real = ssl.create_default_context

    def counted(**said: Any) -> ssl.SSLContext:
        read.append(said)
        return real(**said)

    monkeypatch.setattr(ssl, "create_default_context", counted)
    believed = tmp_path / "ca.pem"
    believed.write_bytes(authority.ca_file.read_bytes())
    notifier = sending(server, authority, ca_file=believed)
    for _ in range(3):
        notifier.send(OUTGOING, SECRETS.__getitem__)
    assert len(read) == 1
    (tmp_path / "others").mkdir()
    other = tmp_path / "other.pem"
    other.write_bytes(Authority(tmp_path / "others").ca_file.read_bytes())
    other.replace(believed)
    assert "certificate is not believed" in str(refused(notifier))


def test_plain_http_is_sent_only_where_that_is_allowed(authority: Authority) -> None:
    plain = HttpsDevice(None)
    plain.answers[f"/{TOKEN}"] = lambda handler: handler.say(200)
    try:
        assert "no TLS" in str(refused(sending(plain, authority)))
        hook = {"url": f"http://localhost:{plain.port}/{TOKEN}"}
        with pytest.raises(ValidationError, match="its url is http"):
            sending(plain, authority, hook=hook)
        notifier = sending(plain, authority, hook=hook, allow_http=True)
        assert notifier.send(OUTGOING, SECRETS.__getitem__) == "200 OK"
    finally:
        plain.close()


@pytest.mark.thorough
def test_nothing_an_endpoint_does_holds_it_for_long(
    server: HttpsDevice, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "BOUND", 0.5)

    def drip(handler: Handler) -> None:
        while not server.over.wait(0.05):
            handler.raw(b"H")

    with server.silenced():
        assert str(refused(sending(server, authority))) == "no answer within 0.5 s"
    server.answers[f"/{TOKEN}"] = drip
    assert "no answer within 0.5 s" in str(refused(sending(server, authority)))
    with socket.create_server(("127.0.0.1", 0)) as mute:  # it accepts, and never speaks TLS
        hook = {"url": f"https://localhost:{mute.getsockname()[1]}/{TOKEN}"}
        assert "no answer within 0.5 s" in str(refused(sending(server, authority, hook=hook)))


def test_an_endless_answer_is_not_read_to_its_end(server: HttpsDevice, authority: Authority) -> None:
    def endless(handler: Handler) -> None:
        handler.raw(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.over.is_set():
            handler.raw(b"x" * 65536)

    server.answers[f"/{TOKEN}"] = endless
    assert sending(server, authority).send(OUTGOING, SECRETS.__getitem__) == "200 OK"


def test_nobody_there_and_no_such_name_are_said(server: HttpsDevice, authority: Authority) -> None:
    server.close()
    assert "Connection refused" in str(refused(sending(server, authority)))
    assert "does not resolve" in str(refused(sending(server, authority, "nowhere.invalid")))


def test_a_secret_that_is_too_short_signs_nothing(server: HttpsDevice, authority: Authority) -> None:
    with pytest.raises(DeliveryFailed, match="shorter than 16 bytes"):
        sending(server, authority).send(OUTGOING, lambda reference: "short")
    assert server.connections == 0


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ({"secret": "hunter2hunter2hunter2"}, "not a reference to a secret"),
        ({"url": "https://user:hunter2@pager.example/"}, "holds a user or a fragment"),
        ({"url": "pager.example/hook"}, "does not begin with https://"),
        ({"url": "https://"}, "does not begin with https:// and a host"),
        ({"url": "https://pager.example:99999/"}, "its url is none"),
        ({"url": "https://pager.example/\r\nX: y"}, "characters that must be written with %"),
        ({"events": ["job.in_dubt"]}, "no event is called so"),
        ({"colour": "hunter2"}, "Extra inputs"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_without_what_it_holds(
    hook: dict[str, Any], said: str, server: HttpsDevice, authority: Authority
) -> None:
    with pytest.raises(ValidationError) as wrong:
        sending(server, authority, hook=hook)
    assert said in str(wrong.value)
    assert "hunter2" not in str(wrong.value)
