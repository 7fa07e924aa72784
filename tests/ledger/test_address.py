"""Whoever cannot reach a ledger is told which servers were asked, and what they said; never a password."""

from contextlib import closing

import pytest

from netpulse_core.errors import ServiceError, SiteError
from netpulse_core.ledger.ledger import Ledger
from tests.servers.standby import Pair


def away(url: str) -> ServiceError:
    with closing(Ledger(url)) as ledger, pytest.raises(ServiceError) as refused:
        ledger.runs.page()
    return refused.value


@pytest.mark.parametrize(
    "query",
    [
        "host=127.0.0.1,127.0.0.2&port=1,2",
        "host=127.0.0.1:1&host=127.0.0.2:2",
        "host=127.0.0.1,127.0.0.2&port=1,2&target_session_attrs=read-write",
    ],
)
def test_both_servers_of_a_pair_that_is_down_are_named_and_no_password(query: str) -> None:
    hint = away(f"postgresql://u:hunter2@/n?{query}&passfile=hunter3").hint
    assert (
        hint
        == "check that one of the servers of postgresql+psycopg://u:***@127.0.0.1:1,127.0.0.2:2/n is up and reachable"
    )
    assert "hunter" not in away(f"postgresql:///n?{query}&user=u&password=hunter2").hint


def test_servers_are_shown_with_the_ports_that_they_have() -> None:
    with closing(Ledger("postgresql://u@/n?host=db1,::1,db2")) as ledger:
        assert repr(ledger) == "<ledger postgresql+psycopg://u@db1:5432,[::1]:5432,db2:5432/n>"
    with closing(Ledger("postgresql://u@/n?host=/run/pg&port=6432")) as ledger:
        assert repr(ledger) == "<ledger postgresql+psycopg://u@/run/pg:6432/n>"
    with closing(Ledger("postgresql://u@db1/n?connect_timeout=1")) as ledger:
        assert repr(ledger) == "<ledger postgresql+psycopg://u@db1/n>"


@pytest.mark.parametrize("query", ["host=a,b,c&port=1,2", "host=a,b&port=5432", "host=a&port=hunter2"])
def test_ports_that_belong_to_no_host_are_refused(query: str) -> None:
    with pytest.raises(SiteError, match="do not belong together") as refused:
        Ledger(f"postgresql://u:hunter2@/n?{query}")
    assert "as many ports as hosts" in refused.value.hint
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.thorough
def test_a_standby_that_nobody_promoted_is_not_said_to_be_down(postgres_pair: Pair) -> None:
    pair, alone = postgres_pair, postgres_pair.standby.url(postgres_pair.name)
    named = f"127.0.0.1:{pair.primary.port}, 127.0.0.1:{pair.standby.port}"
    for url in (alone, f"{alone}?target_session_attrs=read-write"):
        assert "is up, and is a standby: promote it, or name the primary too" in away(url).hint
    pair.primary.stop()
    for wanted in ("read-write", "primary"):
        hint = away(pair.url.replace("read-write", wanted)).hint
        assert hint == (
            f"none of {named} takes writes, and one that is up is a standby: promote it, or start the primary"
        )
    hint = away(pair.url.replace("&target_session_attrs=read-write", "")).hint
    assert f"of {named} one that is a standby was reached first: add `target_session_attrs=read-write`" in hint
