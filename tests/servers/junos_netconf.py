"""A NETCONF server that keeps attributes as Junos does (`inactive`, `protect`), and stamps all it shows."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncssh
from lxml import etree

from tests.servers import sshd

NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
CONFIGURATION = "http://xml.juniper.net/xnm/1.1/xnm"
JUNOS = "http://xml.juniper.net/junos/24.4R1/junos"
_END = b"]]>]]>"
_CAPABLE = (
    "urn:ietf:params:netconf:base:1.0",
    "urn:ietf:params:netconf:capability:candidate:1.0",
    "urn:ietf:params:netconf:capability:confirmed-commit:1.0",
    "urn:ietf:params:netconf:capability:validate:1.0",
)
_ENDS = {"active": "inactive", "unprotect": "protect"}
_BEGIN = f"""<configuration xmlns="{CONFIGURATION}"><interfaces>
<interface><name>ge-0/0/0</name><mtu>1500</mtu></interface>
<interface inactive="inactive"><name>ge-0/0/1</name></interface>
</interfaces></configuration>"""


class JunosServer:
    """One device at `port`; `loses` says ok and keeps nothing, `refuses` names an operation that is refused."""

    def __init__(self) -> None:
        self.port = 0
        self.loses = False
        self.refuses = ""
        self.asked: list[str] = []
        self.running = etree.fromstring(_BEGIN)
        self.candidate = copy.deepcopy(self.running)
        self._before = self.running
        self._stamp = 1_700_000_000

    async def act(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        """Serve one session."""
        capable = "".join(f"<capability>{one}</capability>" for one in _CAPABLE)
        hello = f'<hello xmlns="{NC}"><capabilities>{capable}</capabilities><session-id>7</session-id></hello>'
        process.stdout.write(hello.encode() + _END)
        read = b""
        while data := await process.stdin.read(65536):
            read += data
            while _END in read:
                one, _, read = read.partition(_END)
                root = etree.fromstring(one.strip())
                if root.tag == f"{{{NC}}}rpc":
                    said = self._answer(root[0])
                    reply = f'<rpc-reply xmlns="{NC}" message-id="{root.get("message-id")}">{said}</rpc-reply>'
                    process.stdout.write(reply.encode() + _END)
        process.exit(0)

    def _answer(self, asked: Any) -> str:
        name = etree.QName(asked).localname
        self.asked.append(name)
        if name == self.refuses:
            return (
                "<rpc-error><error-type>protocol</error-type><error-tag>operation-failed</error-tag>"
                "<error-severity>error</error-severity></rpc-error>"
            )
        match name:
            case "get-config":
                return f"<data>{self._shown()}</data>"
            case "edit-config":
                _merge(asked.find(f"{{{NC}}}config")[0], self.candidate)
            case "discard-changes":
                self.candidate = copy.deepcopy(self.running)
            case "commit" if not self.loses:
                self._before, self.running = self.running, copy.deepcopy(self.candidate)
            case "cancel-commit":
                self.running, self.candidate = self._before, copy.deepcopy(self._before)
        return "<ok/>"

    def _shown(self) -> str:
        self._stamp += 1
        inside = etree.tostring(self.running, encoding="unicode")
        stamp = f'xmlns:junos="{JUNOS}" junos:changed-seconds="{self._stamp}" junos:changed-localtime="{self._stamp}"'
        return str(inside).replace("<configuration ", f"<configuration {stamp} ", 1)


def _merge(asked: Any, into: Any) -> None:
    for name in asked.attrib:
        if name in _ENDS:
            into.attrib.pop(_ENDS[name], None)
        else:
            into.set(name, asked.get(name))
    if len(asked) == 0:
        into.text = asked.text
    for child in asked:
        found = next((one for one in into if one.tag == child.tag and _key(one) == _key(child)), None)
        if child.get("delete") == "delete":
            into.remove(found)
        else:
            _merge(child, etree.SubElement(into, child.tag) if found is None else found)


def _key(element: Any) -> str | None:
    found: str | None = element.findtext(f"{{{CONFIGURATION}}}name")
    return found


@contextmanager
def running() -> Iterator[JunosServer]:
    """A server for one test."""
    server = JunosServer()
    with sshd.running(acts=server.act) as seen:
        server.port = seen.port
        yield server
