"""Changes that are made by an attribute, as Junos deactivates and protects: what stands, and what was lost."""

from collections.abc import Iterator
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.netconf import compare, xml
from netpulse_core.builtins.netconf.driver import Netconf
from netpulse_core.testing import opened
from netpulse_core.testing.trust import FirstSeen
from tests.servers import junos_netconf, sshd
from tests.servers.junos_netconf import CONFIGURATION, JUNOS, JunosServer

driver_of_tests = Netconf()


@pytest.fixture
def server() -> Iterator[JunosServer]:
    with junos_netconf.running() as server:
        yield server


@pytest.fixture
def connection(server: JunosServer) -> Iterator[Any]:
    reached = ConnectionParameters(
        device="mx1",
        address="127.0.0.1",
        port=server.port,
        username=sshd.USERNAME,
        password=sshd.PASSWORD,
        platform="junos",
        host_keys=FirstSeen(),
    )
    with opened(driver_of_tests, reached) as connection:
        yield connection


def interface(name: str, attributes: str) -> str:
    inside = f"<interfaces><interface {attributes}><name>{name}</name></interface></interfaces>"
    return f'<configuration xmlns="{CONFIGURATION}">{inside}</configuration>'


def test_a_deactivated_interface_is_a_change(connection: Any) -> None:
    made = connection.change(interface("ge-0/0/0", 'inactive="inactive"'))
    assert made.changed
    assert '+      <interface inactive="inactive">' in made.diff
    again = connection.change(interface("ge-0/0/0", 'inactive="inactive"'))
    assert (again.changed, again.diff) == (False, ""), "the stamp of a commit is no difference"


@pytest.mark.parametrize(("name", "attributes"), [
    ("ge-0/0/1", 'active="active"'), ("ge-0/0/0", 'protect="protect"'), ("ge-0/0/0", 'delete="delete"'),
])  # fmt: skip
def test_what_an_attribute_asks_for_stands_or_was_lost(
    connection: Any, server: JunosServer, name: str, attributes: str
) -> None:
    server.loses = True
    with pytest.raises(errors.NotApplied, match="nothing has changed; not there: /configuration/interfaces/interface"):
        connection.change(interface(name, attributes))
    server.loses = False
    connection.discard_changes()
    assert connection.change(interface(name, attributes)).changed


def test_a_confirmed_deactivation_that_cannot_be_cancelled_is_not_rolled_back(
    connection: Any, server: JunosServer
) -> None:
    def check() -> None:
        raise RuntimeError("the neighbour is down")

    server.refuses = "cancel-commit"
    with pytest.raises(errors.TimedOut, match="the server reverts the commit by itself"):
        connection.change(interface("ge-0/0/0", 'inactive="inactive"'), confirmed=30, check=check)
    server.refuses = ""
    connection.cancel_commit()
    with pytest.raises(errors.RolledBack, match="as it was before"):
        connection.change(interface("ge-0/0/0", 'inactive="inactive"'), confirmed=30, check=check)


def test_what_could_not_be_seen_is_refused_before_anything_is_sent(connection: Any, server: JunosServer) -> None:
    server.asked.clear()
    with pytest.raises(errors.CommandRejected, match="nothing was sent: config: `rename` of interface"):
        connection.change(interface("ge-0/0/0", 'rename="rename" name="ge-0/0/2"'))
    assert server.asked == []


@pytest.mark.parametrize(("asked", "now", "wrong"), [
    ('inactive="inactive"', "", ["@inactive"]),
    ('inactive="inactive"', 'inactive="inactive"', []),
    ('inactive="inactive"', 'xmlns:a="urn:a" a:inactive="inactive"', []),
    ('xmlns:wd="urn:ietf:params:xml:ns:netconf:default:1.0" wd:default="true"', "", []),
    ('xmlns:or="urn:ietf:params:xml:ns:yang:ietf-origin" or:origin="or:intended"', "", []),
    ('xmlns:a="urn:a" a:tags="red"', 'xmlns:a="urn:a" a:tags="blue"', []),
    ('tags="red"', 'tags="blue"', ["@tags"]),
    ('active="active"', "", []),
    ('active="active"', 'inactive="inactive"', ["@inactive (still there)"]),
    ('unprotect="unprotect"', 'protect="protect"', ["@protect (still there)"]),
    ('insert="after" name="ge-0/0/9"', "", []),
    ('xmlns:y="urn:ietf:params:xml:ns:yang:1" y:insert="before" y:key="[name=1]"', "", []),
    (f'xmlns:junos="{JUNOS}" junos:changed="changed" replace="replace"', "", []),
    ('operation="merge"', "", []),
])  # fmt: skip
def test_attributes_of_an_edit_are_looked_for(asked: str, now: str, wrong: list[str]) -> None:
    shown = xml.parsed(f"<data>{interface('ge-0/0/0', now)}</data>")
    found = compare.missing(xml.config(interface("ge-0/0/0", asked)), shown)
    assert found == [f"/configuration/interfaces/interface/{one}" for one in wrong]


def test_a_device_that_annotates_otherwise_holds_the_same() -> None:
    bare, tagged, off = (
        xml.parsed(f"<data>{interface('ge-0/0/0', one)}</data>")
        for one in ("", 'xmlns:a="urn:a" a:tags="red"', 'inactive="inactive"')
    )
    assert xml.outline(bare, annotated=False) == xml.outline(tagged, annotated=False)
    assert xml.outline(bare, annotated=False) != xml.outline(off, annotated=False)
    value = '<data><x xmlns:v="urn:{}">v:y</x></data>'
    one, other = (xml.outline(xml.parsed(value.format(urn)), annotated=False) for urn in ("one", "other"))
    assert one != other, "the namespace of a value is not an annotation"


def test_what_was_pasted_with_its_annotations_is_a_change_that_stands(connection: Any) -> None:
    tagged = 'xmlns:wd="urn:ietf:params:xml:ns:netconf:default:1.0" wd:default="true" inactive="inactive"'
    assert connection.change(interface("ge-0/0/0", tagged)).changed


def test_an_operation_without_its_namespace_is_one() -> None:
    shown = xml.parsed(f"<data>{interface('ge-0/0/0', '')}</data>")
    edit = xml.config(interface("ge-0/0/0", 'operation="delete"'))
    assert compare.missing(edit, shown) == ["/configuration/interfaces/interface (still there)"]
    assert compare.missing(edit, xml.parsed("<data/>")) == ["/configuration"]
