"""The NETCONF driver on a real server: sessions, operations, locks, and what the server refuses."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, DeviceSession, errors
from netpulse_core.builtins.netconf.driver import Netconf
from netpulse_core.builtins.netconf.xml import parsed
from netpulse_core.testing import DriverContract, HostKeyContract, opened, refusal
from netpulse_core.testing.trust import FirstSeen
from tests.builtins.netconf.interfaces import ALL, INTERFACES, frozen, interface, reached, until
from tests.servers import sshd
from tests.servers.netconfd import GUEST, USERNAME, NetconfServer

driver_of_tests = Netconf()


class OnTheServer:
    @pytest.fixture
    def driver(self) -> Netconf:
        return Netconf()

    @pytest.fixture
    def parameters(self, netconf_server: NetconfServer) -> ConnectionParameters:
        self.server = netconf_server
        return reached(netconf_server, FirstSeen())


class TestContract(OnTheServer, DriverContract):
    def read(self, connection: Any) -> object:
        return connection.get_config(read_timeout=30.0)

    def silenced(self) -> Any:
        return frozen(self.server)


class TestHostKeys(OnTheServer, HostKeyContract):
    def logins_seen(self) -> int:
        return len(self.server.logins)


def test_a_session_through_a_jump_host(parameters: ConnectionParameters) -> None:
    with sshd.running() as hop:
        jump = replace(parameters, device="jump", port=hop.port, username=sshd.USERNAME, password=sshd.PASSWORD)
        with opened(driver_of_tests, replace(parameters, jumps=(jump,), keepalive=5.0)) as connection:
            assert "<nacm" in connection.get_config()
            assert hop.forwarded == [(parameters.address, parameters.port)]
        assert hop.wait_until_idle(), "the hop is closed with the session"


def test_ssh_without_netconf_is_told_as_such(parameters: ConnectionParameters) -> None:
    with sshd.running() as plain:
        said = refusal(
            driver_of_tests,
            replace(parameters, port=plain.port, username=sshd.USERNAME, password=sshd.PASSWORD),
            timeout=5.0,
        )
    assert "instead of greeting" in str(said)
    assert "enable NETCONF" in said.hint


def test_what_is_read_is_xml(connection: Any) -> None:
    root = parsed(connection.get_config("running", '<nacm xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-acm"/>'))
    assert [child.tag.rpartition("}")[2] for child in root] == ["nacm"]
    monitoring = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
    sessions = connection.get(f'<netconf-state xmlns="{monitoring}"><sessions/></netconf-state>')
    assert f"<session-id>{connection.session_id}</session-id>" in sessions
    assert driver_of_tests.device_session(connection) == f"netconf session {connection.session_id} as {USERNAME}"
    assert connection.target == "candidate"
    assert any(":confirmed-commit:1.1" in one for one in connection.capabilities)
    assert connection.get("/nacm:nacm", namespaces={"nacm": "urn:ietf:params:xml:ns:yang:ietf-netconf-acm"})


@pytest.mark.parametrize("wrong", ["<interfaces", "interfaces", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_a_wrong_filter_is_refused_before_anything_is_sent(connection: Any, wrong: str) -> None:
    for read in (connection.get, lambda filter: connection.get_config("running", filter)):
        with pytest.raises(errors.InvalidParameters, match="filter"):
            read(wrong)
    assert driver_of_tests.at_rest(connection)


def test_no_entity_of_a_document_reaches_a_file() -> None:
    document = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'
    with pytest.raises(ValueError, match="document type"):
        parsed(document)


def test_several_errors_of_one_answer_are_all_told(connection: Any) -> None:
    edit = interface("eth0", more="<enabled>maybe</enabled><link-up-down-trap-enable>no</link-up-down-trap-enable>")
    with pytest.raises(errors.CommandRejected, match=r"invalid-value at .*enabled.*; ") as caught:
        connection.edit_config(edit)
    assert str(caught.value).count("invalid-value") > 1
    connection.discard_changes()
    assert driver_of_tests.at_rest(connection)


def test_access_denied(parameters: ConnectionParameters) -> None:
    with opened(driver_of_tests, replace(parameters, username=GUEST)) as guest:
        with pytest.raises(errors.CommandRejected, match=r"edit-config refused: access-denied") as caught:
            guest.edit_config(interface("eth0"))
        assert "access control" in caught.value.hint


def test_a_lock_is_denied_with_its_holder_and_ends_with_a_killed_session(connection: Any, other: Any) -> None:
    connection.lock()
    assert not driver_of_tests.at_rest(connection)
    with pytest.raises(errors.CommandRejected, match=f"held by session {connection.session_id}") as caught:
        other.lock()
    assert "kill_session" in caught.value.hint
    with pytest.raises(errors.CommandRejected, match=f"lock refused: .*held by session {connection.session_id}"):
        other.edit_config(interface("eth0"))
    other.kill_session(connection.session_id)
    until(lambda: not driver_of_tests.alive(connection))
    with pytest.raises(errors.SessionLost):
        connection.get_config()
    other.lock()
    other.unlock()
    other.discard_changes()
    assert driver_of_tests.at_rest(other)


def recorded(connection: Any, *, user: str = USERNAME, older: float = 0.0) -> DeviceSession:
    """A session as it is found in the ledger."""
    name = driver_of_tests.device_session(connection)
    assert name is not None
    name = name.replace(USERNAME, user)
    return DeviceSession(driver="netconf", name=name, age=connection.link.age + older)


def test_another_session_is_ended_by_its_number_user_and_login(connection: Any, other: Any) -> None:
    of_the_change = recorded(connection)
    connection.lock()
    connection.edit_config(interface("eth7"))
    assert driver_of_tests.end_session(other, of_the_change, timeout=30)
    until(lambda: not driver_of_tests.alive(connection))
    assert driver_of_tests.end_session(other, of_the_change, timeout=30)  # the server lists it no longer
    other.lock()  # which a candidate with its edits in it would not bear
    other.unlock()
    assert driver_of_tests.at_rest(other)


@pytest.mark.parametrize("wrong", [{"user": GUEST}, {"older": 60.0}, {"older": -60.0}], ids=str)
def test_a_session_that_may_be_anothers_is_left_alone(connection: Any, other: Any, wrong: dict[str, Any]) -> None:
    assert not driver_of_tests.end_session(other, recorded(connection, **wrong), timeout=30)
    assert not driver_of_tests.end_session(other, recorded(other), timeout=30)
    assert connection.get_config()
    assert other.get_config()


def test_the_running_configuration_tells_a_commit_and_nothing_else(connection: Any, restored: None) -> None:
    def read() -> str | None:
        return driver_of_tests.configuration(connection, timeout=30)

    before = read()
    assert before
    connection.edit_config(interface("eth8", "by the baseline"))
    assert read() == before
    connection.commit()
    assert "by the baseline" in (read() or "")


@pytest.mark.thorough
@pytest.mark.usefixtures("restored")
def test_an_unconfirmed_commit_is_reverted_by_the_server(connection: Any) -> None:
    connection.edit_config(interface("eth0"))
    connection.commit(confirmed=2, persist="tests")
    assert "eth0" in connection.get_config("running", ALL)
    assert not driver_of_tests.at_rest(connection)
    # netconfd looks at its timers when nobody has asked for anything for a second
    until(lambda: "eth0" not in connection.get_config("running", ALL), pause=1.5)
    with pytest.raises(errors.CommandRejected, match="not active"):
        connection.confirm("tests")


@pytest.mark.usefixtures("restored")
def test_a_commit_is_confirmed_or_cancelled_by_its_name_from_another_session(connection: Any, other: Any) -> None:
    for name, end in (("eth0", other.confirm), ("eth1", other.cancel_commit)):
        connection.edit_config(interface(name))
        connection.commit(confirmed=60, persist="tests")
        with pytest.raises(errors.CommandRejected):
            end("another-name")
        end("tests")
    running = connection.get_config("running", ALL)
    assert "eth0" in running
    assert "eth1" not in running


def test_no_answer_in_time(connection: Any, netconf_server: NetconfServer) -> None:
    with frozen(netconf_server), pytest.raises(errors.TimedOut, match=r"no answer to get-config within 0\.5 s"):
        connection.get_config(read_timeout=0.5)
    assert not driver_of_tests.at_rest(connection), "its answer is still to come"


def test_a_server_that_goes_away_ends_the_session(parameters: ConnectionParameters) -> None:
    server = NetconfServer()
    try:
        with opened(driver_of_tests, replace(parameters, port=server.port, host_keys=FirstSeen())) as connection:
            server.freeze()
            threading.Timer(0.3, server.stop).start()
            with pytest.raises(errors.SessionLost):
                connection.get_config(read_timeout=30)
            assert not driver_of_tests.alive(connection)
    finally:
        server.close()


def test_an_edit_that_is_no_xml_is_refused_before_anything_is_sent(connection: Any) -> None:
    for wrong in ("", "text", "<a>", f'<interfaces xmlns="{INTERFACES}"/>text', "<config/>"):
        with pytest.raises(errors.CommandRejected, match="nothing was sent: config: "):
            connection.edit_config(wrong)
        with pytest.raises(errors.CommandRejected, match="nothing was sent: config: "):
            connection.change(wrong)
    assert driver_of_tests.at_rest(connection)
