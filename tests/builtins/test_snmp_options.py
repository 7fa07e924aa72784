"""What the inventory may say of SNMP, and what is wrong with it, told before anything is sent."""

from typing import Any

import pytest

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.snmp.driver import Snmp
from netpulse_core.builtins.snmp.security import of

COMMUNITY, SSH_PASSWORD = "tests-community-3", "the-ssh-password"


def parameters(username: str | None, extras: dict[str, Any]) -> ConnectionParameters:
    return ConnectionParameters(
        device="core1",
        address="192.0.2.1",
        port=161,
        username=username,
        password=SSH_PASSWORD,
        platform=None,
        extras=extras,
    )


@pytest.mark.parametrize(
    ("username", "extras", "problem"),
    [
        (None, {}, "username: SNMPv3 needs a user"),
        ("u", {"comunity": "x"}, "comunity: unknown; did you mean 'community'"),
        ("u", {"community": "x", "version": "1"}, "version: '1' is neither 2c nor 3"),
        ("u", {"version": "2c"}, "community: must be text"),
        ("u", {"community": "x", "auth_password": "a" * 8}, "auth_password: not with version 2c"),
        ("u", {"version": 3, "community": "x"}, "community: not with version 3"),
        ("u", {"auth_protocol": "SHA"}, "auth_protocol and auth_password: both or neither"),
        ("u", {"auth_protocol": "SHA3", "auth_password": "a" * 8}, "auth_protocol: 'SHA3' is none of MD5, SHA, "),
        ("u", {"auth_protocol": "AES", "auth_password": "a" * 8}, "auth_protocol: 'AES' is none of"),
        ("u", {"auth_protocol": "SHA", "auth_password": "short"}, "auth_password: must be text of at least 8"),
        ("u", {"priv_protocol": "AES", "priv_password": "a" * 8}, "no privacy without authentication"),
    ],
)
def test_wrong_options_are_told(username: str | None, extras: dict[str, Any], problem: str) -> None:
    with pytest.raises(errors.InvalidParameters) as caught:
        Snmp().open(parameters(username, extras), timeout=5)
    assert problem in str(caught.value)
    assert "short" not in str(caught.value)


def test_the_login_password_is_never_a_community() -> None:
    taken = of(parameters("u", {"community": COMMUNITY}))
    assert (taken.version, taken.community) == ("2c", COMMUNITY)
    assert COMMUNITY not in repr(taken)
    assert of(parameters("u", {})).version == "3"
    assert SSH_PASSWORD not in vars_of(of(parameters("u", {})))


def vars_of(taken: Any) -> list[Any]:
    return [getattr(taken, name) for name in taken.__slots__]
