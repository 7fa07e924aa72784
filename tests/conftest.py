"""The real servers as fixtures, and what is said of tests that lack one: skipped loudly, or failed when required."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import NoReturn, Protocol

import pytest

from tests.servers import chromium, frr, linux, netconfd, postgres, redis, snmpd, ssh, standby, telnet
from tests.servers.process import ServerMissing

os.environ.setdefault("NETPULSE_RECONCILE", "false")  # what a test leaves in doubt stays so, unless it is about that

REQUIRED = os.environ.get("NETPULSE_REQUIRE_SERVERS", "0") not in ("", "0")
MISSING = "server missing: "
LACKING: dict[str, Callable[[], str | None]] = {
    "chromium": chromium.lacking,
    "frr": frr.lacking,
    "netconfd": netconfd.lacking,
    "openssh-server": ssh.lacking,
    "postgresql": postgres.lacking,
    "redis-server": redis.lacking,
    "snmpd": snmpd.lacking,
    "sudo": linux.lacking,
    "telnetd": telnet.lacking,
}


class Closing(Protocol):
    """A server that can be stopped for good."""

    def close(self) -> None:
        """Stop it for good."""


@contextmanager
def served[S: Closing](start: Callable[[], S]) -> Iterator[S]:
    """Run a server, or skip (fail, when servers are required) every test that asked for it."""
    server, reason = None, ""
    try:
        server = start()
    except ServerMissing as error:
        reason = str(error)
    if server is None:
        lack(reason)
    try:
        yield server
    finally:
        server.close()


def lack(reason: str) -> NoReturn:
    """End the test at hand for want of a server."""
    if REQUIRED:
        pytest.fail(MISSING + reason, pytrace=False)
    pytest.skip(MISSING + reason)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[redis.RedisServer]:
    """A Redis of this run's own; a test that kills it may leave it so."""
    with served(redis.RedisServer) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: redis.RedisServer) -> str:
    """The address of that Redis, up and empty."""
    redis_server.resume()
    redis_server.start()
    redis_server.flush()
    return redis_server.url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """A PostgreSQL of this run's own; a test that crashes it may leave it so."""
    with served(postgres.PostgresServer) as server:
        yield server


@pytest.fixture
def postgres_pair(postgres_server: postgres.PostgresServer) -> Iterator[standby.Pair]:
    """A primary and its standby, of the test's own; the shared one says whether there can be any."""
    with closing(standby.Pair()) as pair:
        yield pair


@pytest.fixture
def postgres_url(postgres_server: postgres.PostgresServer) -> Iterator[str]:
    """The address of a fresh, empty database of that PostgreSQL."""
    postgres_server.start()
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.start()
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def frr_routers() -> Iterator[frr.FrrRouters]:
    """Three routers with BGP up between them; a test that changes one calls reset() when it is done."""
    with served(frr.FrrRouters) as routers:
        yield routers


@pytest.fixture(scope="session")
def snmp_agent() -> Iterator[snmpd.SnmpAgent]:
    """A net-snmp agent; a test that stops or freezes it lets it run again."""
    with served(snmpd.SnmpAgent) as agent:
        yield agent


@pytest.fixture(scope="session")
def netconf_server() -> Iterator[netconfd.NetconfServer]:
    """A NETCONF server with a candidate; what a test configures, it takes away."""
    with served(netconfd.NetconfServer) as server:
        yield server


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Honour @pytest.mark.servers("frr", ...) on tests that start servers in some other way."""
    for name in {name for mark in item.iter_markers("servers") for name in mark.args}:
        reason = LACKING[name]()
        if reason is not None:
            lack(reason)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # after pytest's own summary, where it is seen
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say in one line what was not tested, and how to test it."""
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)]
    lacked = sorted({reason.partition(MISSING)[2] for reason in reasons if MISSING in reason})
    if lacked:
        count = sum(MISSING in reason for reason in reasons)
        line = f"NOT TESTED ({count}): {', and '.join(lacked)}. To test all: make test SERVERS=1"
        terminalreporter.write_line(line, red=True, bold=True)
    if REQUIRED and skipped:
        line = f"FAILED: skipped {len(skipped)}, where nothing may be skipped"
        terminalreporter.write_line(line, red=True, bold=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that had to test everything and skipped something."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if REQUIRED and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
