"""Templates over REST and through both clients: listed, rendered, parsed, and refused with problems."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from netpulse_core.client import AsyncClient, Client
from netpulse_core.errors import NotFound, TemplateFailed
from netpulse_core.model.templates import Wanted
from tests.api.service import Service

CLOCK = {"platform": "cisco_ios", "command": "sh clock", "text": "02:55:01.000 UTC Sat Jan 31 2026\n"}


def test_text_is_parsed_by_the_template_of_its_command(http: httpx.Client) -> None:
    answer = http.post("/v1/templates/parse", json=CLOCK)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["records"][0]["time"] == "02:55:01.000"
    assert (body["template"], body["suspect"], body["matched"]) == ("cisco_ios_show_clock.textfsm", "", 1)
    listed = {one["name"]: one for one in http.get("/v1/templates").json()["templates"]}
    assert listed[body["template"]]["package"].startswith("ntc-templates ")


def test_a_parser_that_fails_answers_422_with_its_problem(http: httpx.Client) -> None:
    answer = http.post("/v1/templates/parse", json={**CLOCK, "command": "show ip arp", "text": "nonsense\n"})
    assert answer.status_code == 422
    body = answer.json()
    assert body["type"] == "urn:netpulse:error:TemplateFailed"
    assert "State Error raised" in body["problems"][0]
    assert http.post("/v1/templates/parse", json={**CLOCK, "command": "show nothing"}).status_code == 404
    assert http.post("/v1/templates/parse", json={"text": "x", "comand": "y"}).status_code == 422


def test_both_clients_give_the_nouns_and_raise_the_errors(shared: Service) -> None:
    with Client(shared.url, shared.key) as client:
        parsed = client.templates.parse(CLOCK["text"], platform="cisco_ios", command="sh clock")
        assert parsed.records[0]["year"] == "2026"
        listed = client.templates.list()
        assert parsed.template in {one.name for one in listed}
        with pytest.raises(NotFound, match=r"no template 'gone\.j2'"):
            client.templates.render("gone.j2", device="leaf1")
        with pytest.raises(TemplateFailed) as failed:
            client.templates.parse("nonsense", platform="cisco_ios", command="sh ip arp")
        assert "State Error raised" in failed.value.problems[0]

    async def again() -> None:
        async with AsyncClient(shared.url, shared.key) as asking:
            assert await asking.templates.list() == listed
            assert await asking.templates.parse(CLOCK["text"], platform="cisco_ios", command="sh clock") == parsed
            with pytest.raises(NotFound):
                await asking.templates.render("gone.j2")

    asyncio.run(again())


def test_wanted_variables_come_back_as_nouns(shared: Service) -> None:
    with Client(shared.url, shared.key) as client:
        made = client.templates.render("ntp.j2", device="leaf1", variables={"prefer": True})
        assert made.text == "leaf1 prefers\n"
        assert list(made.wanted) == [Wanted("name", "templates/ntp.j2", 1), Wanted("prefer", "templates/ntp.j2", 1)]
        with pytest.raises(TemplateFailed, match=r"templates/ntp\.j2:1: variable 'prefer' is not set"):
            client.templates.render("ntp.j2", device="leaf1")
        with pytest.raises(NotFound, match="no device 'laef1'"):
            client.templates.render("ntp.j2", device="laef1")
