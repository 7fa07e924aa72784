"""What a site tells its plugins is validated at the start, and wrong tables are named with file, line and key."""

import logging
from pathlib import Path

import pytest

from netpulse_core import PluginSettings
from netpulse_core.errors import NetPulseError, PluginError, SiteError
from netpulse_core.hooks.manager import Plugins
from tests.hooks.test_loading import plugin

TICKETS = '''
from pydantic import BaseModel
from netpulse_core import PluginSettings, Result, Task, runbook

class Settings(BaseModel, extra="forbid"):
    url: str
    retries: int = 3

settings = PluginSettings(Settings)

@runbook
def ticket(task: Task) -> Result:
    """Open a ticket."""
    return Result(host=task.host, result=settings().url)
'''


def loaded(site: Path, toml: str, text: str = TICKETS) -> Plugins:
    plugin(site, text, "tickets.py")
    (site / "netpulse.toml").write_text(toml)
    return Plugins.load(site)


def ticket(plugins: Plugins) -> PluginSettings:  # type: ignore[type-arg]  # its model is the plugin's own
    found = plugins.runbook("ticket").function.__globals__["settings"]
    assert isinstance(found, PluginSettings)
    return found


def test_a_plugin_is_told_its_table(tmp_path: Path) -> None:
    settings = ticket(loaded(tmp_path, '[plugins.tickets]\nurl = "https://tickets.example"\n'))
    assert settings().model_dump() == {"url": "https://tickets.example", "retries": 3}


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("", "netpulse.toml:plugins.tickets.url: Field required"),
        ("port = 1\n\n[plugins.tickets]\nretries = 1\n", "netpulse.toml:3:plugins.tickets.url: Field required"),
        (
            '[plugins.tickets]\nurl = "x"\nretries = "many"\n',
            "netpulse.toml:3:plugins.tickets.retries: Input",
        ),
        ('[plugins.tickets]\nurl = "x"\ncolour = 1\n', "netpulse.toml:3:plugins.tickets.colour: Extra inputs"),
        (
            '[plugins.tickets]\nurl = "x"\n[plugins.ticket]\nurl = "y"\n',
            "netpulse.toml:3:plugins.ticket: there is no plugin 'ticket'; did you mean 'tickets'?",
        ),
        (
            '[plugins.tickets]\nurl = "x"\n[plugins.secrets]\nrack = 1\n',
            "netpulse.toml:3:plugins.secrets: this plugin takes no settings",
        ),
    ],
)
def test_a_wrong_table_stops_the_process_at_its_line(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(SiteError) as wrong:
        loaded(tmp_path, toml)
    assert said in str(wrong.value)
    assert str(wrong.value).startswith(str(tmp_path))


def test_what_a_table_says_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(NetPulseError) as wrong:
        loaded(tmp_path, '[plugins.tickets]\nurl = "x"\nretries = "hunter2"\n')
    assert "hunter2" not in str(wrong.value)


def test_a_table_of_a_blocked_plugin_is_left_alone(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'block_plugins = ["tickets"]\n[plugins.tickets]\nurl = 1\n').runbooks


def test_in_a_script_a_plugin_has_its_defaults_or_says_what_it_needs() -> None:
    names: dict[str, object] = {"__name__": "tickets"}
    exec(TICKETS.replace("url: str", 'url: str = "https://here"'), names)
    settings = names["settings"]
    assert isinstance(settings, PluginSettings)
    assert settings().url == "https://here"
    exec(TICKETS, names)
    needy = names["settings"]
    assert isinstance(needy, PluginSettings)
    with pytest.raises(PluginError, match="was not told url") as told:
        needy()
    assert "[plugins.NAME]" in told.value.hint


def test_each_call_of_a_hook_is_logged_where_that_is_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        loaded(tmp_path, 'trace_hooks = true\n[plugins.tickets]\nurl = "x"\n').place("leaf1", [])
    assert "hook register_drivers of builtin:netmiko" in caplog.text
    assert "hook place_device of builtin:placement" in caplog.text
