"""Refusals as the vendors word them are told from ordinary answers, on every platform netmiko knows."""

import re

import pytest
from netmiko.ssh_dispatcher import CLASS_MAPPER_BASE

from netpulse_core.builtins.netmiko.platforms import family, refusal_pattern, rejection

AT = "        ^\n"

READS = {
    "cisco_ios": [
        f"{AT}% Invalid input detected at '^' marker.",
        "% Incomplete command.",
        '% Ambiguous command:  "sh i"',
        "% Unknown command or computer name, or unable to find computer address",
        "Command authorization failed.",
        "% Authorization failed.",
        "%Error opening flash:/x (No such file or directory)",
    ],
    "cisco_xr": [f"{AT}% Invalid input detected at '^' marker.", "% Incomplete command."],
    "cisco_nxos": [
        f"{AT}% Invalid command at '^' marker.",
        f"{AT}% Incomplete command at '^' marker.",
        f"{AT}% Ambiguous command at '^' marker.",
        "% Permission denied for the role",
        "Syntax error while parsing 'show foo'",
        "Cmd exec error.",
    ],
    "cisco_asa": [
        f"{AT}ERROR: % Invalid input detected at '^' marker.",
        "ERROR: % Incomplete command",
        "ERROR: % Ambiguous command: sh",
        "Command authorization failed",
    ],
    "arista_eos": [
        "% Invalid input",
        "% Invalid input (at token 1: 'foo')",
        "% Incomplete command",
        "% Ambiguous command",
        "% Unavailable command (not supported on this hardware platform)",
        "% Authorization denied for command 'show running-config'",
    ],
    "juniper_junos": [
        f"{AT}syntax error, expecting <command>.",
        f"{AT}unknown command.",
        f"{AT}missing argument.",
        "error: permission denied: show",
        f"{AT}'s' is ambiguous.\nPossible completions:",
        "error: command is not valid on the ex2300",
    ],
    "huawei": [
        f"{AT}Error: Unrecognized command found at '^' position.",
        f"{AT}Error: Wrong parameter found at '^' position.",
        "        ^Error: Incomplete command found at '^' position.",
        "Error:Too many parameters found at '^' position.",
    ],
    "huawei_smartax": [
        f"{AT}% Unknown command, the error locates at '^'",
        f"{AT}% Parameter error, the error locates at '^'",
        f"{AT}% Incomplete command, the error locates at '^'",
    ],
    "hp_comware": [
        f"{AT} % Unrecognized command found at '^' position.",
        f"{AT} % Wrong parameter found at '^' position.",
        " % Too many parameters found at '^' position.",
        " % Ambiguous command found at '^' position.",
        "Permission denied.",
    ],
    "nokia_sros": [
        "Error: Bad command.",
        "Error: Invalid parameter.",
        "Error: Missing parameter",
        "MINOR: CLI Invalid router \"foo\".",
        "MINOR: MGMT_CORE #2201: Unknown element - 'foo'",
    ],
    "nokia_srl": ["Parsing error: Unknown token 'foo'. Options are ['acl', 'bfd']:", "Error: Path '.foo' is invalid"],
    "vyos": ["  Invalid command: [foo]", "  Incomplete command: show", "  Ambiguous command: [s]"],
    "fortinet": [
        "Unknown action 0\nCommand fail. Return code -1",
        "command parse error before 'foo'\nCommand fail. Return code -61",
        "ambiguous command before 'sys'",
        "entry not found in datasource",
    ],
    "paloalto_panos": ["Unknown command: foo", "Invalid syntax.", "Server error : op command for client timed out"],
    "mikrotik_routeros": [
        "bad command name foo (line 1 column 1)",
        "syntax error (line 1 column 5)",
        "expected end of command (line 1 column 10)",
        "no such item",
        "input does not match any value of interface",
    ],
    "dell_os10": ["% Error: Unrecognized command.", "% Error: Illegal parameter."],
    "dell_os9": ['% Error: Invalid input at "^" marker.', "% Error: Incomplete command."],
    "dell_os6": [
        f"{AT}% Invalid input detected at '^' marker.",
        "Command not found / Incomplete command. Use ? to list commands.",
    ],
    "aruba_aoscx": ["Invalid input: foo", "% Command incomplete.", "% Unknown command.", "Cannot execute command. "],
    "aruba_osswitch": ["Invalid input: foo", "Incomplete input: vlan", "Ambiguous input: sh"],
    "aruba_procurve": ["Invalid input: foo", "Ambiguous input: sh"],
    "hp_procurve": ["Invalid input: foo", "Incomplete input: vlan"],
    "extreme_exos": [
        f"{AT}%% Invalid input detected at '^' marker.",
        "%% Ambiguous command",
        "%% Incomplete command",
        "%% Unrecognized command",
        "Error: Port 99 is invalid.",
    ],
    "extreme_vsp": [f"{AT}% Invalid input detected at '^' marker.", "% Incomplete command."],
    "extreme_slx": ["syntax error: unknown argument.", "%Error: Invalid interface"],
    "extreme_netiron": ["Invalid input -> foo\nType ? for a list", "Incomplete command.", "Ambiguous input -> sh"],
    "ruckus_fastiron": ["Invalid input -> foo\nType ? for a list", "Incomplete command."],
    "checkpoint_gaia": [
        "CLINFR0329  Invalid command:'foo'.",
        "CLINFR0349 Incomplete command.",
        "CLINFR0771  Config lock is owned by admin.",
    ],
    "f5_tmsh": [
        'Syntax Error: unexpected argument "foo"',
        "01020036:3: The requested Pool (/Common/x) was not found.",
        "Unexpected Error: Can't display all items",
    ],
    "linux": [
        "bash: foo: command not found",
        "-bash: /etc/x: Permission denied",
        "sh: 1: foo: not found",
        "zsh: command not found: foo",
        "sudo: a password is required",
        "netpulse is not in the sudoers file.  This incident will be reported.",
    ],
    "cumulus_linux": ["ERROR: Command not found.", "bash: foo: command not found"],
    "frr": ["% Unknown command: show foo", "% Command incomplete: show", "% Ambiguous command: sh"],
    "cisco_wlc": ["Incorrect usage.  Use the '?' or <TAB> key to list commands."],
    "cisco_ftd": ["Syntax error: Illegal command line"],
    "cisco_s300": ["% Unrecognized command", "% bad parameter value", "% missing mandatory parameter"],
    "juniper_screenos": ["         ^------unknown keyword foo"],
    "hillstone_stoneos": ["   ^-----unrecognized keyword foo"],
    "ciena_saos": ["SHELL PARSER FAILURE: 'foo' - invalid input"],
    "zte_zxros": ["%Error 20203: Invalid input detected at '^' marker."],
    "apc_aos": ["E101: Command Not Found"],
    "netapp_cdot": ['Error: "foo" is not a recognized command'],
    "netscaler": ["ERROR: No such command"],
    "teldat_cit": ["CLI Error: Unrecognized command or invalid value"],
    "tplink_jetstream": ["Error: Bad command"],
    "dlink_ds": ["Next possible completions:"],
    "mellanox_mlnxos": ['% Unrecognized command "foo".'],
}  # fmt: skip

