"""A candidate that was edited over NETCONF: whose it is until it is committed, and what is left of it afterwards."""

from typing import Any

import pytest

from netpulse_core import errors
from netpulse_core.builtins.netconf.driver import Netconf
from tests.builtins.netconf.interfaces import ALL, frozen, interface, until
from tests.servers.netconfd import NetconfServer

driver_of_tests = Netconf()


def test_an_edited_candidate_is_not_at_rest_and_is_clean_again_when_its_session_closes(
    connection: Any, other: Any
) -> None:
    connection.edit_config(interface("eth0"))
    assert not driver_of_tests.at_rest(connection)
    assert "eth0" in other.get_config("candidate", ALL)
    driver_of_tests.close(connection)
    assert "eth0" not in other.get_config("candidate", ALL)


@pytest.mark.thorough
def test_an_edited_candidate_is_clean_again_when_its_session_ends_without_an_answer(
    connection: Any, other: Any, netconf_server: NetconfServer
) -> None:
    """A server discards the candidate of a session that ends where that session has it locked, and only there."""
    connection.edit_config(interface("eth0"))
    with frozen(netconf_server), pytest.raises(errors.TimedOut, match="no answer to validate"):
        connection.validate(read_timeout=0.5)
    driver_of_tests.close(connection)
    until(lambda: "eth0" not in other.get_config("candidate", ALL))
    other.lock()  # which a candidate with edits of another session would not bear
    other.unlock()


@pytest.mark.usefixtures("restored")
def test_an_edit_holds_the_candidate_until_it_is_committed_or_discarded(connection: Any, other: Any) -> None:
    for name, end in (("eth0", connection.commit), ("eth1", connection.discard_changes)):
        connection.edit_config(interface(name))
        connection.edit_config(interface(f"{name}1"))
        with pytest.raises(errors.CommandRejected, match=f"held by session {connection.session_id}"):
            other.edit_config(interface("eth2"))
        end()
        assert driver_of_tests.at_rest(connection)
        other.lock()
        other.unlock()
    connection.edit_config(interface("eth3"))
    connection.lock()
    connection.commit()
    with pytest.raises(errors.CommandRejected, match="held by session"):
        other.lock()
    connection.unlock()
    assert driver_of_tests.at_rest(connection)
