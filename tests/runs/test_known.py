"""What one job resolved is masked in what every other job of its node leaves."""

import hashlib
import json
import sys
import threading
from typing import Any

import pytest

from netpulse_core.configs.redacting import MASK
from netpulse_core.runs.known import KnownSecrets
from netpulse_core.runs.redact import Redactor

KEY = b"the site's own"
SECRET = "an0ther-j0b's"


def knowing(*secrets: str) -> KnownSecrets:
    known = KnownSecrets()
    for secret in secrets:
        known.learn(secret)
    return known


@pytest.mark.parametrize(
    "secret", [SECRET, "12345678", "tab\tand \"quotes\" 'in' it", "müßig und läng", "\ud800 is no character"]
)
def test_it_is_found_wherever_it_stands_in_a_text(secret: str) -> None:
    redact = Redactor(KEY, knowing(secret))
    for before in range(12):
        for after in range(6):
            text = f"{'x' * before}{secret}{'y' * after}"
            assert secret not in redact(text), text
            assert redact(repr(text)) == repr(text).replace(repr(secret)[1:-1], redact.mark(secret))


def test_it_has_the_mark_that_its_own_job_gives_it() -> None:
    own = Redactor(KEY)
    own.learn(SECRET)
    assert Redactor(KEY, knowing(SECRET))(f"contact {SECRET} of it") == own(f"contact {SECRET} of it")


def test_it_is_learned_while_a_job_is_at_work() -> None:
    known = KnownSecrets()
    redact = Redactor(KEY, known)
    assert redact(SECRET) == SECRET
    known.learn(SECRET)
    assert redact(SECRET).startswith(MASK)


def test_a_short_one_is_an_ordinary_word_to_other_jobs() -> None:
    assert Redactor(KEY, knowing("cisco"))("cisco WS-C2960") == "cisco WS-C2960"


def test_each_long_line_of_it_is_known() -> None:
    said = Redactor(KEY, knowing("-----BEGIN KEY-----\nc2VjcmV0IGtleQ==\nend"))("c2VjcmV0IGtleQ== end")
    assert said.startswith(MASK)
    assert said.endswith(" end")


def test_the_longest_is_masked_first_whoever_knows_it() -> None:
    own = Redactor(KEY, knowing("core-password-2"))
    own.learn("core-password")
    assert own("core-password-2") == own.mark("core-password-2")
    own = Redactor(KEY, knowing("core-password"))
    own.learn("core-password-2")
    assert own("core-password-2") == own.mark("core-password-2")


def test_only_so_many_are_kept_and_the_latest_of_them() -> None:
    known = KnownSecrets(most=3)
    for number in range(9):
        known.learn(f"one-time-{number}")
    assert set(known.within(" ".join(f"one-time-{number}" for number in range(9)))) == {
        f"one-time-{number}" for number in (6, 7, 8)
    }


def test_a_secret_resolved_again_is_kept_longer() -> None:
    known = KnownSecrets(most=2)
    for secret in ("the-fleet's", "one-time-1", "the-fleet's", "one-time-2"):
        known.learn(secret)
    assert set(known.within("the-fleet's one-time-1 one-time-2")) == {"the-fleet's", "one-time-2"}


def test_it_says_nothing_of_itself() -> None:
    assert SECRET not in repr(knowing(SECRET))


def test_it_is_asked_and_told_by_many_threads_at_once() -> None:
    known, forgetful, failed = KnownSecrets(), KnownSecrets(most=50), []

    def learn(name: int) -> None:
        try:
            for number in range(300):
                secret = f"secret-{name}-{number}"
                known.learn(secret)
                forgetful.learn(secret)
                forgetful.within(f"said {secret} by it")
                assert secret in known.within(f"said {secret} by it")
        except BaseException as error:  # noqa: BLE001  whatever it is, it is told by the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=learn, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_word_is_recognised_by_the_mark_that_another_node_gave_it() -> None:
    before = Redactor(KEY, knowing(SECRET))(f'snmp-server contact "{SECRET}"')
    elsewhere = Redactor(KEY)
    now = f'snmp-server contact "{SECRET}"'
    assert elsewhere(now) != before
    elsewhere.recognise(now, before)
    assert elsewhere(now) == before


class Counted(str):
    """A text that counts what it is searched for."""

    __slots__ = ("searched",)

    def __contains__(self, part: str) -> bool:  # type: ignore[override]
        self.searched = getattr(self, "searched", 0) + 1
        return super().__contains__(part)


@pytest.mark.parametrize("secret", ["Netops-{}", "{}-Netops", "Netops-{}-Netops", "the very same {} words"])
def test_a_text_with_what_many_secrets_have_in_common_is_searched_for_few(secret: str) -> None:
    own = [hashlib.sha256(b"%d" % number).hexdigest()[:7] for number in range(1000)]
    known = knowing(*(secret.format(one) for one in own))
    for before in range(4):
        text = Counted("x" * before + secret.format("switch1"))
        assert known.within(text) == {}
        assert getattr(text, "searched", 0) < 20
        assert set(known.within("x" * before + secret.format(own[-1]))) == {secret.format(own[-1])}


