"""The command line without a network: modes, abbreviations and refusals."""

from datetime import UTC, datetime

import pytest
from netmiko.utilities import get_structured_data

from netpulse_core.lab import fabric
from netpulse_core.lab.ios import Reply, Shell
from netpulse_core.lab.journal import Journal, Session
from netpulse_core.lab.machine import Machine
from netpulse_core.lab.terminal import Terminal


def shell(*, privileged: bool = True, secret: str | None = None) -> Shell:
    member = next(fabric.members(1))
    machine = Machine("leaf1", fabric.configuration(member), secret=secret, ports=fabric.PORTS)
    session = Session(0, "netpulse", ("127.0.0.1", 1), datetime.now(UTC))
    machine.sessions[0] = session
    return Shell(machine, Journal("leaf1"), session, privileged=privileged)


def typed(shell: Shell, *lines: str) -> str:
    return "".join(shell.execute(line).text for line in lines)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("shw ver", "        ^\n% Invalid input detected at '^' marker.\n\n"),
        ("show versoin", "               ^\n% Invalid input detected at '^' marker.\n\n"),
        ("show", "% Incomplete command.\n\n"),
        ("sh i", '% Ambiguous command:  "sh i"\n'),
        ("frobnicate", "% Unknown command or computer name, or unable to find computer address\n"),
        ("show version | frob x", "% Invalid input detected at '^' marker.\n\n"),
        ("show version | include (", "% Failed to compile regular expression '('\n"),
        ("show interfaces Gi7/7", "% Invalid input detected at '^' marker.\n\n"),
        ("", ""),
        ("! a remark", ""),
    ],
)
def test_refusals(line: str, answer: str) -> None:
    assert typed(shell(), line) == answer


@pytest.mark.parametrize(
    ("lines", "prompt"),
    [
        (["conf t"], "leaf1(config)#"),
        (["configure", ""], "leaf1(config)#"),
        (["conf t", "int gi0/1"], "leaf1(config-if)#"),
        (["conf t", "int gi0/1.5"], "leaf1(config-subif)#"),
        (["conf t", "router bgp 1", "address-family ipv4"], "leaf1(config-router-af)#"),
        (["conf t", "router bgp 1", "address-family ipv4", "exit"], "leaf1(config-router)#"),
        (["conf t", "router bgp 1", "address-family ipv4", "exit-address-family"], "leaf1(config-router)#"),
        (["conf t", "ip access-list standard X"], "leaf1(config-std-nacl)#"),
        (["conf t", "line vty 0 4", "exit"], "leaf1(config)#"),
        (["conf t", "line vty 0 4", "end"], "leaf1#"),
        (["conf t", "exit"], "leaf1#"),
        (["conf t", "do show clock"], "leaf1(config)#"),
        (["conf t", "hostname a-name-longer-than-twenty"], "a-name-longer-than-t(config)#"),
        (["conf t", "hostname other", "end"], "other#"),
        (["disable"], "leaf1>"),
        (["disable", "conf t"], "leaf1>"),
    ],
)
def test_prompts(lines: list[str], prompt: str) -> None:
    one = shell()
    typed(one, *lines)
    assert one.prompt == prompt


def test_enable_asks_for_its_secret_and_hides_it() -> None:
    one = shell(privileged=False, secret="s3cret")
    one.execute("enable")
    assert (one.prompt, one.hidden) == ("Password: ", True)
    assert typed(one, "a", "b", "c") == "% Bad secrets\n\n"
    assert one.prompt == "leaf1>"
    typed(one, "en", "s3cret")
    assert one.prompt == "leaf1#"


def test_filters() -> None:
    one = shell()
    assert typed(one, "sh run | i ^hostname") == "hostname leaf1\n"
    assert typed(one, "sh run | sec bgp").startswith("router bgp 65101\n bgp router-id")
    assert typed(one, "sh run | b line vty").splitlines()[0] == "line vty 0 4"
    assert "hostname" not in typed(one, "sh run | exclude hostname")
    assert typed(one, "sh run | count interface") == "Number of lines which match regexp = 5\n"


