"""Files of hooks: what is wrong with one is told with its file, line and key."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel

from netpulse_core import Secret, Task
from netpulse_core.hooks.manager import Plugins
from netpulse_core.incoming import files
from netpulse_core.incoming.files import HookFiles, wrong_parameters
from netpulse_core.incoming.hookfile import HookFile
from netpulse_core.inventory.site import Site
from netpulse_core.model.incoming import Hook, Signature
from netpulse_core.model.roles import BUILT_IN
from netpulse_core.model.runbook import Runbook
from netpulse_core.settings import Settings

GOOD = """runbook: send_commands
target: role=leaf
secret: [env:NEW, "secret:hooks/old"]
signature: github
device: "devices[].name"
when: action == 'opened'
parameters:
  commands: [show version, {from: "command"}]
debounce: 1m30s
at_most: 4
deadline: 600
"""


def problems(text: str, name: str = "down") -> list[str]:
    return [f"{one.line}:{one.key}: {one.message}" for one in HookFile(Path(f"{name}.yaml"), text.encode()).notices]


def test_a_good_file_is_a_hook() -> None:
    hook = HookFile(Path("down.yaml"), GOOD.encode()).hook
    assert hook is not None
    assert (hook.name, hook.caller, hook.signature, hook.secrets) == (
        "down", "hook:down", Signature.GITHUB, ("env:NEW", "secret:hooks/old")
    )  # fmt: skip
    assert (hook.debounce, hook.at_most, hook.deadline, hook.enabled) == (90.0, 4, 600.0, True)
    assert "env:NEW" not in repr(hook)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("runbook: send_commands\n", "", "`runbook` is missing"),
        ("target: role=leaf", "target: 'role='", "2:target: "),
        ('secret: [env:NEW, "secret:hooks/old"]\n', "", "`secret` is missing"),
        ('[env:NEW, "secret:hooks/old"]', "s3cret-in-clear", "3:secret: not a reference to a secret"),
        ('[env:NEW, "secret:hooks/old"]', "[env:NEW, in-clear]", "3:secret.1: not a reference to a secret"),
        ('[env:NEW, "secret:hooks/old"]', "[]", "3:secret: "),
        ("github", "gitlab", "4:signature: "),
        ("devices[].name", "devices[.name", "5:device: no JMESPath"),
        ("action == 'opened'", '""', "6:when: "),
        ('command"}', 'a["}', "8:parameters.commands.1.from: no JMESPath"),
        ("show version", "2026-01-01", "8:parameters.commands.0: 2026-01-01 is a date"),
        ("show version", ".nan", "8:parameters.commands.0: nan is not a number that can be sent"),
        ('{from: "command"}', "{at: [-.inf]}", "8:parameters.commands.1.at.0: -inf is not a number that can be sent"),
        ("show version", "{2: x}", "8:parameters.commands.0.2: the key 2 is not a text"),
        ("1m30s", "soon", "9:debounce: 'soon' is not a duration"),
        ("1m30s", "11m", "9:debounce: a run would begin after its deadline"),
        ("at_most: 4", "at_most: 0", "10:at_most: "),
        ("at_most: 4", "at_most: yes", "10:at_most: "),
        ("at_most: 4", "at_mots: 4", "10:at_mots: unknown key; did you mean 'at_most'?"),
        ("deadline: 600", "priority: 10", "11:priority: "),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(old: str, new: str, problem: str) -> None:
    assert old in GOOD
    found = problems(GOOD.replace(old, new))
    assert any(problem in one for one in found), found
    assert "in-clear" not in " ".join(found)


@pytest.mark.parametrize("text", ["", "[]", "- a", "runbook: [", "a: &a [*a]"])
def test_what_is_no_hook_at_all_is_told(text: str) -> None:
    assert problems(text)


def test_a_name_that_no_address_takes_is_told() -> None:
    assert "cannot be named" in problems(GOOD, "Down!")[0]


def site(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts.yaml").write_text("leaf1: {hostname: 192.0.2.1, data: {role: leaf}}\n")
    (tmp_path / files.FOLDER).mkdir(parents=True)
    (tmp_path / files.FOLDER / "down.yaml").write_text(text)
    return Settings(site=tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("send_commands", "send_comands", "1:runbook: no runbook 'send_comands'"),
        ("role=leaf", "role=spine", "2:target: "),
        ("commands:", "comands:", "8:parameters.comands: unknown parameter 'comands'; did you mean 'commands'"),
        ('[show version, {from: "command"}]', "7", "8:parameters.commands: "),
        ("at_most: 4", "role: operater", "10:role: no role 'operater'; did you mean 'operator'?"),
    ],
)
def test_what_is_wrong_on_this_site_is_told(tmp_path: Path, old: str, new: str, problem: str) -> None:
    settings = site(tmp_path, GOOD.replace(old, new))
    plugins = Plugins.load(settings)
    loaded = Site.load(settings, plugins.prepare_inventory)
    found = [
        f"{one.line}:{one.key}: {one.message}" for one in files.examine(tmp_path, plugins, loaded.select, BUILT_IN)
    ]
    assert any(one.startswith(problem) for one in found), found


def test_a_good_file_has_nothing_wrong_on_its_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW", "s3cret-of-the-hook")
    settings = site(tmp_path, GOOD)
    plugins = Plugins.load(settings)
    loaded = Site.load(settings, plugins.prepare_inventory)
    assert files.examine(tmp_path, plugins, loaded.select, BUILT_IN) == []
    monkeypatch.delenv("NEW")
    (warned,) = files.examine(tmp_path, plugins, loaded.select, BUILT_IN)
    assert (warned.severity, warned.line, warned.key) == ("warning", 3, "secret")
    assert warned.message == "the variable NEW is not set"


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    site(tmp_path, GOOD)
    (tmp_path / "schedules" / "outside.yaml").write_text(GOOD)
    known = HookFiles(tmp_path)
    assert known.one("down") is not None
    assert [known.one(name) for name in ("../outside", "down.yaml", "", "..", "down/../down", "down\0")] == [None] * 6


def test_no_body_chooses_a_secret_that_a_value_holds() -> None:
    class Account(BaseModel):
        name: str
        password: Secret

    def push(task: Task, users: list[Account]) -> None:
        """Give a device these users."""

    hook = Hook(name="x", runbook="r", target="leaf1", secrets=("env:A",), parameters={"users": {"from": "users"}})
    for users in ({"from": "users"}, [{"name": "ada", "password": {"from": "word"}}]):
        found = dict(wrong_parameters(replace(hook, parameters={"users": users}), Runbook(push)))
        assert "never by the body" in found["users"]
    said = {"users": [{"name": "ada", "password": "secret:ada"}]}
    assert not list(wrong_parameters(replace(hook, parameters=said), Runbook(push)))


def test_no_body_chooses_a_secret() -> None:
    hook = Hook(name="x", runbook="r", target="leaf1", secrets=("env:A",), parameters={"word": {"from": "word"}})

    def push(task: Task, word: Secret) -> None:
        """Tell a device a secret."""

    found = dict(wrong_parameters(hook, Runbook(push)))
    assert "never by the body" in found["word"]
    assert not list(wrong_parameters(replace(hook, parameters={"word": "env:WORD"}), Runbook(push)))
    assert list(wrong_parameters(replace(hook, parameters={"word": "summer"}), Runbook(push)))
    assert (
        "did you mean 'word'"
        in dict(wrong_parameters(replace(hook, parameters={"wrod": {"from": "a"}}), Runbook(push)))["wrod"]
    )
