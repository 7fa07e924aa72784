"""The ledger and the broker over TLS: who they are is proven, and what cannot be is said before anything starts."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netpulse_core import settings as configuration
from netpulse_core.broker.redis import RedisBroker
from netpulse_core.controller import NetPulse
from netpulse_core.controller.transport import examine
from netpulse_core.errors import ServiceError, SiteError
from netpulse_core.ledger.ledger import Ledger
from tests.servers.certificates import Authority
from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer

KEY = b"the key of these tests"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signed the certificates of both servers, which are for 127.0.0.1 alone."""
    return Authority(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Somebody else who signs certificates."""
    return Authority(tmp_path_factory.mktemp("theirs"))


@pytest.fixture(scope="module")
def redis(authority: Authority) -> Iterator[RedisServer]:
    """Redis over TLS."""
    server = RedisServer(authority.issue("127.0.0.1"))
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def postgres(authority: Authority) -> Iterator[PostgresServer]:
    """PostgreSQL over TLS."""
    server = PostgresServer(certificate=authority.issue("127.0.0.1"))
    try:
        yield server
    finally:
        server.close()


@pytest.mark.servers("redis-server")
def test_a_broker_over_tls_is_rung_where_it_proves_who_it_is(
    redis: RedisServer, authority: Authority, stranger: Authority
) -> None:
    for url, rung in (
        (redis.tls_url(ssl_ca_certs=str(authority.ca_file)), True),
        (redis.tls_url(ssl_ca_certs=str(stranger.ca_file)), False),
        (redis.tls_url("localhost", ssl_ca_certs=str(authority.ca_file)), False),  # a name it has no certificate for
        (redis.tls_url(), False),
    ):
        with closing(RedisBroker(url, KEY)) as broker:
            assert broker.ring({"n1": ["leaf1"]}) is rung


@pytest.mark.servers("postgresql")
def test_a_ledger_over_tls_is_used_where_it_proves_who_it_is(
    postgres: PostgresServer, authority: Authority, stranger: Authority
) -> None:
    url = f"{postgres.url()}?sslmode=verify-full&sslrootcert="
    with closing(Ledger(f"{url}{authority.ca_file}")) as ledger:
        ledger.upgrade()
        assert ledger.database.now() > 0
        with ledger.database.read() as connection:
            used = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            assert connection.exec_driver_sql(used).scalar_one() is True
    for wrong in (f"{url}{stranger.ca_file}", f"{url}{authority.ca_file}".replace("127.0.0.1", "localhost")):
        with closing(Ledger(wrong)) as ledger, pytest.raises(ServiceError):
            ledger.require_current()


@pytest.mark.parametrize("key", ["ledger", "broker"])
def test_a_url_that_names_a_missing_file_does_not_start(site: Path, key: str) -> None:
    urls = {
        "ledger": "postgresql://db.example/n?sslmode=verify-full&sslrootcert=/no/such.pem",
        "broker": "rediss://r.example/0?ssl_ca_certs=/no/such.pem",
    }
    ledger = 'ledger = "sqlite:///l"' if key == "broker" else ""
    (site / "netpulse.toml").write_text(f'# ours\n{key} = "{urls[key]}"\n{ledger}\n')
    with pytest.raises(SiteError, match=rf"netpulse\.toml:2:{key}: there is no file /no/such\.pem"):
        NetPulse.open(configuration.load(site))


@pytest.mark.parametrize(
    ("key", "url", "said"),
    [
        ("broker", "redis://r.example/0", "in clear"),
        ("broker", "rediss://r.example/0?ssl_cert_reqs=none", "not verified"),
        ("broker", "rediss://r.example/0?ssl_check_hostname=False", "not verified"),
        ("broker", "rediss://r.example/0", ""),
        ("broker", "redis://localhost/0", ""),
        ("broker", "unix:///run/redis.sock", ""),
        ("broker", "redis+sentinel://:hunter2@s1.example:1,s2.example/doorbells/0", "rediss+sentinel://"),
        ("broker", "redis+sentinel://[::1]:1,s2.example/doorbells", "in clear"),
        ("broker", "rediss+sentinel://s1.example,s2.example/doorbells?ssl_check_hostname=no", "not verified"),
        ("broker", "rediss+sentinel://s1.example,s2.example/doorbells", ""),
        ("broker", "redis+sentinel://localhost:1,127.0.0.1:2/doorbells", ""),
        ("ledger", "postgresql://u:hunter2@db.example/n", "not verified"),
        ("ledger", "postgresql://db.example/n?sslmode=require", "not verified"),
        ("ledger", "postgresql://db.example/n?sslmode=verify-full", ""),
        ("ledger", "postgresql://db.example/n?sslmode=verify-full&sslrootcert=system", ""),
        ("ledger", "postgresql:///n?host=/run/postgresql", ""),
        ("ledger", "sqlite:////var/lib/netpulse/ledger.sqlite3", ""),
    ],
)
def test_a_server_elsewhere_that_could_be_anybodys_is_told_of(
    site: Path, caplog: pytest.LogCaptureFixture, key: str, url: str, said: str
) -> None:
    examine(configuration.load(site, **{"ledger": "sqlite:///l", key: url}))
    assert bool(caplog.text) is bool(said)
    assert said in caplog.text
    assert "hunter2" not in caplog.text