CONFIGURING = {
    "cisco_ios": [
        "% Bad mask /33 for address 10.0.0.1",
        "% 10.0.0.0 overlaps with GigabitEthernet0/1",
        "%Invalid nexthop address (it's this router)",
        "Bad mask /24 for address 10.0.0.0",
        "%IP routing table RED does not exist",
        "%VRF specified does not exist",
        'Command rejected: An interface whose trunk encapsulation is "Auto" can not be configured',
    ],
    "cisco_nxos": [
        "ERROR: VLAN 4095 is reserved",
        "% Invalid number, range is (1:4094)",
        "Error: Invalid IP address",
        "command failed: port not compatible [Ethernet Layer]",
        "password is weak",
    ],
    "cisco_asa": ["ERROR: This command requires a license"],
    "cisco_xr": ["% Failed to commit one or more configuration items during a pseudo-atomic operation."],
    "arista_eos": ["% Address 10.0.0.1 is already assigned to interface Ethernet1", "! % Invalid input"[2:]],
    "juniper_junos": [
        "error: configuration check-out failed",
        "invalid value '300' in ip address: '10.0.0.300'",
        "Value 5000 is not within range (1..4094)",
        "error: commit failed",
    ],
    "huawei": ["Error: The VLAN does not exist.", "Error: Failed to commit."],
    "huawei_smartax": ["  Failure: The board does not exist"],
    "hp_comware": [" % Wrong parameter found at '^' position."],
    "vyos": [
        "  Configuration path: interfaces [foo] is not valid\n  Set failed",
        "  Invalid value\n  Value validation failed\n  Set failed",
        "[[ interfaces ethernet eth9 ]] failed",
        "Commit failed",
    ],
    "fortinet": [
        "value parse error before '10.0.0.300'\nCommand fail. Return code -8",
        "node_check_object fail! for vlanid 0",
        "object set operator error, -651 discard the setting",
        "attribute 'interface' MUST be set.",
    ],
    "mikrotik_routeros": ["failure: already have such address", "invalid value for argument address"],
    "dell_os10": ["% Error: Interface does not exist"],
    "aruba_osswitch": ["Module not present for port or invalid port: 99", "Error setting value foo"],
    "extreme_exos": ["Error: vlan Default already exists"],
    "checkpoint_gaia": ["NMSETH0017  Invalid interface"],
    "f5_tmsh": ["01070333:3: Virtual Server /Common/a illegally shares destination address"],
    "frr": ["BGP is already running; AS is 65000", "% Configuration failed."],
    "cumulus_linux": ["ERROR: 'swp99' is not a valid interface"],
}

