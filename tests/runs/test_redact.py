"""A secret is masked wherever it is shown, and a short one does not blot out the words it happens to stand in."""

import json
import re

import pytest

from netpulse_core.configs.redacting import MASK
from netpulse_core.runs.redact import Redactor

KEY = b"the site's own"


def masked(text: str, *secrets: str) -> str:
    redact = Redactor(KEY)
    for secret in secrets:
        assert redact.learn(secret) == secret
    return re.sub(rf"{re.escape(MASK)}-[0-9a-f]{{10}}", MASK, redact(text))


@pytest.mark.parametrize(
    "text",
    ["Ethernet1 is administratively down", "sysadmin", "admin_state up", "admin2", "the badmin", "Überadmin", "adminé"],
)
def test_a_short_secret_leaves_the_words_it_stands_in(text: str) -> None:
    assert masked(text, "admin") == text


@pytest.mark.parametrize(
    "text",
    ["admin", "login admin failed", "password=admin;", "(admin)", "'admin'", "admin\nadmin", "admin-down", "a/admin/b"],
)
def test_a_short_secret_is_masked_as_a_word(text: str) -> None:
    assert masked(text, "admin") == text.replace("admin", MASK)


def test_a_short_secret_is_masked_after_an_escape_that_ends_in_a_letter() -> None:
    for before in ("\n", "\t", "\x1b", "\u2028"):
        for shown in (repr(KeyError(f"{before}admin")), json.dumps(f"{before}admin")):
            assert "admin" not in masked(shown, "admin"), shown


def test_a_short_secret_with_a_sign_at_its_end_needs_no_edge_there() -> None:
    assert masked("x$ab1$y", "$ab1$") == f"x{MASK}y"
    assert masked("x$ab12", "$ab1") == "x$ab12"


def test_a_long_secret_is_masked_inside_a_word() -> None:
    assert masked("key0s3cret-valuexyz", "s3cret-value") == f"key0{MASK}xyz"
    assert masked("xhunter22y", "hunter22") == f"x{MASK}y"


@pytest.mark.parametrize("secret", ["a'b\"c", 'pa"s', "pa\\ss", "müß3", 'it\'s a long "secret" ñ', "tab\tin it all"])
def test_a_secret_is_masked_as_repr_and_json_write_it(secret: str) -> None:
    for shown in (repr(secret), repr(KeyError(secret)), json.dumps(secret), json.dumps([secret], ensure_ascii=False)):
        text = masked(f"failed: {shown}", secret)
        assert MASK in text
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text
        assert repr(secret)[1:-1] not in text


def test_a_short_secret_in_its_escaped_form_leaves_words_too() -> None:
    assert masked(json.dumps("Müller"), "Müll") == json.dumps("Müller")


def test_each_line_of_a_secret_is_masked() -> None:
    key = "-----BEGIN KEY-----\nc2VjcmV0IGtleQ==\nend1\n"
    assert masked("c2VjcmV0IGtleQ== end1 bend1", key) == f"{MASK} {MASK} bend1"


def test_of_two_secrets_the_longer_is_masked_first() -> None:
    assert masked("admin-secret admin", "admin", "admin-secret") == f"{MASK} {MASK}"


def test_a_secret_too_short_to_hide_is_left() -> None:
    assert masked("Vlan 1 is up", "1", "up", "") == "Vlan 1 is up"
