"""A request that nobody answers in time is asked again under its key, and its caller is told how to go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from netpulse_core import errors
from netpulse_core.client import AsyncClient, Client
from netpulse_core.client.failures import error_of, problem_of
from netpulse_core.model.run import Accepted, RerunRequest, RunRequest
from tests.api.service import Service
from tests.client.network import relayed

ASK = RunRequest(runbook="set_banner", target="role=leaf", parameters={"text": "x"})
TIMEOUT = 1.0

Asked = Callable[[str, str, RunRequest], Accepted]


def of_sync(url: str, key: str, request: RunRequest) -> Accepted:
    with Client(url, key, timeout=TIMEOUT) as client:
        return client.submit(request)


def of_async(url: str, key: str, request: RunRequest) -> Accepted:
    async def ask() -> Accepted:
        async with AsyncClient(url, key, timeout=TIMEOUT) as client:
            return await client.submit(request)

    return asyncio.run(ask())


@pytest.mark.thorough
@pytest.mark.parametrize("ask", [of_sync, of_async])
def test_a_change_whose_answer_comes_too_late_is_one_run(fresh: Service, ask: Asked) -> None:
    with relayed(fresh.port) as relay:
        relay.mute = 1
        accepted = ask(relay.url, fresh.key, ASK)
        assert relay.connections == 2
    assert [run.id for run in fresh.netpulse.runs()] == [accepted.run]
    assert accepted.created is False


@pytest.mark.thorough
@pytest.mark.parametrize("ask", [of_sync, of_async])
def test_a_change_that_nobody_answers_is_one_run_under_the_key_that_is_told(fresh: Service, ask: Asked) -> None:
    with relayed(fresh.port) as relay:
        relay.mute = 9
        with pytest.raises(errors.Unanswered, match="the request may have been accepted") as told:
            ask(relay.url, fresh.key, ASK)
        assert f"--idempotency-key {told.value.idempotency_key}" in told.value.hint
        assert "try again" not in told.value.hint
        relay.mute = 0
        accepted = ask(relay.url, fresh.key, replace(ASK, idempotency_key=told.value.idempotency_key))
    assert [run.id for run in fresh.netpulse.runs()] == [accepted.run]
    again = error_of(problem_of(told.value))  # what `--json` tells
    assert isinstance(again, errors.Unanswered)
    assert again.idempotency_key == told.value.idempotency_key


@pytest.mark.thorough
def test_a_rerun_that_nobody_answers_tells_its_key(fresh: Service, client: Client) -> None:
    first = client.submit(ASK).run
    fresh.hand.conclude(fresh.hand.claim())
    asked = RerunRequest(run=first, devices=("leaf1",))
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key, timeout=TIMEOUT) as away:
        relay.mute = 9
        with pytest.raises(errors.Unanswered) as told:
            away.rerun(asked)
    again = client.rerun(replace(asked, idempotency_key=told.value.idempotency_key))
    assert [run.id for run in fresh.netpulse.runs()] == [again.run, first]


@pytest.mark.thorough
def test_a_broken_connection_tells_the_key_and_a_refused_one_nothing(fresh: Service) -> None:
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key) as client:
        relay.after = 10
        with pytest.raises(errors.Unanswered, match=r"broke the connection.*; the request may have been accepted"):
            client.submit(ASK)
    with Client(relay.url, fresh.key) as client, pytest.raises(errors.ServiceError) as refused:
        client.submit(ASK)
    assert type(refused.value) is errors.ServiceError


@pytest.mark.thorough
def test_a_question_that_nobody_answers_is_not_asked_again(fresh: Service) -> None:
    with relayed(fresh.port) as relay, Client(relay.url, fresh.key, timeout=TIMEOUT) as client:
        relay.mute = 9
        with pytest.raises(errors.ServiceError, match="did not answer in time"):
            client.devices()
        assert relay.connections == 1
