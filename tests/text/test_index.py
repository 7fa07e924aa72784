"""The index of a site: a wrong row is named, and lets no other template parse."""

from __future__ import annotations

import pytest

from netpulse_core.errors import TemplateFailed
from tests.text.conftest import Texts
from tests.text.test_parsing import DOORS, pids

WRONG_INDEX = """\
# the site's own
Template, Hostname, Platform, Command
doors.textfsm, .*, gate_os, sh[[ow]] doors
doors.textfsm, .*, gate_os, show doors (east
doors.textfsm, .*, gate_os, show door \\d{1,3}
doors.textfsm, .*, *, show doors
"""
WRONG_ROWS = (
    "templates/index:4: the command 'show doors (east' is no pattern: missing ), unterminated "
    "subpattern at position 11",
    "templates/index:5: it has 5 cells, and the heading 4; no pattern may have a comma in it",
    "templates/index:6: the platform '*' is no pattern: nothing to repeat at position 0",
)


def test_each_wrong_row_of_a_sites_index_is_named_and_nothing_is_parsed_by_another(texts: Texts) -> None:
    text = texts({"doors.textfsm": DOORS, "index": WRONG_INDEX})
    for platform, command in (("gate_os", "show doors"), ("gate_os", "show door 1"), ("cisco_ios", "show version")):
        with pytest.raises(TemplateFailed) as failed:
            text.parse("door east open", platform=platform, command=command)
        assert failed.value.problems == WRONG_ROWS
    assert text.parse("door east open", template="doors.textfsm").records
    assert len(pids(text)) == 1
    with pytest.raises(TemplateFailed) as failed:
        text.compile("site:index")
    assert failed.value.problems == WRONG_ROWS


def test_an_index_without_its_heading_says_so(texts: Texts) -> None:
    text = texts({"doors.textfsm": DOORS, "index": "doors.textfsm, .*, gate_os, show doors\n"})
    with pytest.raises(TemplateFailed, match=r"templates/index:1: no heading with Template and Command"):
        text.parse("door east open", platform="gate_os", command="show doors")
