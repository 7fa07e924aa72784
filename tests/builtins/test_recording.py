"""What a cassette leaves out: every form of a secret that devices say; and what it leaves as it is."""

import pytest

from netpulse_core.builtins.netmiko.platforms import rejection
from netpulse_core.builtins.recording import platforms
from netpulse_core.builtins.recording.redaction import Redaction
from netpulse_core.configs.redacting import MASK
from netpulse_core.runs.redact import Redactor
from tests.secretforms import CANARY, PLAIN, SECRETS


@pytest.mark.parametrize("line", SECRETS.splitlines())
def test_no_form_of_a_secret_is_left(line: str) -> None:
    redact = Redaction(Redactor())
    said = redact(f"first\n{line.replace('CANARY', CANARY)}\nlast\n")
    assert CANARY not in said
    assert MASK in said
    assert said.startswith("first\n")
    assert said.endswith("\nlast\n")
    assert sum(redact.found.values()) >= 1


def test_what_is_around_a_secret_stays() -> None:
    redact = Redaction(Redactor())
    assert redact("username ada privilege 15 secret 9 $9$abc$def\n") == f"username ada privilege 15 secret 9 {MASK}\n"
    assert redact('    authentication-key "$9$abc"; ## SECRET-DATA') == (
        f'    authentication-key "{MASK}"; ## SECRET-DATA'
    )
    assert redact.found == {"password hash": 2}


def test_a_private_key_goes_whole() -> None:
    key = f"-----BEGIN RSA PRIVATE KEY-----\nMIIE{CANARY}\n{CANARY}AB\n-----END RSA PRIVATE KEY-----\nend\n"
    said = Redaction(Redactor())(key)
    assert said == f"-----BEGIN RSA PRIVATE KEY-----\n{MASK}\n-----END RSA PRIVATE KEY-----\nend\n"


@pytest.mark.parametrize("line", PLAIN.splitlines())
def test_what_only_looks_a_little_like_one_stays(line: str) -> None:
    redact = Redaction(Redactor())
    assert redact(line) == line
    assert redact.found == {}


@pytest.mark.parametrize(
    "platform",
    ["cisco_ios", "ios", "cisco_nxos", "arista_eos", "frr", "juniper_junos", "huawei", "linux", "vyos", "", None],
)
def test_the_line_that_refuses_is_one_the_drivers_take_for_a_refusal(platform: str | None) -> None:
    assert rejection(platform, platforms.refusal(platform).replace("{line}", "show nonsense"))
