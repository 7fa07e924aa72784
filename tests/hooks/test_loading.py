"""Plugins come through three doors, and one that is wrong is named with its place."""

from os import utime
from pathlib import Path
from textwrap import dedent

import pytest

from netpulse_core.errors import PluginError
from netpulse_core.hooks import loading
from netpulse_core.hooks.manager import Plugins

READS = '''
from netpulse_core import Result, Task, runbook

@runbook
def uptime(task: Task) -> Result:
    """Ask how long it has been up."""
    return Result(host=task.host)
'''


def plugin(site: Path, text: str, name: str = "mine.py") -> Path:
    """Write one plugin file of a site."""
    folder = site / "plugins"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution with a plugin, installed where Python looks."""
    folder = tmp_path / "packages"
    info = folder / "acme-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[netpulse]\nacme = acme_netpulse\n")
    (folder / "acme_netpulse.py").write_text(READS)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(__import__("sys").modules, "acme_netpulse", raising=False)
    return folder


def test_what_we_ship_is_there_without_a_site() -> None:
    plugins = Plugins.load()
    assert {f"builtin:{name}" for name in loading.BUILTINS} <= set(plugins.names)
    assert "send_commands" in plugins.runbooks
    assert plugins.source_of("send_commands") == "builtin:runbooks"
    assert "netmiko" in plugins.drivers


def test_an_installed_plugin_is_named_with_its_version(installed: Path) -> None:
    assert Plugins.load().source_of("uptime") == "acme 1.2:acme"


def test_a_broken_installed_plugin_is_named(installed: Path) -> None:
    (installed / "acme_netpulse.py").write_text("1 / 0\n")
    with pytest.raises(PluginError, match=r"plugin acme 1\.2:acme could not be loaded: ZeroDivisionError") as broken:
        Plugins.load()
    assert broken.value.plugin == "acme 1.2:acme"


def test_a_file_of_the_site_is_a_plugin_unless_it_begins_with_an_underscore(tmp_path: Path) -> None:
    plugin(tmp_path, READS)
    plugin(tmp_path, "1 / 0", "_draft.py")
    assert Plugins.load(tmp_path).source_of("uptime") == "plugins/mine.py"


def test_two_sites_with_a_file_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    sites = [tmp_path / "a", tmp_path / "b"]
    for number, site in enumerate(sites):
        site.mkdir()
        plugin(site, READS.replace("uptime", f"uptime{number}"))
    found = [Plugins.load(site).runbooks for site in sites]
    assert ["uptime0" in one for one in found] == [True, False]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("x = 1\ny = 1 / 0\n", 2, "ZeroDivisionError: division by zero"),
        ("x = 1\n\ndef f(:\n", 3, "SyntaxError: invalid syntax"),
        ("import no_such_module\n", 1, "ModuleNotFoundError: No module named 'no_such_module'"),
        ("import json\njson.loads('{')\n", 2, "JSONDecodeError"),
        ("import sys\nsys.exit(0)\n", 2, "SystemExit: 0"),
    ],
)
@pytest.mark.parametrize("relative", [False, True])
def test_a_broken_plugin_is_named_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: int, reason: str, relative: bool
) -> None:
    path = plugin(tmp_path, text)
    monkeypatch.chdir(tmp_path)
    site = Path() if relative else tmp_path
    with pytest.raises(PluginError) as broken:
        Plugins.load(site)
    shown = path.relative_to(tmp_path) if relative else path
    assert str(broken.value).startswith(f"plugin plugins/mine.py could not be loaded: {shown}:{line}: {reason}")
    assert broken.value.plugin == "plugins/mine.py"


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        ("def bad(task):\n    yield 1", "is a generator"),
        ("async def bad(task):\n    pass", "is a coroutine"),
        ("async def bad(task):\n    yield 1", "is a generator"),
        ("def bad():\n    pass", "takes no arguments"),
        ("def bad(task, *lines):\n    pass", "takes `*lines`"),
        ("def bad(task, **options):\n    pass", "takes `**options`"),
        ("def bad(task, x, /):\n    pass", "takes `x`"),
        ("def bad(task, x: 'Nowhere'):\n    pass", "name 'Nowhere' is not defined"),
        ("def bad(task, x: object()):\n    pass", "cannot be checked"),
        ("def bad(task, x: int = 'seven'):\n    pass", "the default of 'x' is not what its type says"),
    ],
)
def test_a_runbook_that_could_not_run_stops_the_start_and_names_its_plugin(
    tmp_path: Path, function: str, sentence: str
) -> None:
    plugin(tmp_path, f"from netpulse_core import runbook\n\n@runbook\n{function}\n")
    with pytest.raises(PluginError) as broken:
        Plugins.load(tmp_path)
    assert sentence in str(broken.value)
    assert "plugins/mine.py" in str(broken.value)
    assert broken.value.plugin == "plugins/mine.py"


def test_the_hint_for_a_runbook_without_a_task_shows_what_to_write(tmp_path: Path) -> None:
    plugin(tmp_path, "from netpulse_core import runbook\n\n@runbook\ndef bad():\n    pass\n")
    with pytest.raises(PluginError) as broken:
        Plugins.load(tmp_path)
    assert broken.value.hint == "its first is the Nornir task: `def bad(task: Task, ...)`"


def test_a_name_offered_twice_names_both_plugins(tmp_path: Path) -> None:
    plugin(tmp_path, READS, "one.py")
    plugin(tmp_path, READS, "two.py")
    with pytest.raises(PluginError, match=r"'uptime' is offered twice, by plugins/one\.py and by plugins/two\.py"):
        Plugins.load(tmp_path)


def test_a_runbook_imported_from_another_plugin_is_not_offered_again(tmp_path: Path) -> None:
    plugin(tmp_path, "from netpulse_core.builtins.runbooks import send_commands\n")
    assert Plugins.load(tmp_path).source_of("send_commands") == "builtin:runbooks"


def test_a_file_is_read_as_it_is_now_and_not_as_bytecode_remembers_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    path = plugin(tmp_path, READS)
    before = path.stat()
    assert "uptime" in Plugins.load(tmp_path).runbooks
    path.write_text(READS.lstrip("\n").replace("uptime", "serial"), encoding="utf-8")
    utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # an edit within one second, of the same length
    assert "serial" in Plugins.load(tmp_path).runbooks


def test_a_runbook_that_uses_a_driver_nobody_offers_stops_the_process(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    text = 'from netpulse_core import runbook\n\n@runbook(drivers=("netmikoo",))\ndef look(task):\n    """Look."""\n'
    (tmp_path / "plugins" / "look.py").write_text(text)
    with pytest.raises(PluginError, match=r"'look' uses the driver 'netmikoo'.*did you mean 'netmiko'") as told:
        Plugins.load(tmp_path)
    assert told.value.plugin == "plugins/look.py"


def test_a_plugin_in_a_folder_is_told_of_as_not_loaded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    refuses = "from netpulse_core import hookimpl\n\n@hookimpl\ndef accept_run(request):\n    return 'never'\n"
    for name in ("rules/no_changes.py", "pack/__init__.py", "deep/er/mine.py", "_parts/mine.py"):
        (tmp_path / "plugins" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "plugins" / name).write_text(READS if name.startswith("pack") else refuses)
    (tmp_path / "plugins" / "helpers").mkdir()
    (tmp_path / "plugins" / "helpers" / "words.py").write_text("# of @hookimpl nothing\nWORDS = 1\n")
    found = [str(path.relative_to(tmp_path / "plugins")) for path in loading.overlooked(tmp_path)]
    assert found == ["deep/er/mine.py", "pack/__init__.py", "rules/no_changes.py"]
    Plugins.load(tmp_path)
    assert sum("is not loaded" in record.getMessage() for record in caplog.records) == 3
