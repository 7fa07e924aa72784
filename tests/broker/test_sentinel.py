"""Redis behind sentinels: after a failover the bell rings on, and nobody talks to the server that was the master."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import TYPE_CHECKING

import pytest

from netpulse_core.broker.address import SENTINEL_PORT, connections
from netpulse_core.broker.cache import Remembered
from netpulse_core.broker.redis import RedisBroker
from netpulse_core.errors import SiteError
from tests.broker.conftest import KEY, Heard
from tests.servers.process import free_port
from tests.servers.sentinel import HOST, MASTER, PASSWORD, SENTINEL_PASSWORD, Sentinels

if TYPE_CHECKING:
    from collections.abc import Callable

needs_redis = pytest.mark.servers("redis-server")


@pytest.fixture
def sentinels() -> Iterator[Sentinels]:
    """A master, its replica and three sentinels."""
    with closing(Sentinels()) as started:
        yield started


def soon(what: Callable[[], bool], within: float = 20) -> None:
    """Wait until something is so."""
    limit = time.monotonic() + within
    while not what():
        assert time.monotonic() < limit
        time.sleep(0.1)


def works(broker: RedisBroker, other: RedisBroker, heard: Heard) -> None:
    """Wait until rings, news, rates and answers are shared by two processes again."""
    rings = len(heard.rings)
    soon(lambda: other.ring({"n1": ["d1"]}))
    heard.wait(rings + 1)
    seen = broker.wait("run", 0, 0.1)
    told = threading.Event()

    def watch() -> None:
        if broker.wait("run", seen, 20) != seen:
            told.set()

    def tells() -> bool:
        other.tell(["run"])
        return told.wait(0.2)

    threading.Thread(target=watch, daemon=True).start()
    soon(tells)

    def counts_together() -> bool:
        whose = f"somebody {time.monotonic()}"
        return [one.rates.take(whose, 3).allowed for one in (broker, other, broker, other)] == [True] * 3 + [False]

    def remembers() -> bool:
        other.keep([Remembered("q1", "blob-a", 0.0)])
        return broker.recall("q1") is not None

    soon(counts_together)  # each connection that was there before may cost one question
    soon(remembers)
    soon(lambda: other.post("w1", b"what w1 has", 60))
    assert broker.posted("w1") == b"what w1 has"


@needs_redis
@pytest.mark.thorough
@pytest.mark.parametrize("how", ["by command", "killed", "frozen"])
def test_a_failover_costs_rings_and_nothing_else(sentinels: Sentinels, heard: Heard, how: str) -> None:
    with closing(RedisBroker(sentinels.url, KEY)) as broker, closing(RedisBroker(sentinels.url, KEY)) as other:
        broker.listen("n1", heard)
        works(broker, other, heard)
        first = sentinels.master
        if how == "by command":
            sentinels.fail_over()
        else:
            sentinels.signal(first, SIGKILL if how == "killed" else SIGSTOP)
            began = time.monotonic()
            other.ring({"n1": ["lost"]})
            other.rates.take("somebody", 3)
            assert time.monotonic() - began < 15  # nobody is held up for as long as the failover takes
            sentinels.until(sentinels.sentinels[0], lambda _: sentinels.master != first)
        works(broker, other, heard)
        assert other.answers()
        if how == "frozen":
            sentinels.signal(first, SIGCONT)
        elif how == "killed":
            sentinels.start(first)  # as a master, which the sentinels soon change
        sentinels.until(first, lambda one: one.info("replication")["role"] == "slave")
        works(broker, other, heard)


@needs_redis
@pytest.mark.thorough
def test_a_sentinel_that_names_a_demoted_master_is_asked_last(heard: Heard) -> None:
    with closing(Sentinels(0)) as servers:
        master, replica = servers.servers
        servers.sentinels = [stale, right] = [free_port(), free_port()]
        servers.watch(stale, replica, quorum=9)  # nobody agrees with it, so that it never learns better
        servers.watch(right, master, quorum=9)
        with closing(RedisBroker(servers.url, KEY)) as broker, closing(RedisBroker(servers.url, KEY)) as other:
            broker.listen("n1", heard)
            works(broker, other, heard)


@needs_redis
@pytest.mark.thorough
def test_an_address_that_moved_on_to_another_server_is_connected_to_anew(heard: Heard) -> None:
    with closing(Sentinels(0)) as servers, closing(Door(servers.servers[0])) as door:
        url = f"redis://:{PASSWORD}@{HOST}:{door.port}/0"
        with closing(RedisBroker(url, KEY)) as broker, closing(RedisBroker(url, KEY)) as other:
            broker.listen("n1", heard)
            works(broker, other, heard)
            master, replica = servers.servers
            with closing(servers.client(replica)) as promoted, closing(servers.client(master)) as demoted:
                promoted.replicaof("NO", "ONE")
                door.to = replica
                demoted.replicaof(HOST, str(replica))
            works(broker, other, heard)


class Door:
    """An address before servers, as a name or a balancer is: a new connection goes where the door leads now."""

    def __init__(self, to: int) -> None:
        self.to = to
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Close the door and all that went through."""
        for one in [self._listener, *self._sockets]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _serve(self) -> None:
        while True:
            try:
                came, _ = self._listener.accept()
            except OSError:
                return
            went = socket.create_connection((HOST, self.to))
            self._sockets += [came, went]
            for one, other in ((came, went), (went, came)):
                threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://:hunter2@s1:1",
        "redis+sentinel://:hunter2@s1:99999/doorbells",
        "redis+sentinel://:hunter2@s1,,s2/doorbells",
        "redis+sentinel://:hunter2@s1/doorbells/first",
        "redis+sentinel://:hunter2@s1/doorbells?nonsense=1",
        "sentinel://:hunter2@s1/doorbells/0",
        "redis://:hunter2@s1/0?nonsense=1",
        "rediss://:hunter2@s1/0?ssl_cert_reqs=hunter2",
    ],
)
def test_a_url_that_is_none_is_refused_with_its_form_and_without_its_password(url: str) -> None:
    with pytest.raises(SiteError, match="not the URL of a broker") as refused:
        RedisBroker(url, KEY)
    assert "redis+sentinel://:PASSWORD@HOST:" in refused.value.hint
    assert refused.value.__cause__ is None
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"


