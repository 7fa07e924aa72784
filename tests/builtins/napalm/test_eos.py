"""NAPALM on EOS, over eAPI: certificates, sessions of configuration, and commits that wait."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.napalm.driver import Napalm
from netpulse_core.testing import refusal
from tests.servers.device_https import HttpsDevice

driver = Napalm()
WANTED = "interface Ethernet1\n   description from napalm\n"


@pytest.fixture
def napalm(on_eos: ConnectionParameters) -> Iterator[Any]:
    connection = driver.open(on_eos, timeout=20)
    yield connection
    driver.close(connection)


def test_a_certificate_nobody_signed_gets_no_password(on_eos: ConnectionParameters, switch: HttpsDevice) -> None:
    said = refusal(driver, replace(on_eos, extras={}))
    assert isinstance(said, errors.HostKeyChanged)
    assert "certificate is not believed" in str(said)
    assert switch.asked == []
    driver.close(driver.open(replace(on_eos, extras={"optional_args": {"verify": False}}), timeout=20))


def test_a_candidate_is_compared_and_committed(napalm: Any, switch: HttpsDevice) -> None:
    napalm.load_merge_candidate(config=WANTED)
    assert "+   description from napalm" in napalm.compare_config()
    assert not driver.at_rest(napalm)
    napalm.commit_config()
    assert driver.at_rest(napalm)
    assert "   description from napalm" in switch.eos.running
    assert switch.eos.startup == switch.eos.running


def test_a_refused_commit_leaves_nothing(napalm: Any, switch: HttpsDevice) -> None:
    switch.eos.refuses_commit = True
    napalm.load_merge_candidate(config=WANTED)
    with pytest.raises(errors.CommandRejected, match="nothing of it stands"):
        napalm.commit_config()
    assert "   description from napalm" not in switch.eos.running


def test_a_commit_is_confirmed_in_the_session_that_made_it(napalm: Any, switch: HttpsDevice) -> None:
    napalm.load_merge_candidate(config=WANTED)
    napalm.commit_config(revert_in=120)
    assert napalm.has_pending_commit()
    napalm.confirm_commit()
    assert not napalm.has_pending_commit()
    assert "   description from napalm" in switch.eos.running


def test_a_session_that_ends_throws_its_candidate_away(on_eos: ConnectionParameters, switch: HttpsDevice) -> None:
    connection: Any = driver.open(on_eos, timeout=20)
    connection.load_merge_candidate(config=WANTED)
    assert switch.eos.sessions
    driver.close(connection)
    assert not switch.eos.sessions


def test_a_commit_that_waits_is_left_to_its_timer(on_eos: ConnectionParameters, switch: HttpsDevice) -> None:
    connection: Any = driver.open(on_eos, timeout=20)
    connection.load_merge_candidate(config=WANTED)
    connection.commit_config(revert_in=120)
    driver.close(connection)
    assert list(switch.eos.waiting)  # NAPALM's own goodbye would abort it
