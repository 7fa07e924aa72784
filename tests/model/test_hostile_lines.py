"""A denied command stays denied however it is dressed, and an allowed one brings no other with it."""

import pytest

from netpulse_core.model.commandrules import CommandRules

DENY = CommandRules(
    deny=("reload*", "reboot*", "request system zeroize*", "write erase", "init 0", "debug *", "show * | redirect *")
)
ALLOW = CommandRules(allow=("show *", "show * | include *", "ping ?*", "show a ; show b"))

DENIED = [
    # chained
    "show clock ; reload", "show clock;reload in 5", ";reload", "reload;", "reload ; show clock", "true; reboot",
    "sh ver && reboot", "sh ver&&reboot", "false || reboot", "sleep 9 & reboot", "reboot&", "reboot &", ";;reboot",
    "write erase;true", "write erase ; true", "a ; wr er | b", "a;wr er|b", "a|write erase|b",
    "show x ; show run | redirect tftp:x",
    # piped into
    "show x | reload", "show x|reload", "yes | reboot -f", "yes |& reboot", "| reboot", "a | b | c | reload in 5",
    # within others
    "echo $(reboot)", "echo `reboot`", "cat <(reboot)", "tee >( reboot )", "(reboot)", "( reboot )", "{ reboot; }",
    "true; ! reboot", "( ! reboot )", "true & ! reboot", "echo $(true; write erase)", "init 0)", "(init 0)",
    "((reboot))", "! a ; ! reboot",
    # by its path
    "/sbin/reboot", "/sbin/reboot -f", "../sbin/reboot", "./reboot", "/usr/sbin/init 0", "//admin/reboot",
    "true; /sbin/reboot", "a|/sbin/reboot", "do /reload",
    # behind what runs it
    "do reload", "do-exec reload", "do-e reload", "do-ex rel", "DO RELOAD", "do do reload", "do run do rel",
    "run request system zeroize", "ru request system zeroize", "ru req sys zer media", "RU request system zeroize",
    "true; do reload", "sudo reboot", "sudo -n reboot", "sudo -u root reboot", "sudo -n -u root /sbin/reboot",
    "sudo A=1 reboot", "A=1 B=2 reboot", "env A=1 reboot", "nohup reboot &", "exec reboot", "sh -c reboot",
    "bash -c 'reboot'", 'sh -lc "reboot -f"', "su -c reboot", "run bash sudo reboot", "timeout 5 reboot",
    "if true; then reboot; fi", "while reboot; do true; done", "for i in 1; do reboot; done", "sudo sh -c reboot",
    # with redirections
    "init 0 > x", "init 0>x", "init 0 2>x", "init 0 2>&1", "init 0 < x", "> x reboot", "2>x reboot",
    "</dev/null reboot",
    "init 0 # now",
    # in quotes
    "'reboot'", '"reboot"', "\\reboot", "re\\boot", "r''eboot", 'r"eb"oot', "show 'x;reboot'", 'echo "a | reboot"',
    "'/sbin/'reboot", "write 'erase'",
    # with keys that a command line acts on as they are typed
    "do rel?", "do re?load", "re?load", "r?e?load", "do r\teload", "rel\t", "write er\tase", "wri\tte er?ase",
    # in other letters
    "write\u00a0erase", "write\u2003erase", "write\u3000erase", "write\terase", "\u00a0reload", "\u200breload",
    "re\u200bload", "rel\u00adoad", "re\u00e9load", "r\u00e9load", "\uff52\uff45\uff4c\uff4f\uff41\uff44",
    "\ufeffreload",
    "reload\u202e", "relo\u0430ad", "show x \uff5c reload",
    # what no device should be given
    "relo\x08\x08load", "reload\r", "show clock\rreload", "show clock\nreload", "show\x00", "\x00reload", "rel\x7foad",
    "show clock\x1breload", "show\x0breload", "show\x0creload", "show\x85reload", "show\u2028reload", "show \x16;x",
    "show " + "x" * 4096, "x;" * 2100, "show x" + " ; show x" * 500 + " ; reload",
    "a;" * 2000 + "reload", "do " * 1300 + "reload", "sudo " * 800 + "reboot", "(" * 4000 + "reboot",
    "/" * 4000 + "reboot",
]  # fmt: skip
SENT = [
    "show reload", "show reload cause", "no reload", "show clock", "show run | include reload", "show run | i reload",
    "show run | section interface", "show x | count", "relay", "run show",
    "run show version | no-more", "do show clock", "do write memory", "description do reload", "write memory",
    "description link to core (reload at night)", "description R&D", "description a & b", "description 50% / 50%",
    "ip route 192.0.2.0/24 null0", "interface GigabitEthernet1/0/1", "neighbor 192.0.2.1 remote-as 65000",
    "banner motd #",
    "snmp-server location R\u00e9union", "copy http://192.0.2.1/x?a=1&b=2 flash:", "set x apply-groups <*>",
    "grep reboot /var/log/syslog", "cat /sbin/reboot", "ls /sbin ; uptime", "systemctl status x && uptime",
    "echo done > reload", "sudo systemctl status reboot", "GET /api/v1/interfaces", "request system reboots-at",
    "relo\u0430d\u0430x y", "x;" * 2000, "/" * 4096, "do " * 1365, "-a " * 1365, "(" * 4096, "a=" * 2048, ">" * 4096,
]  # fmt: skip