def test_a_url_of_sentinels_says_each_password_and_all_hosts() -> None:
    pool = connections(
        "rediss+sentinel://netpulse:a%2Fb@s1.example,s2.example:26380,[fd00::3]/doorbells/4"
        "?ssl_ca_certs=/etc/ssl/ca.pem&sentinel_username=asks&sentinel_password=c%26d"
    )
    told = pool.connection_kwargs
    assert (told["username"], told["password"], told["db"], told["ssl_ca_certs"]) == (
        "netpulse", "a/b", 4, "/etc/ssl/ca.pem",
    )  # fmt: skip
    asked = [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]  # type: ignore[attr-defined]
    assert [(one["host"], one["port"]) for one in asked] == [
        ("s1.example", SENTINEL_PORT), ("s2.example", 26380), ("fd00::3", SENTINEL_PORT),
    ]  # fmt: skip
    assert {(one["username"], one["password"], one["ssl_ca_certs"]) for one in asked} == {
        ("asks", "c&d", "/etc/ssl/ca.pem")
    }


def test_sentinels_that_are_all_away_are_a_broker_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    url = f"redis+sentinel://:hunter2@127.0.0.1:1,127.0.0.1:2/{MASTER}?sentinel_password={SENTINEL_PASSWORD}"
    with closing(RedisBroker(url, KEY)) as broker:
        assert not broker.ring({"n1": ["d1"]})
        assert not broker.answers()
        assert broker.rates.take("somebody", 1).allowed
    assert "none of 2 sentinels knows a living master named doorbells" in caplog.text
    assert "hunter2" not in caplog.text
    assert SENTINEL_PASSWORD not in caplog.text
