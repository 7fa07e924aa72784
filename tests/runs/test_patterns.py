"""Secrets that nobody told NetPulse of are masked by how they look, and what is kept of them can still be compared."""

import json
import re
from typing import Any

import pytest

from netpulse_core.configs.redacting import MASK
from netpulse_core.runs.plain import plain
from netpulse_core.runs.redact import Redactor
from tests.secretforms import CANARY, KEPT, PLAIN, SECRETS

MARK = re.compile(r"\*{8}-[0-9a-f]{10}")
KEY = b"the key of the site"


@pytest.mark.parametrize("line", SECRETS.splitlines())
@pytest.mark.parametrize("before", ["", "+", "-", "  "])
def test_every_form_is_masked_in_outputs_and_differences(line: str, before: str) -> None:
    redact = Redactor(KEY)
    said = redact(f"first\n{before}{line.replace('CANARY', CANARY)}\nlast\n")
    assert CANARY not in said
    assert MARK.search(said)
    assert said.startswith("first\n")
    assert said.endswith("\nlast\n")
    assert redact(said) == said


@pytest.mark.parametrize("line", [one for one in SECRETS.splitlines() if '"' not in one and "'" not in one])
@pytest.mark.parametrize("write", [repr, json.dumps, lambda text: repr(KeyError(text))])
def test_every_form_is_masked_in_a_text_that_an_error_quotes(line: str, write: Any) -> None:
    text = f"hostname leaf1\r\n{line.strip().replace('CANARY', CANARY)}\nsnmp-server community {CANARY} ro\nend"
    said = Redactor(KEY)(f"ValueError: not understood: {write(text)}")
    assert CANARY not in said
    assert "hostname leaf1" in said


@pytest.mark.parametrize("line", PLAIN.splitlines())
def test_what_only_looks_a_little_like_one_stays(line: str) -> None:
    assert Redactor(KEY)(f"first\n{line}\nlast\n") == f"first\n{line}\nlast\n"


@pytest.mark.parametrize("line", KEPT.splitlines())
def test_what_stands_around_a_secret_in_its_line_stays(line: str) -> None:
    said = Redactor(KEY)(line.replace("CANARY", CANARY))
    assert MARK.sub("X", said) == line.replace("CANARY", "X").replace("hunter", "X")


def test_a_community_that_routeros_exports_beneath_its_heading_is_masked() -> None:
    heading = (
        "/snmp community\nset [ find default=yes ] name={0}\nadd addresses=::/0 name={0}\n/ip pool\nadd name=users\n"
    )
    assert MARK.sub("{0}", Redactor(KEY)(heading.format(CANARY))) == heading


@pytest.mark.parametrize("word", ["cipher", "ciphertext", "sha1", "encrypted", "auth-pass", "accept", "ENC", "key"])
def test_the_word_that_says_how_a_secret_is_kept_stays_and_is_no_secret_elsewhere(word: str) -> None:
    for line in (one for one in SECRETS.splitlines() if f" {word} " in one):
        assert f" {word} " in Redactor(KEY)(line.replace("CANARY", CANARY)), line


def test_a_mark_is_equal_for_equal_secrets_and_says_nothing_without_the_key() -> None:
    redact = Redactor(KEY)
    one, same, other = (
        MARK.findall(redact(f"snmp-server community {name} ro"))[0] for name in ("abcd", "abcd", "abce")
    )
    assert one == same != other
    assert one == MARK.findall(Redactor(KEY)("username ada password 0 abcd"))[0]
    assert one != MARK.findall(Redactor(b"another key")("snmp-server community abcd ro"))[0]
    assert MARK.findall(Redactor()("password abcd")) != MARK.findall(Redactor()("password abcd"))


def test_a_secret_has_one_mark_whether_it_was_known_or_not() -> None:
    knows, sees = Redactor(KEY), Redactor(KEY)
    knows.learn("an0ther-s3cret")
    assert knows("enable secret 0 an0ther-s3cret\n") == sees("enable secret 0 an0ther-s3cret\n")


def test_what_stands_around_a_secret_stays_with_its_type() -> None:
    redact = Redactor(KEY)
    text = "username ada privilege 15 password 7 0822455D0A16\n neighbor 192.0.2.1 password 7 0822455D0A16\n"
    assert MARK.sub("X", redact(text)) == "username ada privilege 15 password 7 X\n neighbor 192.0.2.1 password 7 X\n"
    assert MARK.sub("X", redact('set system tacplus-server 192.0.2.1 secret "$9$abc"')).endswith(' secret "X"')


def test_data_is_masked_by_its_names_too() -> None:
    redact = Redactor(KEY)
    said = plain(
        {
            "user": "ada", "password": "hunter2", "enabled": True, "authKey": ["k3yyy"], "key-string": "k3yyy",
            "snmp": {"community": {"s3cretRO": {"mode": "ro", "acl": "10"}, "public": {"mode": "ro"}}},
            "secret": {"type": "sha512", "hash": "abcdef"},
            "route": {"communities": ["65000:1"]},
            "token": "env:TOKEN", "config": "hostname a\nenable secret s3cretEN\n", "password_min_length": "8",
        },
        redact,
    )  # fmt: skip
    assert said["user"] == "ada"
    assert said["authKey"] == [said["key-string"]]
    assert said["snmp"]["community"] == {redact.mark("s3cretRO"): {"mode": "ro", "acl": "10"}, "public": {"mode": "ro"}}
    assert said["secret"] == {"type": "sha512", "hash": redact.mark("abcdef")}
    assert said["route"] == {"communities": ["65000:1"]}
    assert (said["token"], said["password_min_length"], said["enabled"]) == ("env:TOKEN", "8", True)
    for secret in ("hunter2", "k3yyy", "s3cret", "abcdef"):
        assert secret not in json.dumps(said)


def test_a_private_key_goes_whole_from_a_text_and_from_an_error() -> None:
    key = f"-----BEGIN RSA PRIVATE KEY-----\nMIIE{CANARY}\n{CANARY}AB\n-----END RSA PRIVATE KEY-----\nend\n"
    for text in (key, repr(key), json.dumps({"file": key})):
        said = Redactor(KEY)(text)
        assert CANARY not in said
        assert "END RSA PRIVATE KEY" in said


def test_a_line_without_an_end_is_masked_too() -> None:
    filler = '"counter": 123456, "name": "et0", ' * 4000
    said = Redactor(KEY)("{" + filler + f'"password": "{CANARY}", ' + filler + f'"password": "{CANARY}"' + "}")
    assert CANARY not in said
    assert len(MARK.findall(said)) == 2
    assert said.count('"counter": 123456, "name": "et0", ') == 8000


def test_letters_that_grow_when_they_are_made_small_move_nothing() -> None:
    assert MASK in Redactor(KEY)(f"İİİ description İ\nenable secret {CANARY}\nİ end")
    said = Redactor(KEY)(f"İİİ description İ\nenable SECRET {CANARY}\nİ end")
    assert MARK.sub("X", said) == "İİİ description İ\nenable SECRET X\nİ end"
