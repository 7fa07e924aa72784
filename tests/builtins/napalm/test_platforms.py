"""The table of what each platform can do says what NAPALM's own code says."""

import inspect

import pytest
from napalm import get_network_driver
from napalm.base.base import NetworkDriver

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.napalm.connection import CHANGES, GETTERS
from netpulse_core.builtins.napalm.driver import Napalm
from netpulse_core.builtins.napalm.platforms import ABILITIES, NETMIKO_TYPES, NOT_SPOKEN
from tests.servers.process import free_port

driver = Napalm()


@pytest.mark.parametrize("platform", sorted(ABILITIES))
def test_a_commit_that_reverts_is_offered_where_napalm_can_confirm_one(platform: str) -> None:
    kind = get_network_driver(platform)
    confirms = kind.confirm_commit is not NetworkDriver.confirm_commit
    assert ("revert_in" in ABILITIES[platform]) == confirms
    refused = "Commit message not implemented" in inspect.getsource(kind.commit_config)
    assert ("message" in ABILITIES[platform]) != refused


def test_every_method_of_napalm_is_declared_or_left_out() -> None:
    own = {name for name, _ in inspect.getmembers(NetworkDriver, inspect.isfunction) if not name.startswith("_")}
    ours = {"cli", "compliance_report", "has_pending_commit", "is_alive"}
    left = {"open", "close", "load_template", "pre_connection_tests", "connection_tests", "post_connection_tests"}
    assert own == GETTERS | CHANGES | ours | left


def test_every_platform_of_napalm_is_spoken_or_refused_with_a_reason() -> None:
    from napalm._SUPPORTED_DRIVERS import SUPPORTED_DRIVERS

    assert {name for name in SUPPORTED_DRIVERS if name != "base"} == set(ABILITIES) | set(NOT_SPOKEN)
    assert set(ABILITIES) == set(NETMIKO_TYPES)


@pytest.mark.parametrize("platform", sorted(NOT_SPOKEN))
def test_a_platform_that_is_not_spoken_is_refused_before_anything_is_sent(platform: str) -> None:
    nobody = ConnectionParameters(
        device="leaf1", address="127.0.0.1", port=free_port(), username="u", password="p", platform=platform
    )
    with pytest.raises(errors.Refused, match=f"does not open {platform}"):
        driver.open(nobody, timeout=5)


def test_commands_are_judged_one_by_one() -> None:
    assert driver.lines("cli", (["show clock", "reload"],), {}) == ("show clock", "reload")
    assert driver.is_read("ios", "show clock")
    assert not driver.is_read("ios", "reload")
    with pytest.raises(errors.InvalidParameters):
        driver.lines("cli", ("show clock",), {})
