"""The driver holds what every driver must, and knows what is Acme's own."""

from pathlib import Path

import pytest
from netpulse_core import errors
from netpulse_core.testing import DriverContract, HostKeyContract, OnFakeDevice, opened

from acme_driver import Acme

SCRIPT = Path(__file__).parent / "acme.yaml"


class TestAcme(OnFakeDevice, DriverContract, HostKeyContract):
    """What every driver over SSH must hold."""

    driver_class = Acme
    script = SCRIPT
    question = "show version"


@pytest.fixture
def acme(fake_device):
    """A router."""
    return fake_device(SCRIPT, name="acme1")


@pytest.fixture
def running(site, netpulse, acme):
    """A NetPulse with that router in its inventory."""
    return netpulse(site({"inventory/hosts.yaml": {"acme1": acme.inventory("acme_os", netpulse_driver="acme")}}))


def test_a_banner_that_looks_like_a_prompt_is_none(acme):
    with opened(Acme(), acme.parameters()) as line:
        assert line.find_prompt() == "[acme1] :"
        assert line.send_command("show version").splitlines() == ["AcmeOS 7.2, serial AC-0042", "up 12 days"]
        assert [line.send_command("show load") for _ in range(2)] == ["load 0.10", "load 0.90"]


def test_a_question_is_not_answered_and_ends_the_session(acme):
    with opened(Acme(), acme.parameters()) as line:
        with pytest.raises(errors.CommandRejected, match="sure"):
            line.send_command("restart")
        assert not Acme().alive(line)


@pytest.mark.parametrize("line", ["show version", "trace 192.0.2.1", "pages off"])
def test_these_read(line):
    assert Acme().is_read("acme_os", line)


@pytest.mark.parametrize("line", ["edit", "keep", "restart", "trace 192.0.2.1; restart", "name acme2", ""])
def test_these_do_not(line):
    assert not Acme().is_read("acme_os", line)


def test_a_runbook_reads(running):
    done = running.run("send_commands", "acme1", commands=["show version", "show routes"])
    assert done.outcome == "ok", done.problem
    assert "172.16.0.0/12" in done.result


def test_a_line_that_is_refused_is_no_success(running):
    done = running.run("send_commands", "acme1", commands=["show bogus"])
    assert done.outcome == "rejected"
    assert "!! show bogus is not a word here" in done.problem.message


def test_a_change_is_kept_whole(running, acme):
    done = running.run("send_config", "acme1", lines=["name acme1", "route 10.0.0.0/8"])
    assert done.outcome == "changed", done.problem
    assert acme.lines[-5:] == ["edit", "name acme1", "route 10.0.0.0/8", "keep", "leave"]


def test_a_change_that_is_refused_is_forgotten_whole(running, acme):
    done = running.run("send_config", "acme1", lines=["name acme1", "colour blue"])
    assert done.outcome == "rejected"
    assert acme.lines[-5:] == ["edit", "name acme1", "colour blue", "forget", "leave"]
    assert "keep" not in acme.lines