def test_what_two_secrets_share_stays_known_when_one_is_forgotten() -> None:
    known = KnownSecrets(most=2)
    for secret in ("a&b-long", "a&amp;b-long", "another-one"):
        known.learn(secret)
    assert known.within("a&amp;b-long") == {"a&amp;b-long": "a&amp;b-long"}
    assert known.within("a&b-long") == {}


def test_an_escaped_secret_has_one_mark_while_it_is_learned_again() -> None:
    secret, ended = 'it\'s a "secret"', threading.Event()
    known = knowing(secret)

    def learn() -> None:
        while not ended.is_set():
            known.learn(secret)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=learn)
    thread.start()
    try:
        redact = Redactor(KEY, known)
        text = repr(secret)
        assert {redact.by_value(text) for _ in range(5000)} == {f"'{redact.mark(secret)}'"}
    finally:
        ended.set()
        thread.join()
        sys.setswitchinterval(interval)


KEY_FILE = json.dumps(
    {
        "type": "service_account",
        "project_id": "the-project",
        "private_key": "-----BEGIN PRIVATE KEY-----\nc2VjcmV0IGtleQ==\nb2YgdGhlHByb2o=\n-----END PRIVATE KEY-----\n",
        "private_key_id": "0123456789abcdef",
        "client_email": "netops@the-project.example.net",
        "auth_uri": "https://accounts.example.net/auth",
        "client_x509_cert_url": "https://accounts.example.net/x509",
        "universe_domain": "example.net.of.them",
        "more": [{"client-secret": {"value": "an0ther-secret"}}],
    },
    indent=2,
)


@pytest.mark.parametrize("of_the_node", [False, True])
def test_what_is_public_in_a_secret_of_several_lines_is_none(of_the_node: bool) -> None:
    pem = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIB\n-----END CERTIFICATE-----\n"
    known, own = KnownSecrets(), Redactor(KEY)
    for secret in (KEY_FILE, pem):
        (known if of_the_node else own).learn(secret)
    redact = Redactor(KEY, known) if of_the_node else own
    for public in (
        '  "type": "service_account",\n  "project_id": "the-project",',
        "0123456789abcdef of netops@the-project.example.net",
        "https://accounts.example.net/auth https://accounts.example.net/x509 example.net.of.them",
        "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----",
    ):
        assert redact(public) == public
    for secret in ("c2VjcmV0IGtleQ==", "b2YgdGhlHByb2o=", "an0ther-secret", "MIIBszCCAVmgAwIB"):
        assert redact(f"said: {secret}") == f"said: {redact.mark(secret)}"
    for whole in (KEY_FILE, pem.strip(), repr(KEY_FILE)[1:-1]):
        assert redact(f"said: {whole}") == f"said: {redact.mark(whole if whole != repr(KEY_FILE)[1:-1] else KEY_FILE)}"
    for line in KEY_FILE.splitlines():
        assert "c2VjcmV0" not in redact(line)
        assert "an0ther" not in redact(line)


@pytest.mark.parametrize(
    "secret", ['{"type": "c0de-book",\n"first": "c2VjcmV0IGtleQ=="}', '["c2VjcmV0IGtleQ==",\n"more"]']
)
def test_each_text_is_secret_in_json_that_names_no_secret(secret: str) -> None:
    assert "c2VjcmV0IGtleQ==" not in Redactor(KEY, knowing(secret))("said: c2VjcmV0IGtleQ==")


@pytest.mark.parametrize(
    ("document", "secret", "public"),
    [
        (
            {"username": "netops-admin", "password": "login-pw-1", "enable": "enable-pw-1"},
            ["login-pw-1", "enable-pw-1"],
            "netops-admin",
        ),
        ({"passphrase": "", "ssh": "QUJDREVGR0g="}, ["QUJDREVGR0g="], ""),
        ({"password": "abc", "more": ["c0de-book", {"clientId": "the-client"}]}, ["c0de-book"], "the-client"),
        ({"role_id": "role-of-netops", "secret_id": "c0de-of-it"}, ["c0de-of-it"], "role-of-netops"),
        ({"host": {"user": "netops-admin", "old": "former-pw-1"}}, ["former-pw-1"], "netops-admin"),
        ({"token": "c0de-book", "mode": "authentication"}, ["c0de-book"], "authentication"),
        ({"password": "", "url": "https://pager.example.net/c0de"}, ["https://pager.example.net/c0de"], ""),
    ],
)
@pytest.mark.parametrize("of_the_node", [False, True])
def test_all_but_what_has_a_public_name_is_secret_in_json(
    document: dict[str, Any], secret: list[str], public: str, of_the_node: bool
) -> None:
    known, own = KnownSecrets(), Redactor(KEY)
    (known if of_the_node else own).learn(json.dumps(document))
    redact = Redactor(KEY, known) if of_the_node else own
    assert redact(f"said: {public}") == f"said: {public}"
    for one in secret:
        assert redact(f"said: {one}") == f"said: {redact.mark(one)}"


def test_lines_that_only_begin_like_json_are_secret() -> None:
    assert "c2VjcmV0IGtleQ==" not in Redactor(KEY, knowing("{\nc2VjcmV0IGtleQ==\n"))("c2VjcmV0IGtleQ==")
