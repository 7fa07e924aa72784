"""A secret is masked wherever it is shown, and a short one does not blot out the words it happens to stand in."""

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape, quoteattr

import pytest

from netpulse_core.configs.redacting import MASK
from netpulse_core.runs.known import KnownSecrets
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


def small(url: str) -> str:
    return re.sub("%..", lambda escape: escape[0].lower(), url)


SPELLED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "repr": repr,
    "repr beside a double quote": lambda secret: repr(f'said "no" to {secret}'),
    "repr beside a single quote": lambda secret: repr(f"didn't take {secret}"),
    "repr beside both": lambda secret: repr(f'"didn\'t" take {secret}'),
    "repr of bytes": lambda secret: repr(secret.encode()),
    "repr of bytes beside both": lambda secret: repr(f'"didn\'t" take {secret}'.encode()),
    "ascii": ascii,
    "ascii beside both": lambda secret: ascii(f'"didn\'t" take {secret}'),
    "repr of repr": lambda secret: repr(repr(secret)),
    "JSON": json.dumps,
    "JSON in letters of its own": lambda secret: json.dumps(secret, ensure_ascii=False),
    "JSON in JSON": lambda secret: json.dumps({"body": json.dumps({"key": secret})}),
    "JSON in JSON in letters of its own": lambda secret: json.dumps(
        json.dumps(secret, ensure_ascii=False), ensure_ascii=False
    ),
    "repr of JSON": lambda secret: repr({"body": json.dumps([secret])}),
    "HTML": html.escape,
    "HTML without quotes": lambda secret: html.escape(secret, quote=False),
    "XML": escape,
    "XML of an attribute": quoteattr,
    "XML with all entities": lambda secret: escape(secret, {'"': "&quot;", "'": "&apos;"}),
    "HTML of a template": lambda secret: escape(secret, {'"': "&#34;", "'": "&#39;"}),
    "repr of XML": lambda secret: repr(f"<a b='c'>\"{escape(secret)}\"</a>"),
    "a path of a URL": quote,
    "a part of a URL": lambda secret: quote(secret, safe=""),
    "a query of a URL": quote_plus,
    "a part of a URL in small letters": lambda secret: small(quote(secret, safe="")),
    "a query of a URL in small letters": lambda secret: small(quote_plus(secret)),
    "repr of a path of a URL in small letters": lambda secret: repr(f"'\"/{small(quote(secret))}"),
}
HARD = [
    "pa'ss-word1",
    'pa"ss-word1',
    "a&b<c>d-word",
    "müß-ig-word",
    "a\\b/c d%e+f",
    'tab\tin\'it "all"',
    "plain-word1",
    "a/B%C+word?",
]


@pytest.mark.parametrize("secret", HARD)
@pytest.mark.parametrize("how", SPELLED)
def test_a_secret_is_masked_however_a_text_spells_it(how: str, secret: str) -> None:
    known = KnownSecrets()
    known.learn(secret)
    own, other = Redactor(KEY), Redactor(KEY, known)
    own.learn(secret)
    spelled = SPELLED[how](secret)
    for redact in (own, other):
        said = redact(f"<before> {spelled} <after>")
        assert said.count(redact.mark(secret)) == 1, said
        rest = said.replace(redact.mark(secret), "")
        assert not re.search(r"word|pa.?ss|müß|in.{0,3}it", rest), said


@pytest.mark.parametrize("before", ["", "ada:", "user1:", "admin:", "x:"])
@pytest.mark.parametrize("after", ["", ":z", "more"])
@pytest.mark.parametrize("secret", ["pass-word1", "müß-ig-w\U0001f511rd", "??>>??>>??>>"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_masked_in_base64_wherever_it_stands_there(
    before: str, after: str, secret: str, encode: Callable[[bytes], bytes]
) -> None:
    redact = Redactor(KEY)
    redact.learn(secret)
    said = redact(f"<before> {encode(f'{before}{secret}{after}'.encode()).decode()} <after>")
    assert said.count(redact.mark(secret)) == 1
    left = re.sub(r"\*{8}-[0-9a-f]{10}", "", said.removeprefix("<before> ").removesuffix(" <after>"))
    assert len(left) <= len(encode(before.encode())) + len(encode(after.encode())) + 2


def test_a_short_secret_is_masked_where_base64_has_it_alone() -> None:
    alone = base64.b64encode(b"admin").decode()
    assert masked(f"{alone} x{alone}", "admin") == f"{MASK} x{alone}"


@pytest.mark.parametrize("secret", [" blanks around ", "\tpass-word1", "pass-word1\r", "  admin "])
def test_a_secret_is_masked_as_a_device_shows_it_without_blanks_around(secret: str) -> None:
    for shown in (secret, secret.strip(), f"password={secret.strip()};", quote(f"<{secret}>")):
        assert re.sub("(?:%..)+", " ", shown) != masked(shown, secret)
        assert secret.strip() not in masked(shown, secret)
    redact = Redactor(KEY)
    redact.learn(secret)
    assert redact(secret) == redact.mark(secret.strip())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<one-two-three>", f"<{MASK}{MASK}>"),
        ("<one-two-three-four>", f"<{MASK}{MASK}{MASK}>"),
        ("<one-two-two-three>", f"<{MASK}{MASK}>"),
        ("<two-three one-two->", f"<{MASK} {MASK}>"),
        ("<over-and-over-and-over>", f"<{MASK}>"),
    ],
)
@pytest.mark.parametrize("of_the_node", [False, True])
def test_of_secrets_that_overlap_nothing_stays(text: str, expected: str, of_the_node: bool) -> None:
    known = KnownSecrets()
    redact = Redactor(KEY, known)
    for secret in ("one-two-", "two-three", "three-four", "over-and-over"):
        (known if of_the_node else redact).learn(secret)
    assert re.sub(rf"{re.escape(MASK)}-[0-9a-f]{{10}}", MASK, redact(text)) == expected


@pytest.mark.parametrize("backwards", [False, True])
def test_a_secret_has_its_own_mark_where_another_one_is_spelled_so(backwards: bool) -> None:
    known, own = KnownSecrets(), Redactor(KEY)
    for secret in sorted(("a&b-long", "a&amp;b-long"), reverse=backwards):
        known.learn(own.learn(secret))
    for redact in (own, Redactor(KEY, known)):
        assert redact("a&amp;b-long") == redact.mark("a&amp;b-long")
        assert redact("a&b-long") == redact.mark("a&b-long")


def test_what_stands_in_a_mark_is_no_secret() -> None:
    redact = Redactor(KEY)
    redact.learn("the-long-secret")
    mark = redact.mark("the-long-secret")
    redact.learn(mark.removeprefix(f"{MASK}-"))
    assert redact("the-long-secret") == mark


def test_a_secret_too_short_to_hide_is_left_in_each_of_its_forms() -> None:
    assert masked('"a" &quot;b&quot; %22c%22 \\u00fc', '"', "ü") == '"a" &quot;b&quot; %22c%22 \\u00fc'
