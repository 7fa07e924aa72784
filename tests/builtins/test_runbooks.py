"""The built-in runbooks in a plain Nornir script: no service, nornir_netmiko's own connection."""

from typing import Any

import pytest
from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions
from nornir.core.task import MultiResult

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.netmiko import configuring, prompts
from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.builtins.runbooks import probe, send_commands, send_config
from netpulse_core.lab import Device


def one(nornir: Nornir, runbook: Any, **parameters: Any) -> MultiResult:
    return nornir.run(runbook, **parameters)["leaf1"]


def accepted(result: MultiResult) -> int:
    """How many lines the device took; Nornir keeps extra attributes untyped."""
    return int(vars(result[0])["accepted"])


def test_each_command_is_a_step(nornir: Nornir, device: Device) -> None:
    result = one(nornir, send_commands, commands=" show clock\n\nshow ip interface brief\n")
    assert not result.failed
    assert [step.name for step in result] == ["send_commands", " show clock", "show ip interface brief"]
    assert "UTC" in result[1].result
    lines = result[2].result.splitlines()
    assert lines[0].startswith("Interface")
    assert not lines[-1].startswith("leaf1")
    assert device.journal.commands.count("show clock") == 1


def test_a_refused_command_fails_its_step_and_the_job_and_stops_nothing(nornir: Nornir) -> None:
    result = one(nornir, send_commands, commands=["show clock", "show nonsense", "show privilege"])
    assert result.failed
    assert [step.failed for step in result] == [True, False, True, False]
    assert isinstance(result[0].exception, errors.CommandRejected)
    assert result[2].exception is result[0].exception
    assert "% Invalid input" in result[2].result
    assert result[3].result == "Current privilege level is 15"


def test_json_that_is_none_keeps_the_text(nornir: Nornir) -> None:
    result = one(nornir, send_commands, commands=["show privilege", "show clock"], parse="json")
    assert [step.failed for step in result] == [True, True, True]
    assert result[1].result == "Current privilege level is 15"


def test_json_is_data(nornir: Nornir, device: Device) -> None:
    device.faults.refuse["show bgp"] = '{"peers": 2}'
    assert one(nornir, send_commands, commands="show bgp", parse="json")[1].result == {"peers": 2}


def test_an_answer_is_parsed_and_kept_with_what_parsed_it(nornir: Nornir) -> None:
    result = one(nornir, send_commands, commands="sh ip int br", parse="textfsm")
    assert not result.failed
    body = result[1].result
    assert body["output"].startswith("Interface")
    assert "up" in {record["proto"] for record in body["records"]}
    assert body["template"] == "cisco_ios_show_ip_interface_brief.textfsm"
    assert body["version"].startswith("ntc-templates ")
    assert (body["parse_suspect"], body["matched"]) == ("", len(body["records"]))


def test_an_answer_that_cannot_be_parsed_fails_its_step_and_is_not_lost(nornir: Nornir, device: Device) -> None:
    device.faults.refuse["show ip arp"] = "nonsense"
    device.faults.refuse["show ip interface brief"] = "Interface  IP-Address  OK? Method Status  Protocol"
    commands = ["show ip arp", "show privilege", "show ip interface brief"]
    result = one(nornir, send_commands, commands=commands, parse="textfsm")
    assert [step.failed for step in result] == [True, True, True, False]
    assert isinstance(result[1].exception, errors.TemplateFailed)
    assert result[1].result == "nonsense"
    assert isinstance(result[2].exception, errors.NotFound)
    assert result[2].result == "Current privilege level is 15"
    assert result[3].result["records"] == []
    assert "no record came of 1 line" in result[3].result["parse_suspect"]
    assert result[3].result["output"].startswith("Interface")


def test_a_command_that_takes_too_long_ends_the_job(nornir: Nornir, device: Device) -> None:
    device.faults.slow = {"show clock": 3.0}
    result = one(nornir, send_commands, commands=["show clock", "show version"], read_timeout=0.3)
    assert result.failed
    assert [step.name for step in result] == ["send_commands", "show clock"]
    assert result[0].exception is not None
    assert isinstance(Netmiko().translate(result[0].exception, "leaf1"), errors.TimedOut)


@pytest.mark.parametrize("nothing", [[], "", "\n \n", [" "], ["show clock\x1a"]])
def test_nothing_to_do_is_refused_before_and_in_a_run(nornir: Nornir, nothing: Any) -> None:
    for name, runbook in (("commands", send_commands), ("lines", send_config)):
        with pytest.raises(errors.InvalidParameters, match=name):
            runbook.validated({name: nothing})
        result = one(nornir, runbook, **{name: nothing})
        assert isinstance(result[0].exception, errors.InvalidParameters)
        nornir.data.reset_failed_hosts()


