"""What counts as a read: a mistake here lets a reads job change a device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpulse_core.builtins.netmiko.lines import is_read
from netpulse_core.builtins.netmiko.platforms import NAPALM_NAMES

PLATFORMS = (
    "cisco_ios",
    "cisco_nxos",
    "cisco_xr",
    "arista_eos",
    "juniper_junos",
    "huawei",
    "vyos",
    "linux",
    "fortinet",
    "",
    None,
)
PLATFORM = st.sampled_from(PLATFORMS)

READS = [
    ("cisco_ios", "show version"),
    ("ios", "show version"),
    ("cisco_ios", "  sh ip int br"),
    ("cisco_ios", "sho run | i hostname|version"),
    ("cisco_ios", "show running-config | section router bgp"),
    ("cisco_ios", "show ip bgp regexp ^65000_"),
    ("cisco_ios", "do show clock"),
    ("cisco_ios", "SHOW CLOCK"),
    ("cisco_ios", "show run | include !"),
    ("cisco_ios", "ping 192.0.2.1 repeat 3"),
    ("cisco_ios", "ping"),
    ("cisco_ios", "traceroute 192.0.2.1"),
    ("cisco_ios", "dir flash:"),
    ("cisco_ios", "terminal length 0"),
    ("cisco_ios", "term width 511"),
    ("cisco_ios", "show tech-support"),
    ("cisco_ios", "enable"),
    ("cisco_ios", "exit"),
    ("frr", "show bgp summary json"),
    ("cisco_nxos", "show interface | json"),
    ("arista_eos", "show version | json | no-more"),
    ("juniper_junos", "show configuration | display set | match ntp"),
    ("junos", "show interfaces terse | except down | count"),
    ("juniper_junos", "file show /var/log/messages"),
    ("juniper_junos", "run show version"),
    ("huawei", "display version"),
    ("huawei", "dis cur | include sysname"),
    ("hp_comware", "display diagnostic-information"),
    ("vyos", "show interfaces"),
    ("fortinet", "get system status"),
    (None, "show version"),
    ("linux", "ip -br addr show"),
    ("linux", "uname -a"),
]

CHANGES = [
    # second commands
    "show version ; reload", "show version;reload", "show run\nconf t", "show run\rconf t", "show run\x0bconf t",
    "show run\x1aconf t", "show run\x03", "show version\n", "\nreload", "show version && reload",
    "show version & reload",
    "show `reload`", "show $(reload)", "show ${IFS}", "show version\u2028reload", "show version\x85reload",
    # a device that drops the eighth bit reads č as CR
    "show version\u010dreload", "ѕhow version", "show\u00a0version", "ｓｈｏｗ version", "show version\u200b",
    # redirections
    "show tech | redirect flash:x", "show run | tee flash:x", "show run | append flash:x", "show run > flash:x",
    "show run >> flash:x", "show run >flash:x", "show configuration | save /var/tmp/x", "show run | re flash:x",
    "show run | r flash:x", "show run | t flash:x", "show run | a flash:x", "show run | s foo",
    "show run | file disk0:x", "show run | f disk0:/x.txt", "show run | fi disk0:/x.txt",
    "show run | include a | redirect flash:x", "show run | include a|redirect flash:x", "show run | include a|t",
    "show run | include a| redirect flash:x", "show run |include a |tee x", "show run | include a|b|append x",
    "show version | vsh", "show run | sed w/bootflash:x", "show run | awk {system(1)}", "show run | sort -o x",
    "show run | less", "show run |", "show run | | redirect x", "show run | utility wc", "show run | source x.py",
    "show tech-support ospf file disk0:x", "show tech file", "sh tec fi x", "show tech flash:x",
    "display diagnostic-information x.txt", "dis diag flash:/x",
    # help and completion
    "show version ?", "sh\tversion", "\tshow version",
    # other verbs and mode moves that are no reads
    "s version", "copy run start", "clear counters", "debug ip packet", "reload", "write memory", "wr",
    "configure terminal",
    "conf t", "do reload", "do do show clock", "do", "doshow version", "showversion", "show-version", "no show", "",
    " ", "|", "!show", "terminal length 24", "terminal length 0 ; reload", "terminal monitor", "set system x",
    "delete x",
    "request system reboot", "restart routing", "start shell", "bash", "run reload", "undo x", "save", "commit",
    "disconnect 1",
    "more http://192.0.2.1/x", "dir ftp://192.0.2.1", "test aaa", "send *", "tclsh", "guestshell", "exit ; reload",
    "enable 15", "enable | redirect x", "python show version", "show version" + " " * 300, "show " + "x" * 250,
]  # fmt: skip


@pytest.mark.parametrize(("platform", "line"), READS)
def test_a_read_is_let_through(platform: str | None, line: str) -> None:
    assert is_read(platform, line)


@pytest.mark.parametrize("line", CHANGES)
def test_what_could_change_a_device_is_no_read_anywhere(line: str) -> None:
    assert not [platform for platform in (*PLATFORMS, *NAPALM_NAMES) if is_read(platform, line)]


@pytest.mark.parametrize(
    ("platform", "line"),
    [
        ("linux", "show version"),
        ("linux", "cat /etc/shadow"),
        ("linux", "enable"),  # netmiko's `enable` on linux is `sudo -s`
        ("linux", "ip link set eth0 down"),
        ("linux", "hostname x"),
        ("linux", "ping x"),
        ("vyos", "show interfaces | match 'x'"),
        ("vyos", "show !reboot"),
        ("vyos", "show x\\ny"),
        ("vyos", "show (reboot)"),
        ("huawei", "show version"),
        ("cisco_ios", "display version"),
        ("cisco_ios", "get x"),
        ("hp_comware", "enable"),  # `system-view` there
        ("fortinet", "sh version"),
        ("juniper_junos", "file delete /x"),
        ("juniper_junos", "set cli screen-length 24"),
        ("juniper_junos", "file show /x | save y"),
        ("cisco_apic", "enable"),
    ],
)
def test_verbs_belong_to_their_platform(platform: str, line: str) -> None:
    assert not is_read(platform, line)


@pytest.mark.thorough
@given(PLATFORM, st.text(), st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Cs", "Co"]), st.text())
def test_a_control_character_is_never_in_a_read(platform: str | None, before: str, control: str, after: str) -> None:
    assert not is_read(platform, f"{before}{control}{after}")
    assert not is_read(platform, f"show version{control}{after}")


@given(PLATFORM, st.text(alphabet=st.characters(min_codepoint=0x80), min_size=1))
def test_only_ascii_is_a_read(platform: str | None, strange: str) -> None:
    assert not is_read(platform, f"show interfaces description {strange}")


@given(PLATFORM, st.sampled_from([";", "&", "<", ">", "`", "?", "$(", "${"]), st.text(), st.text())
def test_what_separates_or_redirects_is_never_in_a_read(
    platform: str | None, mark: str, before: str, after: str
) -> None:
    assert not is_read(platform, f"show {before}{mark}{after}")


@given(PLATFORM, st.sampled_from(["reload", "write erase", "conf t", "redirect flash:x", "tee x"]), st.integers(0, 6))
def test_a_pipe_leads_to_nothing_that_writes(platform: str | None, bad: str, spaces: int) -> None:
    assert not is_read(platform, f"show version{' ' * spaces}|{' ' * (6 - spaces)}{bad}")
