"""What is a reference, what is a secret, and what happens to the rest."""

import pytest

from netpulse_core.configs.secretforms import names_secret
from netpulse_core.inventory.secrets import (
    clear_secrets,
    clear_texts,
    is_reference,
    is_secret_key,
    resolved,
    resolved_extras,
)
from netpulse_core.model.secrecy import is_secret


def resolve(reference: str) -> str:
    return f"<{reference}>"


@pytest.mark.parametrize(
    "value", ["env:NAME", "file:/run/secret", "vault:kv/net#pw", "secret:core", "op://vault/item", "file:/a b"]
)
def test_these_are_references(value: str) -> None:
    assert is_reference(value)


@pytest.mark.parametrize(
    "value",
    ["hunter2", "summer:2024", "a:b", "env:", "env: ", "ENV:NAME", "x://y", "env:two\nlines", "", None, 5, ":", "://"],
)
def test_these_are_clear(value: object) -> None:
    assert not is_reference(value)


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "secret",
        "passphrase",
        "enable_secret",
        "api-token",
        "PRIVATE_KEY",
        "snmp_community",
        "pass",
        "key-string",
        "ospf_md5_key",
        "wpa2_key",
        "hmac_sha256_key",
        "authentication_key",
        "passcode",
    ],
)
def test_these_keys_name_secrets(key: str) -> None:
    assert is_secret_key(key)


@pytest.mark.parametrize(
    "key",
    [
        "key_file",
        "use_keys",
        "bypass",
        "secretary",
        "community",
        "tokens",
        5,
        "key",
        "authorized_key",
        "md5_key_id",
        "public_key",
        "credentials",
    ],
)
def test_these_keys_do_not(key: object) -> None:
    assert not is_secret_key(key)


def test_only_references_are_resolved() -> None:
    assert resolved("env:A", resolve) == "<env:A>"
    assert resolved("clear:text", resolve) == "clear:text"
    assert resolved(None, resolve) is None


def test_references_are_resolved_however_deep_and_the_original_stays() -> None:
    extras = {
        "secret": "op://a/b",
        "proxy": "http://proxy:3128",
        "note": "see:this",
        "inline": "env:B",
        "optional_args": {"list": [{"password": "vault:x"}, "plain", 5, True]},
    }
    assert resolved_extras(extras, resolve) == {
        "secret": "<op://a/b>",
        "proxy": "http://proxy:3128",
        "note": "see:this",
        "inline": "<env:B>",
        "optional_args": {"list": [{"password": "<vault:x>"}, "plain", 5, True]},
    }
    assert extras["secret"] == "op://a/b"


def test_clear_secrets_are_found_by_their_keys() -> None:
    found = clear_secrets(
        {"password": "x", "secret": "env:X", "token": "", "use": {"list": [{"api_key": "y"}]}, "port": 22}
    )
    assert list(found) == [("password",), ("use", "list", 0, "api_key")]


def test_a_community_is_a_secret_among_connection_options_alone() -> None:
    options = {"snmp": {"extras": {"community": "netops-community"}}}
    found = clear_secrets({"core1": {"connection_options": options, "data": {"community": "65000:100"}}})
    assert list(found) == [("core1", "connection_options", "snmp", "extras", "community")]
    kept = {"community": "store://snmp/core1"}
    assert resolved_extras(kept, lambda reference: f"<{reference}>") == {"community": "<store://snmp/core1>"}


def test_a_number_and_all_beneath_a_secret_key_are_secrets_in_clear() -> None:
    leaf = {
        "password": ["first", 2, "env:THIRD"],
        "secret": 12345678,
        "data": {
            "netpulse_jump": {"password": 4711},
            "token": {"value": "deep", "of": None},
            "api_key": [{"old": 1.5}],
            "psk": True,
            "passwd": None,
        },
    }
    assert dict(zip(map(str, clear_secrets({"hosts": {"leaf1": leaf}})), clear_texts({"l": leaf}), strict=True)) == {
        "('hosts', 'leaf1', 'password', 0)": "first",
        "('hosts', 'leaf1', 'password', 1)": "2",
        "('hosts', 'leaf1', 'secret')": "12345678",
        "('hosts', 'leaf1', 'data', 'netpulse_jump', 'password')": "4711",
        "('hosts', 'leaf1', 'data', 'token', 'value')": "deep",
        "('hosts', 'leaf1', 'data', 'api_key', 0, 'old')": "1.5",
    }


@pytest.mark.parametrize(
    "said",
    [
        {"acl": {"pass": ["192.0.2.0/24"]}},
        {"policy": {"pass": {"from": "management"}}},
        {"auth_key": {"id": 1, "type": "hmac-sha-256", "key": "secret:x"}},
        {"auth_key": [{"number": 1, "hash": "hmac-sha-256", "key": "env:X"}]},
        {"psk": {"zone": "management", "peers": ["192.0.2.1"], "value": "op://vault/psk"}},
        {"token": {"key-id": 7, "Algorithm": "sha256", "name": "management", "vlan": 12, "ttl": 60, "version": 2}},
    ],
)
def test_what_is_said_beside_a_secret_is_none(said: dict[str, object]) -> None:
    assert list(clear_texts({"hosts": {"leaf1": {"data": said}}})) == []


@pytest.mark.parametrize(
    "said",
    [
        {"pass": "clear-pw"},
        {"password": {"pass": ["clear-pw"]}},
        {"auth_key": {"key": "secret:x", "password": "clear-pw"}},
        {"auth_key": {"id": 1, "type": "hmac-sha-256", "key": "clear-pw"}},
        {"psk": ["secret:x", "clear-pw"]},
        {"token": {"url": "https://store.example.net/token", "text": "clear-pw"}},
        {"token": {"name": "management", "secret_id": "clear-pw"}},
        {"psk": {1: "clear-pw"}},
    ],
)
def test_a_secret_in_clear_is_one_whatever_stands_beside_it(said: dict[str, object]) -> None:
    assert list(clear_texts({"hosts": {"leaf1": {"data": said}}})) == ["clear-pw"]


@pytest.mark.parametrize("above", [(), ("hosts",), ("groups",)])
def test_a_device_or_a_group_may_be_called_like_a_secret(above: tuple[str, ...]) -> None:
    inventory = {"api-token": {"hostname": "192.0.2.1"}, "secret": {"password": "clear"}}
    document = {above[0]: inventory} if above else inventory
    assert list(clear_secrets(document)) == [(*above, "secret", "password")]


@pytest.mark.parametrize("key", ["password", "enable_secret", "ospf_md5_key", "wpa_key", "key_string", "passcode"])
def test_what_is_a_secret_in_one_place_is_one_in_every_place(key: str) -> None:
    assert is_secret_key(key)
    assert names_secret(key)
    assert is_secret(key)