def test_parameters_are_validated() -> None:
    assert send_commands.validated({"commands": "a\nb"})["commands"] == ["a", "b"]
    assert send_commands.sentence == "Run commands that read and return each one's output."
    assert send_config.changes
    for wrong in ({"commands": "a", "parse": "xml"}, {"commands": "a", "read_timeout": 0}, {"command": "a"}):
        with pytest.raises(errors.InvalidParameters):
            send_commands.validated(wrong)


def test_lines_are_pushed_and_read_back(nornir: Nornir, device: Device) -> None:
    lines = "interface Loopback7\n description uplink #7 % Invalid\n ip address 10.7.7.7 255.255.255.255"
    result = one(nornir, send_config, lines=lines)
    assert not result.failed
    assert result[0].changed
    assert accepted(result) == 3
    assert device.journal.saved == 0
    assert result[0].result == {
        "lines": [{"line": line, "answer": ""} for line in lines.splitlines()],
        "committed": "",
    }
    read = one(nornir, send_commands, commands="show running-config interface Loopback7")[1].result
    assert " description uplink #7 % Invalid\n ip address 10.7.7.7" in read


def test_saving_is_asked_for(nornir: Nornir, device: Device) -> None:
    result = one(nornir, send_config, lines=["ntp server 10.0.0.9"], save=True)
    assert not result.failed
    assert result[0].result["committed"] == "Building configuration...\n[OK]"
    assert device.journal.saved == 1
    assert "10.0.0.9" in device.startup_config


def test_the_first_refused_line_ends_the_push_and_nothing_is_saved(nornir: Nornir, device: Device) -> None:
    lines = ["interface Loopback8", "ip add-ress secret hunter2", "ip address 10.8.8.8 255.255.255.255"]
    result = one(nornir, send_config, lines=lines, save=True)
    assert result.failed
    assert (result[0].changed, accepted(result)) == (True, 1)
    assert isinstance(result[0].exception, errors.CommandRejected)
    said = str(result[0].exception)
    assert said.startswith("leaf1: line 2 of 3 refused: 'ip add-ress secret ...' (% Invalid input detected")
    assert "the 1 before it is in the running configuration, unsaved" in said
    assert [one["line"] for one in result[0].result["lines"]] == lines[:2]
    assert "% Invalid input" in result[0].result["lines"][1]["answer"]
    assert device.journal.applied == ["interface Loopback8"]
    assert device.journal.saved == 0
    nornir.data.reset_failed_hosts()
    connection = nornir.inventory.hosts["leaf1"].get_connection("netmiko", nornir.config)
    assert connection.find_prompt() == "leaf1#"


def test_a_refusal_at_the_first_line_changed_nothing(nornir: Nornir) -> None:
    result = one(nornir, send_config, lines=["nonsense"])
    assert (result.failed, result.changed, accepted(result)) == (True, False, 0)
    assert "no line was taken" in str(result[0].exception)


def test_a_push_that_is_cut_off_says_how_far_it_came(parameters: ConnectionParameters, device: Device) -> None:
    driver = Netmiko()
    session = driver.open(parameters, timeout=10)
    device.faults.drop_on = "10.0.0.6"
    with pytest.raises(EOFError) as caught:  # at once, where nornir_netmiko's connection waits 30 s
        configuring.push(session, "leaf1", ["ntp server 10.0.0.5", "ntp server 10.0.0.6"], save=True)
    assert caught.value.__notes__ == ["leaf1: 1 of 2 lines were taken before this"]
    said = driver.translate(caught.value, "leaf1")
    assert isinstance(said, errors.SessionLost)
    assert "1 of 2 lines were taken before this" in str(said)
    assert device.journal.applied == ["ntp server 10.0.0.5"]
    driver.close(session)


@pytest.mark.thorough
def test_a_banner_is_one_unit(nornir: Nornir, device: Device) -> None:
    banner = "banner motd #\nError of yours is logged\n% Invalid people stay out\n#"
    lines = f"ntp server 10.0.0.8\n{banner}\nntp server 10.0.0.7"
    result = one(nornir, send_config, lines=lines)
    assert not result.failed, result[0].exception
    assert accepted(result) == 6
    asked = "Enter TEXT message.  End with the character '#'."
    assert [one["answer"] for one in result[0].result["lines"]] == ["", "", "", "", asked, ""]
    assert "% Invalid people stay out" in device.running_config
    assert "10.0.0.7" in device.running_config


