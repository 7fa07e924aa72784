"""Our own renderer and parsers hold the contracts of every plugin's."""

from __future__ import annotations

from types import MappingProxyType

from netpulse_core.builtins.jinja2.renderer import Jinja2
from netpulse_core.builtins.textfsm.parser import TextFSM
from netpulse_core.builtins.ttp.parser import TTP
from netpulse_core.testing import ParserContract, RendererContract

BRIEF = """\
Interface              IP-Address      OK? Method Status                Protocol
GigabitEthernet0/0     10.16.0.2       YES NVRAM  up                    up
GigabitEthernet0/3     unassigned      YES NVRAM  administratively down down
"""
PORTS = (
    {"interface": "GigabitEthernet0/0", "status": ["up"]},
    {"interface": "GigabitEthernet0/3", "status": ["administratively down"]},
)
NAMES = ("interface", "address", "method", "status", "protocol")
ROWS = (
    dict(zip(NAMES, ("GigabitEthernet0/0", "10.16.0.2", "NVRAM", "up", "up"), strict=True)),
    dict(zip(NAMES, ("GigabitEthernet0/3", "unassigned", "NVRAM", "administratively down", "down"), strict=True)),
)
INCLUDES = {"server.j2": "ntp server {{ server }}{% if vrf %} vrf {{ vrf }}{% endif %} prefer\n"}
VARIABLES = {"servers": ["192.0.2.1", "192.0.2.2"], "vrf": ""}
OTHER = "% Invalid input detected at '^' marker.\n"


class TestJinja2(RendererContract):
    """`jinja2`, with a template that includes another."""

    renderer = Jinja2()
    includes = INCLUDES
    template = "{% for server in servers %}\n{% include 'server.j2' %}\n{% endfor %}\n"
    variables = VARIABLES
    expected = "ntp server 192.0.2.1 prefer\nntp server 192.0.2.2 prefer\n"
    broken = "{% for server in %}"


class TestTextFSM(ParserContract):
    """`textfsm`."""

    parser = TextFSM()
    template = (
        "Value INTERFACE (\\S+)\nValue List STATUS (up|down|administratively down)\n\n"
        "Start\n  ^${INTERFACE}\\s+\\S+\\s+YES\\s+\\S+\\s+${STATUS}\\s+\\S+ -> Record\n"
    )
    sample = BRIEF
    expected = PORTS
    other = OTHER
    broken = "Value INTERFACE (\n\nStart\n"
    named = MappingProxyType({("gate_os", "show ports"): "gate_os_show_ports.textfsm"})


class TestTTP(ParserContract):
    """`ttp`."""

    parser = TTP()
    template = "{{ interface }} {{ address }} YES {{ method }} {{ status | ORPHRASE }} {{ protocol }}\n"
    sample = BRIEF
    expected = ROWS
    other = OTHER
    broken = "<macro>\ndef f(data):\n    return data\n</macro>\n{{ interface }}\n"
    named = MappingProxyType({("gate_os", "show ports"): "gate_os_show_ports.ttp"})
