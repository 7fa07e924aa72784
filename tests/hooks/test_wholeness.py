"""What cannot work is refused when its plugin is loaded, in words its author understands."""

import logging
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.errors import PluginError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.hooks.wholeness import GIVEN, NEEDED, OF_COMMANDS
from netpulse_core.model.driver import Driver

DRIVER = """
from netpulse_core import Driver, hookimpl

class D{base}:
    name = "dd"
    sentence = "mine"

@hookimpl
def register_drivers():
    return [{offered}]
"""
METHODS = """
    def open(self, parameters, *, timeout): ...
    def close(self, connection): ...
    def abort(self, connection): ...
    def alive(self, connection): ...
    def probe(self, connection, *, timeout): ...
    def at_rest(self, connection): ...
"""
OWN_SHAPE = """
    reads = commands = frozenset()
    def device_session(self, connection): ...
    def translate(self, error, device): ...
    def prepared(self, platform, method, kwargs): return kwargs
"""
ON_ITSELF = """
    def __init__(self):
        self.open = self.close = self.abort = self.alive = self.probe = self.at_rest = print
"""
WRAPPED = """
from __future__ import annotations
from functools import wraps
from netpulse_core import Task, hookimpl, runbook

class Conn: ...

def with_conn(function):
    @wraps(function)
    def wrapper(task, **kwargs):
        return function(Conn(), **kwargs)
    return wrapper

@runbook
@with_conn
def rr(conn: Conn, n: int = 1):
    "Do it."
"""
RUNBOOK = """
from typing import Annotated, Any, Protocol, TypeVar
from netpulse_core import Result, Task, hookimpl, runbook

class Shaped(Protocol):
    host: Any

Kind = TypeVar("Kind")

@runbook({options})
def rr({first}):
    "Do it."
"""
HOOK = """
from netpulse_core import hookimpl

@hookimpl
def {name}({arguments}):
    return True
"""


def site(folder: Path, text: str) -> Path:
    (folder / "plugins").mkdir(exist_ok=True)
    (folder / "plugins" / "mine.py").write_text(text)
    return folder


def refused(folder: Path, text: str) -> PluginError:
    with pytest.raises(PluginError) as caught:
        Plugins.load(site(folder, text))
    assert caught.value.plugin == "plugins/mine.py"
    return caught.value


@pytest.mark.parametrize("base", ["", "(Driver)"])
def test_a_driver_without_its_methods_is_refused_and_each_is_named(tmp_path: Path, base: str) -> None:
    said = str(refused(tmp_path, DRIVER.format(base=base, offered="D()")))
    assert said.startswith("plugin plugins/mine.py offers the driver 'dd', which has no open, no close, ")
    assert all(f"no {name}" in said for name in NEEDED)
    assert [name for name in GIVEN if f"no {name}" in said] == ([] if base else [*GIVEN])
    assert not any(f"no {name}" in said for name in OF_COMMANDS)  # it names no commands


def test_what_each_driver_writes_itself_is_what_the_protocol_only_describes() -> None:
    described = [name for name, one in vars(Driver).items() if callable(one) and not name.startswith("_")]
    does = {"end_session", "configuration", "labelled", "committed", "sent", "prepared", "whole", "abilities"}
    may_be_none = {"device_session", "translate"}
    assert [name for name in described if name not in does | may_be_none] == [*NEEDED, *OF_COMMANDS]


@pytest.mark.parametrize(
    ("base", "body"), [("(Driver)", METHODS), ("", METHODS + OWN_SHAPE), ("(Driver)", ON_ITSELF)],
    ids=["subclass", "shape of its own", "methods set on itself"],
)  # fmt: skip
def test_a_driver_that_has_what_it_is_asked_for_is_loaded(tmp_path: Path, base: str, body: str) -> None:
    text = DRIVER.format(base=base, offered="D()").replace('    sentence = "mine"\n', body)
    assert "dd" in Plugins.load(site(tmp_path, text)).drivers


def test_a_driver_that_sends_lines_must_tell_them_and_which_of_them_read(tmp_path: Path) -> None:
    body = METHODS + '    commands = frozenset({"ask"})\n'
    text = DRIVER.format(base="(Driver)", offered="D()").replace('    sentence = "mine"\n', body)
    assert str(refused(tmp_path, text)).endswith("offers the driver 'dd', which has no lines, no is_read")


