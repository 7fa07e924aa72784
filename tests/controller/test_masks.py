"""A mask that was shown and comes back is told from what somebody means, and each mark can be told."""

from functools import partial
from typing import Any

import pytest

from netpulse_core.configs.marking import masked, shown
from netpulse_core.configs.redacting import Marks, bare
from netpulse_core.errors import InvalidParameters
from netpulse_core.model.caller import Caller
from netpulse_core.model.run import RunRequest
from netpulse_core.timing import files
from tests.api.service import controller

marked = partial(shown, mark=Marks(b"the site's"))

SECRETIVE: list[dict[str, Any]] = [
    {"lines": ["enable secret 0 hunter2"]},
    {"lines": "interface Loopback0\nsnmp-server community hunter2 ro\n"},
    {"lines": ["user bob shadow $6$salt$hx5rVt7rPNoS4wqbXKX7m0"]},
    {"lines": ["username bob 7 0822455D0A16"]},
    {"password": "hunter2"},
    {"password": "hunter2\n"},
    {"password": 12345678},
    {"user": {"name": "bob", "auth_key": "hunter2"}},
    {"communities": {"hunter2": {"mode": "ro"}}},
    {"users": [{"hash": "$6$salt$hx5rVt7rPNoS4wqbXKX7m0"}]},
]
PLAIN: list[dict[str, Any]] = [
    {"lines": ["interface Loopback0", "description reset desk"]},
    {"password": "secret:core/enable", "others": ["env:COMMUNITY", "op://vault/item"]},
    {"count": 3, "save": True, "nothing": None, "lines": []},
]


@pytest.mark.parametrize("given", SECRETIVE, ids=str)
def test_a_secret_is_marked_and_its_mark_does_not_come_back(given: dict[str, Any]) -> None:
    seen = marked(given)
    assert seen != given
    assert "hunter2" not in str(seen)
    assert seen == marked(seen), "what is marked is not marked again"
    assert masked(seen, bare=False) == list(seen)
    assert masked(given, bare=True) == []


@pytest.mark.parametrize("given", PLAIN, ids=str)
def test_what_holds_no_secret_stays_as_it_is(given: dict[str, Any]) -> None:
    assert marked(given) == given
    assert masked(given, bare=True) == []


@pytest.mark.parametrize(
    ("text", "is_mask"),
    [
        ("enable secret 0 ********", True),
        ("snmp-server community ******** ro", True),
        ("banner motd ^ ******** keep out ******** ^", False),
        ("! ********************", False),
        ("description ******** uplink", False),
    ],
)
def test_bare_asterisks_are_a_mask_where_a_secret_would_stand(text: str, is_mask: bool) -> None:
    assert bool(masked({"lines": [text]}, bare=True)) is is_mask
    assert masked({"lines": [text]}, bare=False) == []
    assert bool(masked({"password": " ******** "}, bare=True))
    assert shown({"lines": [text]}, bare) == {"lines": [text]}


def test_a_mask_is_no_line_of_a_change_and_a_mark_is_none_of_any_run(tmp_path: Any) -> None:
    ada = Caller(name="ada", role="engineer")
    with controller(tmp_path / "site") as netpulse:

        def ask(runbook: str, **parameters: Any) -> None:
            netpulse.submit(RunRequest(runbook=runbook, target="leaf1", parameters=parameters), ada)

        ask("send_commands", commands=["show run | include password ********"])
        for runbook, name, text in (
            ("send_config", "lines", "enable secret 0 ********"),
            ("send_config", "lines", "enable secret 0 ********-0123456789"),
            ("send_commands", "commands", "show run | include ********-0123456789"),
        ):
            with pytest.raises(InvalidParameters, match="a mask stands where a secret is meant"):
                ask(runbook, **{name: [text]})
        assert len(netpulse.runs()) == 1


def test_a_mask_in_a_schedule_file_is_found_with_its_line(tmp_path: Any) -> None:
    with controller(tmp_path / "site") as netpulse:
        path = netpulse.site.path / "schedules" / "marked.yaml"
        path.parent.mkdir(exist_ok=True)
        lines = 'parameters:\n  lines: ["enable secret 0 ********-0123456789"]\n'
        path.write_text(f'runbook: send_config\ntarget: leaf1\ncron: "0 3 * * *"\n{lines}')
        (notice,) = files.examine(netpulse.site.path, netpulse.plugins)
    assert (notice.severity, notice.line) == ("error", 4)
    assert "lines: a mask stands where a secret is meant" in notice.message
