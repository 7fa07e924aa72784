"""Compiled TextFSM templates give textfsm's own rows and errors, and the index finds what clitable finds."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import ntc_templates
import pytest
import textfsm
from textfsm import clitable

from netpulse_core.builtins.textfsm.index import Index, _completed
from netpulse_core.builtins.textfsm.machine import Machine
from tests.text.examples import example

FOLDER = Path(ntc_templates.__file__).parent / "templates"
NAMES = sorted(path.name for path in FOLDER.glob("*.textfsm"))

OPTIONS = """\
Value Filldown,Required CHASSIS (\\S+)
Value Required PORT (\\d+/\\d+)
Value List VLANS (\\d+)
Value Fillup SPEED (\\d+G)
Value Filldown,List TAGS (\\w+)
Value List PEERS ((?P<peer>\\w+)@(?P<as>\\d+))
Value List,Required NOTES (!.*)
Value NOTE (.*?)

Start
  ^chassis\\s+${CHASSIS} -> Continue.Clear
  ^chassis -> Ports
  ^reset -> Clearall
  ^stop -> End
  ^bad.* -> Error "it is bad"
  ^worse.* -> Error
  ^worst -> Error.Record "and kept"

Ports
  ^port ${PORT} -> Continue
  ^.*vlan ${VLANS} -> Continue
  ^.*vlan \\d+,${VLANS} -> Continue
  ^.*speed ${SPEED}
  ^tag(?: ${TAGS})? -> Continue
  ^peer ${PEERS}
  ^${NOTES}$$ -> Continue
  ^(?i:NOTE) ${NOTE}$$ -> Next.Record
  ^same (\\w+) \\1 -> Record
  ^end -> Clear Start
  ^eof -> EOF
"""
LINES = (
    *("chassis one", "chassis", "chassis two", "reset", "stop", "bad luck", "worse", "worst", "", "end", "eof"),
    *("port 1/1", "port 1/2 vlan 7", "vlan 7,8", "speed 10G", "tag red", "tag", "peer a@1", "peer b@22", "! hm"),
    *("x one", "y two", "z"),
    *("note this", "NOTE that", "same a a", "same a b", "port 1/3 vlan 9 speed 40G"),
)
FLAGS = "Value A (\\w+)\nValue B (\\d+)\n\nStart\n  ^(?i)x ${A} -> Continue\n  ^.*${B} -> Record\n"
NO_END = "Value A (\\w+)\n\nStart\n  ^x ${A} -> Record\n  ^y ${A}\n\nEOF\n"
AN_END = "Value A (\\w+)\n\nStart\n  ^x ${A}\n  ^y ${A} -> EOF\n  ^z -> End\n"
NOTHING = "Value A (\\w+)\n\nStart\n  ^never -> Record\n"


def rows_of(template: str, text: str) -> Any:
    """What textfsm itself makes of it, or how it fails."""
    try:
        return textfsm.TextFSM(StringIO(template)).ParseText(text)
    except Exception as error:  # noqa: BLE001  whatever it raises, ours must raise
        return type(error), str(error)


def ours(machine: Machine, text: str) -> Any:
    try:
        return machine.run(text)[0]
    except Exception as error:  # noqa: BLE001  as above
        return type(error), str(error)


@pytest.mark.parametrize("template", [OPTIONS, NO_END, AN_END, NOTHING])
def test_every_option_and_action_gives_textfsms_own_rows(template: str) -> None:
    machine, random = Machine(template), Random(4)
    seen: set[str] = set()
    for _ in range(1500):
        text = "\n".join(random.choices(LINES, k=random.randint(0, 14)))
        wanted = rows_of(template, text)
        assert ours(machine, text) == wanted, text
        seen.add("error" if isinstance(wanted, tuple) else "rows" if wanted else "none")
    assert template != OPTIONS or seen == {"error", "rows", "none"}


def test_a_template_textfsm_cannot_read_is_as_unreadable_here() -> None:
    with pytest.raises(textfsm.TextFSMTemplateError, match="Invalid regular expression"):
        Machine(FLAGS)


def made_for(name: str, random: Random) -> Iterator[str]:
    """Texts of lines that the rules of a template match, now and then with another line between them."""
    fsm = textfsm.TextFSM(StringIO((FOLDER / name).read_text()))
    rules = [rule.regex for state in fsm.states.values() for rule in state]
    for _ in range(4):
        picked = [rule for rule in rules if random.random() < 0.7] + random.choices(rules, k=min(len(rules), 12))
        lines = [example(rule, random) for rule in picked]
        yield "\n".join(line for line in lines if "\n" not in line)


def check(name: str) -> None:
    template = (FOLDER / name).read_text()
    machine = Machine(template)
    for text in made_for(name, Random(name)):
        assert ours(machine, text) == rows_of(template, text), text


@pytest.mark.parametrize("name", NAMES[::25])
def test_templates_of_ntc_give_textfsms_own_rows(name: str) -> None:
    check(name)


@pytest.mark.thorough
@pytest.mark.timeout(600)
@pytest.mark.parametrize("start", range(16))
def test_all_templates_of_ntc_give_textfsms_own_rows(start: int) -> None:
    for name in NAMES[start::16]:
        check(name)


@pytest.mark.thorough
def test_all_recorded_samples_give_textfsms_own_rows() -> None:
    """NTC_TEMPLATES_SAMPLES names the folder `tests` of a checkout of ntc-templates; the package has none."""
    samples = sorted(Path(os.environ.get("NTC_TEMPLATES_SAMPLES", "/nonexistent")).glob("*/*/*.raw"))
    for path in samples:
        template = FOLDER / f"{path.parts[-3]}_{path.parts[-2]}.textfsm"
        if template.exists():
            text = path.read_text()
            assert ours(machine_of(template), text) == rows_of(template.read_text(), text), path


@cache
def machine_of(template: Path) -> Machine:
    return Machine(template.read_text())


@pytest.mark.thorough
def test_the_index_finds_what_clitable_finds() -> None:
    """For each row a command that its own pattern matches, which an earlier row may match too, and one cut short."""
    theirs = clitable.CliTable("index", str(FOLDER)).index
    index, random, found = Index((FOLDER / "index").read_text()), Random(1), 0
    for row in index._rows[:: 1 if os.environ.get("CI") else 3]:
        known = example(row.platform, random)
        whole, short = example(_completed(row.command), random), re.sub(r"\[\[|\]\]", "", row.command)[:-1]
        for platform, command in ((known, whole), (known, short), (f"my_{known}", whole)):
            mine = index.find(platform, command)
            number = theirs.GetRowMatch({"Platform": platform, "Command": command})
            wanted = theirs.index[number]["Template"] if number else None
            assert (":".join(mine.templates) if mine else None) == wanted, (platform, command)
            found += mine is not None
    assert found > 300