def test_a_class_in_place_of_a_driver_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, DRIVER.format(base="(Driver)", offered="D"))
    assert str(error) == "plugin plugins/mine.py offers the class D as a driver, and not an object of it"
    assert error.hint == "return [D()]"


def test_a_class_that_works_as_a_parser_is_loaded(tmp_path: Path) -> None:
    text = DRIVER.format(base="", offered="D").replace("register_drivers", "register_parsers")
    assert "dd" in Plugins.load(site(tmp_path, text)).parsers


@pytest.mark.parametrize("first", ["servers: list[str]", "host: str, task: Task", "n: int | None = None", "x: 'str'"])
def test_a_runbook_whose_first_parameter_is_no_task_is_refused(tmp_path: Path, first: str) -> None:
    error = refused(tmp_path, RUNBOOK.format(first=first, options=""))
    assert "runbook 'rr' takes `" in str(error)
    assert "first, where it is given the Nornir task" in str(error)
    assert "def rr(task: Task, " in error.hint


@pytest.mark.parametrize(
    "first",
    ["task", "task: Task", "task: Any", "task: object", "task: 'Task'", "task: Task | None", "task: Shaped",
     "task: Annotated[Task, 'the task']", "task: Kind"],
)  # fmt: skip
def test_a_first_parameter_that_may_be_a_task_is_taken_as_one(tmp_path: Path, first: str) -> None:
    assert "rr" in Plugins.load(site(tmp_path, RUNBOOK.format(first=first, options=""))).runbooks


def test_a_wrapper_that_takes_the_task_is_not_judged_by_what_it_wraps(tmp_path: Path) -> None:
    assert "rr" in Plugins.load(site(tmp_path, WRAPPED)).runbooks


def test_a_function_named_as_a_hook_without_its_mark_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    unmarked = "def refuse_run(runbook):\n    return 'never'\n\ndef helper():\n    pass\n"
    with caplog.at_level(logging.WARNING):
        plugins = Plugins.load(site(tmp_path, unmarked))
    assert [(info.id, name, line) for info, name, line in plugins.unmarked()] == [("plugins/mine.py", "refuse_run", 1)]
    (record,) = [one for one in caplog.records if "hookimpl" in one.message]
    assert "plugin plugins/mine.py: `refuse_run` in line 1" in record.message


@pytest.mark.parametrize(
    ("name", "arguments", "said", "hint"),
    [
        ("refuse_runs", "", "there is no hook 'refuse_runs'; did you mean 'refuse_run'?", "the hooks are "),
        (
            "refuse_run",
            "runbok",
            "the hook refuse_run is not given 'runbok'; did you mean 'runbook'?",
            "it may take request, runbook, devices, caller",
        ),
        ("register_checks", "site", "the hook register_checks is not given 'site'", "it takes no arguments"),
    ],
)
def test_a_hook_that_is_none_is_said_with_what_there_is(
    tmp_path: Path, name: str, arguments: str, said: str, hint: str
) -> None:
    error = refused(tmp_path, HOOK.format(name=name, arguments=arguments))
    assert str(error) == f"plugin plugins/mine.py: {said}"
    assert error.hint.startswith(hint)


def test_an_argument_with_a_default_is_the_plugins_own(tmp_path: Path) -> None:
    plugins = Plugins.load(site(tmp_path, HOOK.format(name="refuse_run", arguments="runbook, most=50")))
    assert "plugins/mine.py" in plugins.implementers("refuse_run")


def test_a_refusal_that_is_no_sentence_names_the_hook_and_what_it_returns(tmp_path: Path) -> None:
    plugins = Plugins.load(site(tmp_path, HOOK.format(name="refuse_run", arguments="")))
    asked: Any = None
    assert plugins.refusals(asked, asked, [], asked) == [
        "refuse_run answered with True: it returns a sentence that says why the run is refused, or None "
        "(plugin plugins/mine.py)"
    ]


def test_a_misspelt_option_of_a_runbook_is_said_with_the_one_meant(tmp_path: Path) -> None:
    error = refused(tmp_path, RUNBOOK.format(first="task", options="changs=True"))
    assert "mine.py:" in str(error)
    assert "runbook 'rr': @runbook has no option 'changs'; did you mean 'changes'?" in str(error)
    assert "own_session" in error.hint
