"""Schedules over REST and through both clients: made, changed, paused, run now, told what is next, removed."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from netpulse_core.client import AsyncClient, Client
from netpulse_core.controller import NetPulse
from netpulse_core.errors import InvalidParameters, NotFound, NotPermitted, Refused
from netpulse_core.model.schedule import Overlap, ScheduleStatus, Source
from tests.api.service import Service, serving, write_site

MADE = {
    "runbook": "send_commands",
    "target": "leaf1",
    "parameters": {"commands": ["show clock"]},
    "every": "15m",
    "overlap": "queue",
}


RULES = """
[roles.deputy]
permissions = ["site.read", "reads.run", "schedules.write", "keys.write"]

[roles.reader]
permissions = ["site.read", "reads.run"]

[commands.engineer]
deny = ["reload*"]

[commands.deputy]
deny = ["reload*"]
"""


@pytest.fixture
def ruled(tmp_path: Path) -> Iterator[Service]:
    """A service whose engineers and deputies may not send everything; its operators may."""
    folder = write_site(tmp_path / "site")
    with (folder / "netpulse.toml").open("a") as settings:
        settings.write(RULES)
    with NetPulse.open(folder) as netpulse, serving(netpulse) as (app, port):
        yield Service(netpulse, app, port)


def client(service: Service, role: str) -> Client:
    key = service.netpulse.ledger.keys.create(f"nora-{role}", role, by="ada").key
    return Client(service.url, key)


@pytest.mark.thorough
def test_a_schedule_is_made_changed_paused_and_removed(fresh: Service) -> None:
    with client(fresh, "engineer") as nora:
        made = nora.scheduling.make("clocks", MADE)
        assert (made.source, made.made_by, made.schedule.role) == (Source.API, "nora-engineer", "engineer")
        assert (made.schedule.every, made.schedule.overlap) == (900.0, Overlap.QUEUE)
        assert [each.starts_at for each in nora.scheduling.next("clocks", 2).upcoming] == [
            pytest.approx(made.anchor + 900, abs=0.01),
            pytest.approx(made.anchor + 1800, abs=0.01),
        ]
        changed = nora.scheduling.replace("clocks", {**MADE, "every": "1h"})
        assert changed.schedule.every == 3600.0
        paused = nora.scheduling.pause("clocks", "the core is being moved")
        assert paused.paused is not None
        assert paused.paused.reason == "the core is being moved"
        assert nora.scheduling.next("clocks", 1).upcoming[0].reason == "skipped: paused by nora-engineer"
        assert nora.scheduling.resume("clocks").paused is None
        run = nora.run(nora.scheduling.run_now("clocks").run)
        assert (run.caller, run.schedule) == ("nora-engineer", "clocks")
        assert nora.scheduling.fires("clocks") == []
        assert nora.scheduling.remove("clocks").name == "clocks"
        with pytest.raises(NotFound):
            nora.schedule("clocks")


def test_who_may_not_is_refused(fresh: Service) -> None:
    with client(fresh, "operator") as olaf, client(fresh, "approver") as anna, client(fresh, "engineer") as nora:
        for refused in (lambda: olaf.scheduling.make("clocks", MADE), lambda: anna.scheduling.apply()):
            with pytest.raises(NotPermitted):
                refused()
        assert anna.scheduling.pause("nightly-version", "stop").paused is not None
        with pytest.raises(NotPermitted):
            olaf.scheduling.resume("nightly-version")
        with pytest.raises(NotPermitted, match="role 'admin' has"):
            nora.scheduling.make("clocks", {**MADE, "role": "admin"})
        with pytest.raises(Refused, match="that of a file"):
            nora.scheduling.remove("nightly-version")
        with pytest.raises(InvalidParameters, match="did you mean 'every'"):
            nora.scheduling.make("clocks", {**MADE, "evry": "1h"})


def test_a_schedule_sends_no_line_its_maker_may_not(ruled: Service) -> None:
    reload = {**MADE, "parameters": {"commands": ["show clock ; rel in 5"]}}
    with client(ruled, "engineer") as nora, client(ruled, "admin") as root:
        for looser in ({**MADE, "role": "operator"}, {**reload, "role": "operator"}):
            with pytest.raises(NotPermitted, match="it does not deny 'reload") as refused:
                nora.scheduling.make("clocks", looser)
            assert refused.value.permission == "commands"
            assert "[commands.operator]" in refused.value.hint
        with pytest.raises(NotPermitted, match="role 'engineer' may not send this"):
            nora.scheduling.make("clocks", reload)
        assert nora.scheduling.make("clocks", MADE).schedule.role == "engineer"
        with pytest.raises(NotPermitted, match="role 'engineer' may not send this"):
            nora.scheduling.replace("clocks", reload)
        assert root.scheduling.make("reloads", {**reload, "role": "operator"}).schedule.role == "operator"


def test_a_key_is_given_no_role_that_sends_what_its_maker_may_not(ruled: Service) -> None:
    with client(ruled, "deputy") as dan:
        made = dan.keys.create("bot", "deputy")
        with pytest.raises(NotPermitted) as refused:
            dan.keys.create("bot", "reader")
        assert dan.keys.rotate(made.made.id).made.role == "deputy"
    assert refused.value.permission == "commands"
    assert "[commands.reader]" in refused.value.hint


def test_the_other_client_says_the_same(fresh: Service) -> None:
    key = fresh.netpulse.ledger.keys.create("nora", "engineer", by="ada").key

    async def handled() -> ScheduleStatus:
        async with AsyncClient(fresh.url, key) as nora:
            made = await nora.scheduling.make("clocks", MADE)
            assert len((await nora.scheduling.next("clocks", 3)).upcoming) == 3
            await nora.scheduling.pause("clocks", "later")
            assert (await nora.scheduling.resume("clocks")).paused is None
            assert not (await nora.scheduling.plan()).broken
            await nora.scheduling.remove("clocks")
            return made

    assert asyncio.run(handled()).made_by == "nora"