def test_probe_opens_no_session(nornir: Nornir, device: Device) -> None:
    data = one(nornir, probe)[0].result
    assert (data["address"], data["port"]) == (device.address, device.port)
    assert 0 <= data["milliseconds"] < 3000  # its timeout
    assert device.journal.logins == 0
    nornir.inventory.hosts["leaf1"].port = 1
    assert isinstance(one(nornir, probe)[0].exception, errors.Unreachable)


@pytest.mark.parametrize(
    ("driver", "port"), [("netconf", 830), ("eapi", 443), ("http", 443), ("ssh", 22), ("linux", 22), (None, 22)]
)
def test_probe_asks_the_port_of_the_driver(nornir: Nornir, driver: str | None, port: int) -> None:
    host = nornir.inventory.hosts["leaf1"]
    host.hostname, host.port, host.data = "127.0.0.77", None, {"netpulse_driver": driver}  # where nobody listens
    failed = one(nornir, probe)[0].exception
    assert isinstance(failed, errors.Unreachable)
    assert f"127.0.0.77 port {port}:" in str(failed)


@pytest.mark.parametrize(
    ("platform", "port", "options", "wanted"),
    [
        ("ios", None, {"port": 2222}, 2222),
        ("ios", 22, {"port": 2222}, 2222),
        ("ios", None, {"transport": "telnet"}, 23),
        ("ios", 2323, {"transport": "telnet"}, 2323),
        ("ios", None, None, 22),
        ("EOS", None, {}, 443),
        ("Arista_EOS", None, {"transport": "ssh"}, 22),
        ("eos", 22, {"port": 8443}, 8443),
    ],
)
def test_probe_asks_the_port_that_napalm_opens(
    nornir: Nornir, platform: str, port: int | None, options: dict[str, Any] | None, wanted: int
) -> None:
    host = nornir.inventory.hosts["leaf1"]
    host.hostname, host.port, host.platform = "127.0.0.77", port, platform
    host.data = {"netpulse_driver": "napalm"}
    host.connection_options["napalm"] = ConnectionOptions(extras={"optional_args": options})
    failed = one(nornir, probe)[0].exception
    assert f"127.0.0.77 port {wanted}:" in str(failed)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"netpulse_driver": "snmp"}, "over UDP"),
        ({"netpulse_jump": "bastion1"}, "through a jump host"),
        ({"netpulse_driver": "mine", "port": None}, "no port is known"),
    ],
)
def test_probe_refuses_where_a_connection_tells_nothing_of_the_device(
    nornir: Nornir, device: Device, data: dict[str, Any], why: str
) -> None:
    host = nornir.inventory.hosts["leaf1"]
    if "port" in data:
        host.port = None
    host.data = data
    failed = one(nornir, probe)[0]
    assert isinstance(failed.exception, errors.Refused), failed.result
    assert why in str(failed.exception)
    assert failed.exception.hint


QUOTING = """Nov 23 12:00:00 leaf1# show version
leaf1#
leaf1#show clock
leaf1(config)#
 leaf1#
the end"""


@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_the_prompt_inside_output_ends_nothing(parameters: ConnectionParameters, device: Device, chunk: int) -> None:
    device.faults.refuse["show logging"] = QUOTING
    device.faults.chunk = chunk
    driver = Netmiko()
    session = driver.open(parameters, timeout=10)
    for _ in range(3):
        assert prompts.ask(session, "show logging", 5).rstrip("\n") == QUOTING
        assert prompts.ask(session, "show privilege", 5) == "Current privilege level is 15"
    assert driver.at_rest(session)
    driver.close(session)


def test_what_was_left_behind_is_not_the_answer(parameters: ConnectionParameters) -> None:
    driver = Netmiko()
    session = driver.open(parameters, timeout=10)
    session.write_channel("show clock\n")  # its answer comes just before the next, and ends in a prompt
    assert prompts.ask(session, "show privilege", 5) == "Current privilege level is 15"
    driver.close(session)


def test_a_noisy_device_is_understood(nornir: Nornir, device: Device) -> None:
    device.faults.syslog = True
    device.faults.banner = "Unauthorized # access > prohibited"
    result = one(nornir, send_commands, commands=["show privilege", "show ip interface brief", "show privilege"])
    assert not result.failed
    assert "Current privilege level is 15" in result[1].result
    assert "Current privilege level is 15" in result[3].result