EVERYDAY = [
    # filters are abbreviated, but they are no commands
    "show run | i ntp", "show ip int brief | e unassigned", "show run | b router bgp", "show run | s router bgp",
    "show run|i ntp", "show run | i ntp | e clear | c set", "a|wr er|b", "a | b | c | wr er", "show log | d",
    # free text
    "description AT&T circuit 1", "description R&D lab 2", "name M&S store", "(C) 2026 ACME", "{ c } d",
    "description up/down", "snmp-server location A/C room (d block)", "description to $(c) w/e", "a & wr er", "(wr er)",
    "description `c x`", "sudo e x", "sh -c 'wr er'", "/sbin/e x", "time c x", "A=1 c x", "do sudo e x", "then d x",
    # comments and bullets
    "! boot system flash:/x.swi", "!boot system flash:/x.swi", "! write erase", "!! debug all", "# boot system flash:x",
    "#boot system flash:x", "- Clear text passwords", "-- clear line 1", "-n debug all", "-u root clear x",
    "- set x", "true; - clear x", "do -n clear x",
]  # fmt: skip
EVERYDAY_RULES = CommandRules(
    deny=(
        "install *", "erase *", "boot *", "boot system*", "set *", "tclsh*", "debug *", "copy*", "clear *",
        "write erase", "delete *",
    )
)  # fmt: skip


@pytest.mark.parametrize("line", EVERYDAY)
def test_an_everyday_line_is_sent_whatever_is_denied(line: str) -> None:
    assert EVERYDAY_RULES.refusal([line]) == ""


@pytest.mark.parametrize(
    "line",
    [
        "wr er", "a;wr er", "a ; wr er", "do wr er", "run wr er", "do-e wr er", "ru cl line 1", "a ; do wr er",
        "a | write erase", "a & write erase", "`write erase`", "$(write erase)", "(write erase)", "{ write erase; }",
        "a ; ! write erase", "a & ! write erase", "! a ; wr er", "/x/write erase", "sudo write erase",
        "a|do write erase",
        "sudo -n write erase", "sudo -n -u root A=1 write erase", "sudo A=1 -n write erase", "nice -n 5 clear x",
        "env > x -i clear x", "#!/bin/clear x",
    ],
)  # fmt: skip
def test_a_denied_command_is_abbreviated_where_a_device_takes_it_and_written_out_elsewhere(line: str) -> None:
    assert "is denied by" in EVERYDAY_RULES.refusal([line])


def test_a_filter_is_denied_abbreviated_by_a_pattern_that_says_its_pipe() -> None:
    assert CommandRules(deny=("* | redirect *",)).refusal(["sh run | red tftp:x"])
    assert CommandRules(deny=("redirect *",)).refusal(["sh run | red tftp:x"]) == ""


@pytest.mark.parametrize("line", DENIED)
def test_a_denied_command_is_denied_wherever_it_stands(line: str) -> None:
    assert DENY.refusal([line])


@pytest.mark.parametrize("line", SENT)
def test_what_only_names_a_denied_command_is_sent(line: str) -> None:
    assert DENY.refusal([line]) == ""


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("admin reload location all", "admin *"),
        ("attach 1 reload", "attach *"),
        ("vrf x reload", "vrf * reload*"),
        ("FastCli -c reload", "FastCli *"),
        ("FastCli -p 15 -c 'reload now'", "FastCli *"),
        ("sudo --user root reboot", "sudo *"),
        ('action 1 cli command "reload"', "*cli command*"),
        ("alias exec rl reload", "alias *"),
    ],
)
def test_what_is_documented_as_not_seen_is_denied_by_a_pattern_of_its_own(line: str, own: str) -> None:
    assert DENY.refusal([line]) == ""
    assert CommandRules(deny=(own,)).refusal([line])


@pytest.mark.parametrize("line", ['description "a ; reload"', "show run | include x|reload", "include x|reload"])
def test_what_only_seems_to_run_a_denied_command_is_denied(line: str) -> None:
    assert "is denied by 'reload*'" in DENY.refusal([line])


@pytest.mark.parametrize("line", ["r reload", "d reload", "rum reload", "doo reload", "do-it reload", "sud reload"])
def test_what_no_device_takes_for_a_word_that_runs_another_is_none(line: str) -> None:
    assert CommandRules(deny=("reload",)).refusal([line]) == ""


@pytest.mark.parametrize(
    "line",
    [
        "show clock ; reload", "show clock ; show version", "show clock;show version", "show a & show b", "show a && b",
        "show a || b", "show a | redirect x", "show a | include b | redirect x", "show a | include b ; reload",
        "show a > b", "show a < b", "show $(reload)", "show $IFS", "show `reload`", "ping ;reload", "ping &reload",
        "ping |reload", "ping `x`", "ping $x", "/bin/show a", "sudo show a", "do show a", "sh a", "'show' a",
        "(show a)",
        "show?a", "sh?ow a", "ping ?", "ping ??", "show?",
        "show a\rreload", "show a\x00", "show a\x08", "show a\u2028b", "show " + "a" * 4096, " ; show a",
    ],
)  # fmt: skip
def test_an_allowed_command_brings_no_other_with_it(line: str) -> None:
    assert ALLOW.refusal([line])


@pytest.mark.parametrize(
    "line", ["show clock", "show\tclock", "show a | include b", "ping 192.0.2.1", "show a ; show b", "show (a)"]
)
def test_what_is_written_out_is_allowed(line: str) -> None:
    assert ALLOW.refusal([line]) == ""


def test_what_a_request_asks_for_is_no_help() -> None:
    rules = CommandRules(allow=("GET /x?a=*",), deny=("reload*",))
    assert rules.refusal(["GET /x?a=1"]) == ""
    assert rules.refusal(["GET /y?a=1"])


def test_what_is_chained_to_an_allowed_command_is_denied_by_who_denies_it() -> None:
    both = CommandRules(allow=("show * ; *",), deny=("reload*",))
    assert both.refusal(["show clock ; show version"]) == ""
    assert "is denied by 'reload*'" in both.refusal(["show clock ; rel"])