ANSWERS = {
    "cisco_ios": ["% BGP not active", "% Network not in table", "Cisco IOS Software, Version 15.2(4)E", ""],
    "cisco_nxos": ["Note:  process currently not running", "Cisco Nexus Operating System (NX-OS) Software"],
    "cisco_asa": ["WARNING: This command will not take effect", "No such line is here"[8:]],
    "arista_eos": ["% BGP inactive", "! Interface does not exist"],
    "juniper_junos": ["Physical interface: ge-0/0/0, Enabled\n  Input errors: 0", "warning: statement not found"],
    "huawei": ["Info: Current terminal monitor is off.", "HUAWEI Versatile Routing Platform Software"],
    "hp_comware": ["HPE Comware Software, Version 7.1.070"],
    "nokia_sros": ["TiMOS-C-20.10.R1 cpm/hops64 Nokia 7750 SR"],
    "fortinet": ["Version: FortiGate-VM64 v7.0.0", "Log hard disk: Not available"],
    "paloalto_panos": ["hostname: fw1\nip-address: 192.0.2.1"],
    "mikrotik_routeros": [" 0   ;;; uplink\n     192.0.2.1/24  ether1"],
    "checkpoint_gaia": ["Product version Check Point Gaia R80.40"],
    "f5_tmsh": ["Ltm::Pool: web\nAvailability : available"],
    "linux": ["Linux r1 6.1.0 x86_64", "the shell: bash"],
    "vyos": ["Version: VyOS 1.4", "Interfaces ethernet eth0"],
    "extreme_exos": ["ExtremeXOS version 30.7"],
    "aruba_aoscx": ["ArubaOS-CX", "Interface 1/1/1 is up"],
    "dell_os10": ["Dell EMC Networking OS10 Enterprise"],
}

NOTICES = {
    "cisco_ios": [
        "%Warning: portfast should only be enabled on ports",
        "% Access VLAN does not exist. Creating vlan 20",
        "%Default route without gateway, if not a point-to-point interface, may impact performance",
        "%LINEPROTO-5-UPDOWN: Line protocol on Interface Loopback1, changed state to up",
        "%PARSER-5-CFGLOG_LOGGEDCMD: User:netpulse logged command:ntp server 192.0.2.1",
        "%SYS-SW1-5-CONFIG_I: Configured from console by vty0",
        "% The key modulus size is 2048 bits",
        "% Login disabled on line 2, until 'password' is set",
        "% use 'write' command to make license boot config take effect",
        "Enter configuration commands, one per line.  End with CNTL/Z.",
    ],
    "cisco_xr": ["% No configuration changes to commit.", "No configuration changes to commit"],
    "cisco_asa": ["WARNING: Pool is not used", "INFO: Security level for \"inside\" set to 100 by default."],
    "juniper_junos": ["warning: statement not found", "[edit]", "commit complete"],
    "huawei": ["Info: Succeeded in setting the configuration.", "Warning: Reset takes effect later."],
    "vyos": ["  Nothing to delete (the specified node does not exist)", "[edit]"],
    "linux": ["net.ipv4.ip_forward = 1"],
}  # fmt: skip


def each(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(platform, said) for platform, answers in table.items() for said in answers]


@pytest.mark.parametrize(("platform", "said"), each(READS))
def test_a_refused_read_is_found_and_so_it_is_while_configuring(platform: str, said: str) -> None:
    assert rejection(platform, said) is not None
    assert rejection(platform, said, configuring=True) is not None


@pytest.mark.parametrize(("platform", "said"), each(CONFIGURING))
def test_a_refused_configuration_line_is_found(platform: str, said: str) -> None:
    assert rejection(platform, said, configuring=True) is not None
    assert re.search(refusal_pattern(platform), f"leaf1(config)#x\n{said}\nleaf1(config)#")


@pytest.mark.parametrize(("platform", "said"), each(ANSWERS))
def test_an_ordinary_answer_is_none(platform: str, said: str) -> None:
    assert rejection(platform, said) is None


@pytest.mark.parametrize(("platform", "said"), each(NOTICES))
def test_a_notice_stops_no_push(platform: str, said: str) -> None:
    assert rejection(platform, said, configuring=True) is None


def test_the_main_platforms_are_all_in_the_table() -> None:
    main = {
        "cisco_ios", "cisco_xr", "cisco_nxos", "cisco_asa", "arista_eos", "juniper_junos", "huawei", "hp_comware",
        "nokia_sros", "vyos", "fortinet", "paloalto_panos", "mikrotik_routeros", "dell_os10", "aruba_aoscx",
        "aruba_osswitch", "aruba_procurve", "extreme_exos", "checkpoint_gaia", "f5_tmsh", "linux", "frr",
    }  # fmt: skip
    assert main <= set(READS)
    assert set(READS) - {"frr"} <= set(CLASS_MAPPER_BASE)  # netmiko drives FRR as cisco_ios


@pytest.mark.parametrize("platform", sorted(CLASS_MAPPER_BASE))
def test_no_platform_is_without_a_pattern(platform: str) -> None:
    usual = {
        "junos": "syntax error",
        "vrp": "Error: Unrecognized command found",
        "vyos": "  Invalid command: [x]",
        "shell": "bash: x: command not found",
    }
    said = usual.get(family(platform), "% Invalid input detected at '^' marker.")
    assert rejection(platform, said)
    assert rejection(platform, said, configuring=True)
    assert re.search(refusal_pattern(platform), said)
