"""Changes over NETCONF on a real server: what stands, what was refused, what was lost, what was rolled back."""

from pathlib import Path
from typing import Any

import pytest

from netpulse_core import errors
from netpulse_core.builtins.netconf.driver import Netconf
from netpulse_core.builtins.netconf.runbooks import netconf_edit, netconf_get
from netpulse_core.model.outcome import Outcome
from netpulse_core.testing import opened
from netpulse_core.testing.trust import FirstSeen
from tests.builtins.netconf.interfaces import ALL, interface, reached
from tests.builtins.site import serving
from tests.servers.netconfd import PASSWORD, USERNAME, NetconfServer

driver_of_tests = Netconf()
pytestmark = pytest.mark.usefixtures("restored")


def running(connection: Any) -> str:
    return str(connection.get_config("running", ALL))


def test_a_change_stands_and_says_how(connection: Any) -> None:
    made = connection.change(interface("eth0", "uplink"), validate=False)
    assert made.changed
    assert "+      <description>uplink</description>" in made.diff
    assert "uplink" in running(connection)
    assert driver_of_tests.at_rest(connection)
    again = connection.change(interface("eth0", "uplink", more="<enabled>true</enabled>"), validate=False)
    assert (again.changed, again.diff) == (False, ""), "a default is there although it is not reported"
    gone = connection.change(interface("eth0", operation="delete"), validate=False)
    assert gone.changed
    assert "-      <description>uplink</description>" in gone.diff
    assert "eth0" not in running(connection)


def test_a_change_that_the_server_loses_is_not_applied(connection: Any) -> None:
    """netconfd says ok to edit, validate and commit, and the change is not there."""
    with pytest.raises(errors.NotApplied, match=r"said ok .* nothing has changed; not there: /interfaces") as caught:
        connection.change(interface("eth0"))
    assert "try it without" in caught.value.hint
    assert "eth0" not in running(connection)
    with pytest.raises(errors.NotApplied):
        connection.change(interface("eth0"), confirmed=30)
    assert driver_of_tests.at_rest(connection)


def test_a_refused_edit_leaves_nothing(connection: Any) -> None:
    with pytest.raises(errors.CommandRejected, match=r"edit-config refused: invalid-value.*; nothing of it stands"):
        connection.change(interface("eth0", more="<enabled>maybe</enabled>"))
    with pytest.raises(errors.CommandRejected, match="data-missing"):
        connection.change(interface("eth0", operation="delete"))
    assert driver_of_tests.at_rest(connection)
    assert connection.change(interface("eth0"), validate=False).changed, "the candidate was clean"


def test_a_confirmed_change_is_kept(connection: Any) -> None:
    looked: list[bool] = []
    check = lambda: looked.append("eth0" in running(connection))  # noqa: E731
    assert connection.change(interface("eth0"), validate=False, confirmed=30, check=check).changed
    assert looked == [True], "the check runs while the change stands and can still be reverted"
    with pytest.raises(errors.CommandRejected):
        connection.cancel_commit()
    assert "eth0" in running(connection)


def test_a_failed_check_rolls_a_confirmed_change_back(connection: Any) -> None:
    def check() -> None:
        raise RuntimeError("the neighbour is down")

    with pytest.raises(errors.RolledBack, match="the neighbour is down; the configuration is as it was before"):
        connection.change(interface("eth0"), validate=False, confirmed=30, check=check)
    assert "eth0" not in running(connection)
    assert driver_of_tests.at_rest(connection)


def test_a_server_that_does_not_keep_a_confirmed_change_has_it_rolled_back() -> None:
    server = NetconfServer(saves=False)
    try:
        with opened(driver_of_tests, reached(server, FirstSeen())) as connection:
            with pytest.raises(errors.RolledBack, match=r"the confirmation was refused: .*as it was before"):
                connection.change(interface("eth0"), validate=False, confirmed=30)
            assert "eth0" not in running(connection)
            with pytest.raises(errors.CommandRejected, match=r"commit refused: .*; nothing of it stands"):
                connection.change(interface("eth0"), validate=False)
            assert driver_of_tests.at_rest(connection)
    finally:
        server.close()