def test_saving_with_and_without_a_question() -> None:
    one = shell()
    typed(one, "conf t", "hostname new", "end")
    assert "hostname leaf1" in typed(one, "show startup-config")
    one.execute("copy run start")
    assert one.prompt == "Destination filename [startup-config]? "
    assert typed(one, "") == "Building configuration...\n[OK]\n"
    assert "hostname new" in typed(one, "show startup-config")
    assert typed(one, "conf t", "file prompt quiet", "end", "copy run start").endswith("[OK]\n")


def test_reload_returns_to_what_was_saved() -> None:
    one = shell()
    typed(one, "conf t", "hostname new", "end")
    assert one.execute("reload") == Reply()
    assert one.execute("n") == Reply()
    assert one.prompt == "new#"
    one.execute("reload")
    assert one.execute("").reloads
    assert one.prompt == "leaf1#"


def test_banner_over_several_lines() -> None:
    one = shell()
    typed(one, "conf t", "banner motd #", "no # please", "interface GigabitEthernet0/0", "hostname kept")
    assert "banner motd ^C\nno ^C" in typed(one, "end", "show run")
    assert one.prompt == "kept#"
    typed(one, "write", "reload", "")
    assert "banner motd ^C\nno ^C" in typed(one, "show run")


def test_a_banner_without_delimiters_survives_a_reload() -> None:
    one = shell()
    typed(one, "conf t", "ban motd plain words", "end", "write", "reload", "")
    assert "banner motd plain words\n" in typed(one, "show run")


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        ("show version", 1), ("show inventory", 1), ("show clock", 1), ("show users", 1),
        ("show interfaces", 5), ("show ip interface brief", 5), ("show interfaces description", 5),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_public_templates_read_it(command: str, rows: int) -> None:
    read = get_structured_data(typed(shell(), command), platform="cisco_ios", command=command)
    assert isinstance(read, list)
    assert len(read) == rows


def keyed(*chunks: bytes, length: int = 0) -> tuple[list[str], bytes]:
    one = shell()
    one.length = length
    terminal, lines = Terminal(one), list[str]()
    for chunk in chunks:
        terminal.feed(chunk)
        while (line := terminal.next_line()) is not None:
            lines.append(line)
            terminal.answer(one.execute(line).text)
    return lines, terminal.take()


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"a\rb\nc\r\nd\r", b"\ne\n"], ["a", "b", "c", "d", "e"]),
        ([b"sh", b"ow", b" cl", b"ock\n"], ["show clock"]),
        ([b"\r\r\n\n"], ["", "", ""]),
        ([b"abc\x7f\x7fd\n"], ["ad"]),
        ([b"one two\x17three\n"], ["one three"]),
        ([b"gone\x15here\n"], ["here"]),
        ([b"gone\x03here\n"], ["here"]),
        ([b"sh clo\t\n"], ["sh clock "]),
        ([b"\x00\x01caf\xc3\xa9 \xff\n"], ["café \ufffd"]),
        ([b"conf t\nint gi0/1\n\x1a"], ["conf t", "int gi0/1", "end"]),
        ([b"half a line"], []),
    ],
)
def test_keys(chunks: list[bytes], lines: list[str]) -> None:
    assert keyed(*chunks)[0] == lines


def test_a_question_mark_helps_and_keeps_the_line() -> None:
    _, output = keyed(b"show in?")
    assert output == b"show in?\r\n  interfaces\r\n  inventory\r\n\r\nleaf1#show in"


def test_paging() -> None:
    _, output = keyed(b"show run\n", length=24)
    assert output.count(b"\r\n") == 24  # the echoed line and 23 of output
    assert output.endswith(b" --More-- ")
    _, output = keyed(b"show run\n", b"q", length=24)
    assert output.endswith(b"leaf1#")
    for keys in (b"   ", b"\r\n" * 60, b" \r  "):
        lines, output = keyed(b"show run\n", keys, b"show clock\n", length=24)
        assert b"end\r\n" in output
        assert lines[-1].strip() == "show clock"
