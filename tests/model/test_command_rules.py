"""Rules say of whole lines whether they may be sent, as a device would take them."""

import pytest

from netpulse_core.model.commandrules import CommandRules, problems

DENY = CommandRules(deny=("reload*", "write erase", "configure replace *", "request system zeroize*"))
ALLOW = CommandRules(allow=("show *", "show * | include *", "ping ?*"))


@pytest.mark.parametrize(
    "line",
    [
        "reload",
        "RELOAD",
        "rel",
        "rel in 5",
        "  reload   in 5 ",
        "do reload",
        "do  do rel",
        "run request system zeroize media",
        "do-exec reload",
        "wr er",
        "conf rep flash:old",
        "reload\tin 5",
    ],
)
def test_a_denied_line_is_denied_in_every_form_a_device_takes(line: str) -> None:
    assert "is denied by" in DENY.refusal(["show version", line])


@pytest.mark.parametrize("line", ["show reload", "no reload", "write memory", "relay", "configure", "run show"])
def test_what_only_looks_like_a_denied_line_is_not(line: str) -> None:
    assert DENY.refusal([line]) == ""


@pytest.mark.parametrize("line", ["show version", "SHOW  ip  route", "show run | include ntp", "ping 192.0.2.1"])
def test_an_allowed_line_is_one_written_out(line: str) -> None:
    assert ALLOW.refusal([line]) == ""


@pytest.mark.parametrize(
    "line",
    [
        "sh version",
        "show",
        "ping ",
        "show run | redirect tftp://192.0.2.9/x",
        "show run > x",
        "show version; reload",
        "show `reload`",
        "show $(reload)",
        "ping ;reload",
        "configure terminal",
        "do show version",
    ],
)
def test_nothing_else_is_allowed_where_something_is_listed(line: str) -> None:
    assert "none of the lines that are allowed" in ALLOW.refusal([line])


@pytest.mark.parametrize("line", ["show version\x03", "show\u2028reload", "show " + "x" * 5000])
def test_a_line_that_cannot_be_judged_is_refused(line: str) -> None:
    assert ALLOW.refusal([line])
    assert DENY.refusal([line])


@pytest.mark.parametrize(
    "line", ["x" * 300_000, "\x07" * 300_000, "reload " + "\u200b" * 4000, "show " + "\u202e" * 4000]
)
def test_a_refusal_quotes_no_more_than_the_beginning_of_a_line(line: str) -> None:
    for rules in (DENY, ALLOW):
        assert len(rules.refusal([line])) < 350


def test_what_a_line_is_refused_for_is_its_length_first() -> None:
    assert "has 300,001 letters" in DENY.refusal(["x" * 300_000 + "\x07"])
    assert DENY.refusal(["show\x07"]) == "'show\\x07' has a control character"


def test_denied_beats_allowed_and_no_rule_refuses_nothing() -> None:
    both = CommandRules(allow=("show *",), deny=("show tech-support*",))
    assert both.refusal(["show version"]) == ""
    assert "denied" in both.refusal(["show tech"])
    assert CommandRules().refusal(["reload"]) == ""


def test_a_pattern_that_can_mean_no_line_is_named() -> None:
    assert problems(["show *", " show", "show  version", "", "show\n"]) == [
        f"{one!r} can mean no line" for one in (" show", "show  version", "", "show\n")
    ]
