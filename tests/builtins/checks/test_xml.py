"""A configuration in XML has no line that could be forbidden, and so is never judged by lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from netpulse_core.model.outcome import Outcome
from netpulse_core.testing import Instance
from tests.servers import junos_netconf, sshd

XML = """<configuration xmlns="http://xml.juniper.net/xnm/1.1/xnm">
<snmp-server><community><name>public</name></community></snmp-server>
</configuration>"""
RULE = {"id": "public", "must_not_contain": [{"regex": "snmp-server community public"}]}
POLICY: dict[str, Any] = {"policy": "p", "version": 1, "owner": "net@example.net", "rules": [RULE]}


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What the inventory says of a device of NETCONF; it outlives the service that has a session on it."""
    monkeypatch.setenv("TESTS_NETCONF", sshd.PASSWORD)
    with junos_netconf.running() as server:
        server.running = etree.fromstring(XML)
        login = {"username": sshd.USERNAME, "password": "env:TESTS_NETCONF", "port": server.port}
        host = {"hostname": "127.0.0.1", "platform": "cisco_xe", "connection_options": {"netconf": login}}
        yield {**host, "data": {"netpulse_driver": "netconf"}}


@pytest.fixture
def running(device: dict[str, Any], site: Callable[..., Path], netpulse: Callable[..., Instance]) -> Instance:
    """A site with that device, and a rule on what it says now and on what was kept."""
    told = {
        "inventory/hosts.yaml": {"core1": device},
        "templates/compliance/p.yaml": POLICY,
        "templates/compliance/kept.yaml": {**POLICY, "policy": "kept", "source": "backup"},
    }
    return netpulse(site(told))


@pytest.mark.thorough
@pytest.mark.parametrize("runbook", ["run_checks", "nightly_compliance"])
def test_what_is_read_over_netconf_is_an_error_of_every_check(running: Instance, runbook: str) -> None:
    assert running.run("backup_config", "core1").outcome is Outcome.OK
    names = ["snmp_communities", "ssh_only", "ntp_servers", "p/public", "kept/public"]
    done = running.run(runbook, "core1", checks=names)
    assert done.outcome is Outcome.OK, done.problem
    found = {one["check"]: one for one in done.result}
    assert {name: one["verdict"] for name, one in found.items()} == dict.fromkeys(sorted(names), "error")
    why = "the configuration that netconf reads is XML; read it over a command line"
    assert all(why in found[name]["why"] for name in names[:4])
    assert "the last good backup is XML" in found["kept/public"]["why"]
