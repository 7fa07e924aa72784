"""Which plugins a site lets in: decided before their code runs, by name, version and content."""

import hashlib
from pathlib import Path

import pytest

from netpulse_core.errors import PluginError, SiteError
from netpulse_core.hooks.admission import line_of
from netpulse_core.hooks.doctor import idle_blocks
from netpulse_core.hooks.manager import Plugins
from netpulse_core.settings import load
from tests.hooks.test_loading import READS, installed, plugin

__all__ = ["installed"]

NEVER = "raise RuntimeError('its code ran')\n"


def told(site: Path, text: str) -> None:
    (site / "netpulse.toml").write_text(text)


def content(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_blocked_plugin_is_left_out_and_its_code_does_not_run(tmp_path: Path) -> None:
    plugin(tmp_path, NEVER)
    plugin(tmp_path, READS, "other.py")
    told(tmp_path, 'block_plugins = ["mine", "snmp"]\n')
    plugins = Plugins.load(tmp_path)
    assert "uptime" in plugins.runbooks
    assert {"plugins/mine.py", "builtin:snmp"}.isdisjoint(plugins.names)


def test_an_entry_that_blocks_nothing_is_told_of_with_its_line(installed: Path, tmp_path: Path) -> None:
    (installed / "acme-1.2.dist-info" / "RECORD").write_text("acme_netpulse.py,,\n")
    path = plugin(tmp_path, READS)
    entries = ["snmpp", "acme==1.3", "mine==1", f"mine@sha256:{'0' * 64}", "entirely-else"]
    well = ["snmp", "acme==1.2", f"mine@sha256:{content(path)}"]
    told(tmp_path, f"block_plugins = {[*well, *entries[1:4]]}\n")
    assert not list(idle_blocks(load(tmp_path)))  # each is blocked, whatever other versions are
    told(tmp_path, f"# ours\nblock_plugins = {entries}\n")
    found = list(idle_blocks(load(tmp_path)))
    assert {(one.line, one.key) for one in found} == {(2, "block_plugins")}
    assert [one.problem for one in found] == [
        "there is no plugin 'snmpp', so that none is blocked by this name; did you mean 'snmp'?",
        "acme is not blocked: it is version 1.2, and acme==1.3 is",
        "mine is not blocked: it is without a version, and mine==1 is",
        "mine is not blocked: its content is not the one that mine@sha256:... is",
        "there is no plugin 'entirely-else', so that none is blocked by this name",
    ]


def test_a_plugin_that_is_not_on_the_list_stops_the_process_and_its_code_does_not_run(tmp_path: Path) -> None:
    path = plugin(tmp_path, NEVER)
    told(tmp_path, 'allow_plugins = ["other"]\n')
    with pytest.raises(PluginError, match=r"plugins/mine\.py is not allowed here: allow_plugins does not name") as no:
        Plugins.load(tmp_path)
    assert f"mine@sha256:{content(path)}" in no.value.hint


def test_an_edited_plugin_is_another_one(tmp_path: Path) -> None:
    path = plugin(tmp_path, READS)
    told(tmp_path, f'allow_plugins = ["mine@sha256:{content(path)}"]\n')
    assert "uptime" in Plugins.load(tmp_path).runbooks
    path.write_text(NEVER)
    with pytest.raises(PluginError, match="its content is not the one that is allowed"):
        Plugins.load(tmp_path)


def test_an_installed_plugin_is_allowed_by_version_and_by_content(installed: Path, tmp_path: Path) -> None:
    (installed / "acme-1.2.dist-info" / "RECORD").write_text("acme_netpulse.py,,\n")
    (acme,) = [info for info in Plugins.load().infos if info.name == "acme"]
    assert (acme.version, len(acme.sha256)) == ("1.2", 64)
    told(tmp_path, f'allow_plugins = ["{line_of(acme)}"]\n')
    assert "uptime" in Plugins.load(tmp_path).runbooks
    told(tmp_path, 'allow_plugins = ["acme==1.3"]\n')
    with pytest.raises(PluginError, match=r"it is version 1\.2, and another is allowed"):
        Plugins.load(tmp_path)
    told(tmp_path, f'allow_plugins = ["{line_of(acme)}"]\n')
    (installed / "acme_netpulse.py").write_text(READS + "\n# edited\n")
    with pytest.raises(PluginError, match="its content is not"):
        Plugins.load(tmp_path)


@pytest.mark.parametrize("entry", ["", "mine 1.2", "mine@md5:00", "mine==", "mine@sha256:0"])
def test_an_entry_that_means_nothing_is_refused(tmp_path: Path, entry: str) -> None:
    told(tmp_path, f'allow_plugins = ["{entry}"]\n')
    with pytest.raises(SiteError, match="allow_plugins: not a plugin") as wrong:
        Plugins.load(tmp_path)
    assert "NAME==1.2" in wrong.value.hint