def test_a_running_configuration_without_candidate_is_changed_whole_or_not() -> None:
    server = NetconfServer(target="running")
    try:
        with opened(driver_of_tests, reached(server, FirstSeen())) as connection:
            assert connection.target == "running"
            assert connection.change(interface("eth0")).changed
            two = interface("eth1").replace("</interfaces>", "<interface><name>eth2</name></interface></interfaces>")
            wrong = two.replace("<name>eth2</name>", "<name>eth2</name><enabled>maybe</enabled>")
            with pytest.raises(errors.CommandRejected, match=r"refused: .*; nothing of it stands"):
                connection.change(wrong)
            assert "eth1" not in running(connection)
            with pytest.raises(errors.CommandRejected, match="nothing was sent: confirmed: "):
                connection.change(interface("eth1"), confirmed=30)
            assert driver_of_tests.at_rest(connection)
    finally:
        server.close()


def test_a_lock_of_another_session_stops_a_change_before_it_begins(
    connection: Any, netconf_server: NetconfServer
) -> None:
    with opened(driver_of_tests, reached(netconf_server, FirstSeen())) as other:
        other.lock()
        with pytest.raises(errors.CommandRejected, match=f"lock refused: .*held by session {other.session_id}"):
            connection.change(interface("eth0"), validate=False)
        assert driver_of_tests.at_rest(connection)


@pytest.mark.thorough
def test_what_is_not_answered_before_the_commit_is_not_applied(connection: Any, netconf_server: NetconfServer) -> None:
    netconf_server.freeze_at = b"edit-config"
    with pytest.raises(errors.NotApplied, match=r"nothing was committed: no answer to edit-config within 3 s"):
        connection.change(interface("eth0"), validate=False, read_timeout=3.0)
    netconf_server.thaw()
    assert not driver_of_tests.at_rest(connection)
    driver_of_tests.close(connection)
    with opened(driver_of_tests, reached(netconf_server, FirstSeen())) as other:
        assert "eth0" not in running(other)
        assert other.change(interface("eth1"), validate=False).changed, "the lock went with its session"
        assert "eth0" not in running(other), "and so did the candidate"


@pytest.mark.thorough
def test_a_commit_that_is_not_answered_is_left_open(connection: Any, netconf_server: NetconfServer) -> None:
    netconf_server.freeze_at = b"<nc:commit"
    with pytest.raises(errors.TimedOut, match="no answer to commit within 3 s"):
        connection.change(interface("eth0"), validate=False, read_timeout=3.0)


@pytest.mark.thorough
def test_runbooks_in_a_run(netconf_server: NetconfServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTS_NETCONF", PASSWORD)
    login = {"username": USERNAME, "password": "env:TESTS_NETCONF", "port": netconf_server.port}
    hosts = {"core1": {"hostname": "127.0.0.1", "port": 22, "connection_options": {"netconf": login}}}
    with serving(tmp_path / "site", hosts) as run:
        done = run("netconf_edit", "core1", config=interface("eth0", "by a run"), validation=False)
        assert done.outcome is Outcome.CHANGED, done.message
        assert "+      <description>by a run</description>" in done.steps[0].diff
        again = run("netconf_edit", "core1", config=interface("eth0", "by a run"), validation=False)
        assert again.outcome is Outcome.OK
        assert "by a run" in run("netconf_get_config", "core1", filter=ALL).steps[0].body
        assert "by a run" in run("netconf_get", "core1", filter=ALL).steps[0].body
        lost = run("netconf_edit", "core1", config=interface("eth1"))
        assert lost.outcome is Outcome.NOT_APPLIED
        assert "nothing has changed" in lost.message
        assert (
            run("netconf_edit", "core1", config=interface("eth1"), validation=False, confirmed=30).outcome
            is Outcome.CHANGED
        )
        refused = run("netconf_edit", "core1", config=interface("eth2", more="<enabled>x</enabled>"))
        assert refused.outcome is Outcome.REJECTED
        assert PASSWORD not in done.everything + lost.everything + refused.everything


def test_parameters_are_checked_before_a_run() -> None:
    for wrong in ("", "text", "<a>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
        with pytest.raises(errors.InvalidParameters, match="config"):
            netconf_edit.validated({"config": wrong})
    with pytest.raises(errors.InvalidParameters, match="filter"):
        netconf_get.validated({"filter": "<a>"})
    with pytest.raises(errors.InvalidParameters, match="default_operation"):
        netconf_edit.validated({"config": "<a/>", "default_operation": "replace"})
