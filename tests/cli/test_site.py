"""Commands on the site folder itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import Netpulse

pytestmark = pytest.mark.thorough


def test_a_new_site_is_in_order(netpulse: Netpulse, site: Path) -> None:
    said = netpulse("check", cwd=site)
    assert said.returncode == 0, said.stdout
    assert said.stdout.startswith("ok")
    again = netpulse("init", cwd=site)
    assert again.returncode == 5
    assert "would be overwritten" in again.stderr


def test_check_names_file_line_and_key_of_all_that_is_wrong(netpulse: Netpulse, site: Path) -> None:
    (site / "netpulse.toml").write_text("porte = 1\n")
    (site / "inventory/groups.yaml").write_text("leaf: {}\nspine: {}\nams: {}\n")
    (site / "schedules/bad.yaml").write_text('runbook: send_comands\ntarget: "role=leaf"\ncron: "99 * * * *"\n')
    said = netpulse("check", cwd=site)
    assert said.returncode == 1
    assert "netpulse.toml:1:porte  error  unknown setting; did you mean 'port'?" in said.stdout
    assert "inventory/hosts.yaml:" in said.stdout
    assert "schedules/bad.yaml:" in said.stdout
    assert "errors" in said.stdout.splitlines()[-1]


def test_check_takes_a_pattern_that_spares_devices_to_come_and_no_word(netpulse: Netpulse, site: Path) -> None:
    window = "kind: blackout\ntarget: '* & !lab-*'\ntimezone: UTC\nwhen: [{dates: 2036-12-20..2037-01-03}]\n"
    policy = (
        "policy: p\nversion: 1\nowner: net@example.net\nscope: '* & !lab-*'\nrules:\n"
        "- {id: r, must_contain: [{line: ntp}]}\n"
    )
    look = "runbook: send_commands\ntarget: '* & !lab-*'\nevery: 1h\nparameters: {commands: [show clock]}\n"
    files = {
        "schedules/windows/end.yaml": window,
        "templates/compliance/p.yaml": policy,
        "schedules/look.yaml": look,
    }
    for name, text in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    said = netpulse("check", cwd=site)
    assert said.returncode == 0, said.stdout
    for name, text in files.items():
        (site / name).write_text(text.replace("!lab-*", "role!=laef"))
    said = netpulse("check", cwd=site)
    assert said.stdout.count("so this would spare none") == 3, said.stdout


def test_check_judges_roles_and_what_they_may_send(netpulse: Netpulse, site: Path) -> None:
    for line, said in (
        ('[roles.helpdesk]\npermissions = ["reads.ran"]', "netpulse.toml:2:roles.helpdesk  error  no permission"),
        ('[commands.operater]\ndeny = ["reload*"]', "netpulse.toml:2:commands.operater  error  no role 'operater'"),
        ('[commands.all]\ndeny = ["reload  now"]', "netpulse.toml:2:commands.all  error  'reload  now' can mean no"),
    ):
        (site / "netpulse.toml").write_text(f"# ours\n{line}\n")
        checked = netpulse("check", cwd=site)
        assert checked.returncode == 1
        assert said in checked.stdout


def test_a_warning_fails_only_a_strict_check(netpulse: Netpulse, site: Path) -> None:
    (site / "inventory/defaults.yaml").write_text("username: me\npassword: summer\n")
    lax, strict = netpulse("check", cwd=site), netpulse("check", "--strict", "--json", cwd=site)
    assert (lax.returncode, strict.returncode) == (0, 1)
    assert "inventory/defaults.yaml:2:password  warning" in lax.stdout
    assert json.loads(strict.stdout)["warnings"] == 1
    assert "summer" not in lax.stdout + strict.stdout


def test_check_warns_of_files_and_variables_that_are_named_and_not_there(netpulse: Netpulse, site: Path) -> None:
    (site / "netpulse.toml").write_text(
        'store_keys_file = "gone.keys"\nhost_keys = "known_hosts"\ntls_certificate = "gone.pem"\n'
        '[backups]\nremote_password = "env:NO_SUCH"\n'
    )
    (site / "schedules" / "hooks").mkdir(parents=True)
    hook = "runbook: send_commands\ntarget: all\nsecret: env:NO_SUCH_HOOK\nparameters: {commands: [show clock]}\n"
    (site / "schedules" / "hooks" / "alert.yaml").write_text(hook)
    said = netpulse("check", cwd=site)
    for line in (
        f"netpulse.toml:1:store_keys_file  warning  there is no file {site}/gone.keys",
        f"netpulse.toml:2:host_keys  warning  there is no file {site}/known_hosts",
        f"netpulse.toml:3:tls_certificate  warning  there is no file {site}/gone.pem",
        "netpulse.toml:5:backups.remote_password  warning  the variable NO_SUCH is not set",
        "hooks/alert.yaml:3:secret  warning  the variable NO_SUCH_HOOK is not set",
    ):
        assert line in said.stdout


def test_a_plugin_that_does_not_load_is_found(netpulse: Netpulse, site: Path) -> None:
    (site / "plugins/broken.py").write_text("import nothing_of_the_sort\n")
    checked, listed = netpulse("check", cwd=site), netpulse("plugins", cwd=site)
    assert checked.returncode == 1
    assert checked.stdout.splitlines() == [
        f"{site}/plugins/broken.py:1  error  plugin plugins/broken.py could not be loaded: "
        "ModuleNotFoundError: No module named 'nothing_of_the_sort'",
        "1 error, 0 warnings",
    ]
    assert listed.returncode == 3
    assert listed.stderr.startswith("error: plugin plugins/broken.py could not be loaded")


def test_a_runbook_offered_twice_is_an_error_of_the_file_that_came_second(netpulse: Netpulse, site: Path) -> None:
    text = (site / "plugins/set_ntp.py").read_text()
    (site / "plugins/twice.py").write_text(text)
    found = json.loads(netpulse("check", "--json", cwd=site).stdout)["notices"]
    assert [(each["path"], each["line"]) for each in found] == [(str(site / "plugins/twice.py"), 0)]
    assert "offered twice" in found[0]["message"]


def test_plugins_say_what_they_offer(netpulse: Netpulse, site: Path) -> None:
    said = json.loads(netpulse("plugins", "--json", cwd=site).stdout)
    offers = {each["plugin"]: each["runbooks"] for each in said["plugins"]}
    assert offers["plugins/set_ntp.py"] == ["set_ntp"]
    assert "netmiko" in said["drivers"]


def test_the_nearest_site_above_is_meant(netpulse: Netpulse, site: Path) -> None:
    assert netpulse("check", cwd=site / "inventory").returncode == 0


def test_without_a_site_the_remedy_is_said(netpulse: Netpulse, tmp_path: Path) -> None:
    said = netpulse("runs", cwd=tmp_path)
    assert said.returncode == 3
    assert "netpulse init" in said.stderr
    missing = netpulse("--site", tmp_path / "none", "check")
    assert missing.returncode == 3


@pytest.mark.timeout(400)  # many commands, each a process of its own
def test_the_ledger_is_migrated_and_keys_are_made_and_ended(netpulse: Netpulse, site: Path) -> None:
    before = json.loads(netpulse("db", "current", "--json", cwd=site).stdout)
    assert before["at"] is None
    assert netpulse("db", "upgrade", cwd=site).returncode == 0
    after = json.loads(netpulse("db", "current", "--json", cwd=site).stdout)
    assert after["at"] == after["known"]
    key = json.loads(netpulse("keys", "create", "carol", "--role", "admin", "--json", cwd=site).stdout)
    assert key["key"].startswith(f"np_{key['id']}_")
    assert netpulse("keys", "revoke", key["id"], cwd=site).returncode == 0
    assert netpulse("keys", "revoke", key["id"], cwd=site).returncode == 5


def test_a_new_key_is_told_with_the_id_that_ends_it(netpulse: Netpulse, site: Path) -> None:
    assert netpulse("db", "upgrade", cwd=site).returncode == 0
    made = netpulse("keys", "create", "carol", "--role", "admin", cwd=site)
    (key,) = made.stdout.splitlines()
    number = key.split("_")[1]
    assert f"id {number}" in made.stderr
    assert f"keys revoke {number}" in made.stderr
    assert key not in made.stderr
    assert netpulse("keys", "revoke", number, cwd=site).returncode == 0
    assert netpulse("keys", "create", "carol", "--role", "admin", "--json", cwd=site).stderr == ""


def test_the_key_of_whoever_holds_the_folder_follows_its_rotation(netpulse: Netpulse, site: Path) -> None:
    assert netpulse("db", "upgrade", cwd=site).returncode == 0
    made = json.loads(netpulse("keys", "create", "admin", "--role", "admin", "--json", cwd=site).stdout)
    own = site / ".netpulse" / "admin.key"
    own.write_text(made["key"] + "\n")
    newer = json.loads(netpulse("keys", "rotate", made["id"], "--json", cwd=site).stdout)
    assert own.read_text().strip() == newer["key"] != made["key"]
    assert own.stat().st_mode & 0o777 == 0o600
    netpulse("keys", "create", "other", "--role", "viewer", cwd=site)
    assert own.read_text().strip() == newer["key"]


def test_a_distributed_process_refuses_an_embedded_site(netpulse: Netpulse, site: Path) -> None:
    for name in ("api", "worker", "scheduler"):
        said = netpulse(name, cwd=site)
        assert said.returncode == 3
        assert "netpulse up" in said.stderr


def test_a_plugin_of_the_site_adds_a_command(netpulse: Netpulse, site: Path) -> None:
    plugin = site / "plugins" / "oncall.py"
    plugin.write_text(
        "from netpulse_core import hookimpl\n\n@hookimpl\ndef prepare_cli(app):\n"
        "    @app.command('oncall')\n    def oncall(loud: bool = False):\n"
        "        'Say who is on call.'\n        print('EXTENSION' if loud else 'extension', 4711)\n"
    )
    assert netpulse("oncall", "--loud", cwd=site).stdout == "EXTENSION 4711\n"
    assert "Say who is on call" in netpulse("oncall", "--help", cwd=site).stdout
    assert netpulse("oncall", cwd=site.parent).returncode == 2
    plugin.write_text("1 / 0\n")
    broken = netpulse("oncall", cwd=site)
    assert broken.returncode == 3
    assert "plugins/oncall.py could not be loaded" in broken.stderr


def test_the_doctor_looks_at_each_plugin_by_itself(netpulse: Netpulse, site: Path) -> None:
    assert netpulse("plugins", "doctor", cwd=site).returncode == 0
    (site / "plugins" / "broken.py").write_text("x = 1\n1 / 0\n")
    (site / "plugins" / "misspelt.py").write_text(
        "from netpulse_core import hookimpl\n\n@hookimpl\ndef refuse_runs(request):\n    return None\n"
    )
    (site / "netpulse.toml").write_text('block_plugins = ["snmp"]\n')
    said = netpulse("plugins", "doctor", "--json", cwd=site)
    found = {each["plugin"]: each for each in json.loads(said.stdout)["plugins"]}
    assert said.returncode == 1
    assert found["plugins/set_ntp.py"]["state"] == "well"
    assert found["builtin:snmp"]["state"] == "blocked"
    assert "plugins/broken.py:2: ZeroDivisionError" in found["plugins/broken.py"]["problem"]
    assert "refuse_runs" in found["plugins/misspelt.py"]["problem"]
    assert found["plugins/set_ntp.py"]["line"].startswith("set_ntp@sha256:")
    shown = netpulse("plugins", "doctor", cwd=site).stdout
    assert "broken  plugins/broken.py" in shown


@pytest.mark.parametrize("broken", [False, True])
def test_check_warns_of_a_block_that_blocks_nothing(said: Callable[..., Result], site: Path, broken: bool) -> None:
    (site / "netpulse.toml").write_text('block_plugins = ["set_ntpp", "snmp"]\n')
    if broken:
        (site / "plugins" / "broken.py").write_text("1 / 0\n")
    checked = json.loads(said("check", "--site", site, "--json").stdout)
    (warned,) = [one for one in checked["notices"] if one["key"] == "block_plugins"]
    assert (warned["severity"], warned["line"]) == ("warning", 1)
    assert "there is no plugin 'set_ntpp'" in warned["message"]
    assert "did you mean 'set_ntp'?" in warned["message"]


def test_a_plugin_in_a_folder_is_warned_of(netpulse: Netpulse, site: Path) -> None:
    (site / "plugins" / "rules").mkdir()
    (site / "plugins" / "rules" / "no.py").write_text(
        "from netpulse_core import hookimpl\n\n@hookimpl\ndef accept_run(request):\n    return 'never'\n"
    )
    checked, doctored = netpulse("check", cwd=site), netpulse("plugins", "doctor", cwd=site)
    assert (checked.returncode, doctored.returncode) == (0, 1)
    assert "plugins/rules/no.py" in checked.stdout
    assert "not loaded  plugins/rules/no.py" in doctored.stdout


def test_two_plugins_that_clash_are_well_alone_and_not_together(netpulse: Netpulse, site: Path) -> None:
    (site / "plugins" / "again.py").write_text((site / "plugins" / "set_ntp.py").read_text())
    said = netpulse("plugins", "doctor", cwd=site)
    assert said.returncode == 1
    assert "all together" in said.stdout
    assert "'set_ntp' is offered twice, by plugins/again.py and by plugins/set_ntp.py" in said.stdout


def test_trace_says_who_is_called_by_a_hook(netpulse: Netpulse, site: Path) -> None:
    (site / "plugins" / "mine.py").write_text(
        "from netpulse_core import hookimpl\n\n@hookimpl\ndef place_device(device, nodes):\n    return None\n"
    )
    said = json.loads(netpulse("plugins", "trace", "place_device", "--json", cwd=site).stdout)
    assert said["hooks"] == {"place_device": ["plugins/mine.py", "builtin:placement"]}
    unknown = netpulse("plugins", "trace", "place_devise", cwd=site)
    assert unknown.returncode == 5
    assert "did you mean 'place_device'" in unknown.stderr


def test_every_template_of_the_site_is_compiled(netpulse: Netpulse, site: Path) -> None:
    folder = site / "templates"
    (folder / "campus").mkdir(parents=True)
    (folder / "good.j2").write_text("{% include 'campus/open.j2' %}\n{{ not_set }}\n")
    (folder / "campus/open.j2").write_text("hostname {{ name }}\n{% for one in names %}\n")
    (folder / "filter.j2").write_text("one\n{{ name | no_such_filter }}\n")
    (folder / "arp.textfsm").write_text("Value MAC (\\S+\n\nStart\n  ^${MAC} -> Record\n")
    (folder / "rule.textfsm").write_text("Value MAC (\\S+)\n\nStart\n  ^${MAC} -> Nowhere\n")
    (folder / "open.ttp").write_text("<group name='ports'>\ninterface {{ name }}\n")
    (folder / "pattern.ttp").write_text("interface {{ name }}\n description {{ words | re('(') }}\n")
    (folder / "works.ttp").write_text("<group name='ports'>\ninterface {{ name }}\n</group>\n")
    rows = "arp.textfsm, gate_os, show doors\narp.textfsm, gate_os, show (doors\n"
    (folder / "index").write_text(f"Template, Platform, Command\n{rows}")
    said = netpulse("check", "--json", cwd=site)
    assert said.returncode == 1
    found = {
        (str(Path(one["path"]).relative_to(folder)), one["line"]): one["message"]
        for one in json.loads(said.stdout)["notices"]
    }
    assert set(found) == {
        ("campus/open.j2", 2),
        ("filter.j2", 2),
        ("arp.textfsm", 1),
        ("rule.textfsm", 4),
        ("open.ttp", 3),
        ("pattern.ttp", 2),
        ("index", 3),
    }
    assert "the command 'show (doors' is no pattern" in found["index", 3]
    assert "No filter named 'no_such_filter'" in found["filter.j2", 2]


def test_check_warns_of_a_function_named_as_a_hook_that_is_none(netpulse: Netpulse, site: Path) -> None:
    (site / "plugins" / "no.py").write_text("import os\n\n\ndef refuse_run(runbook):\n    return 'never'\n")
    checked = netpulse("check", cwd=site)
    assert f"{site}/plugins/no.py:4  warning  `refuse_run` is no hook without @hookimpl" in checked.stdout
    assert checked.returncode == 0
