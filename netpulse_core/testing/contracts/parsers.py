"""What every parser must hold: subclass the contract, and name a template, a sample and its records."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from netpulse_core import Parser, Records, errors
from netpulse_core.testing.contracts.held import Held


class ParserContract:
    """It finds the records that are there and no others, and says what it cannot parse."""

    parser: Parser
    template: str
    sample: str
    """What a device said."""
    expected: Sequence[Any]
    """The records that are in it."""
    other: str
    """What a device says to something else: there are no such records in it."""
    broken: str | None = None
    """A text that is no template, where any is."""
    named: Mapping[tuple[str, str], str] = {}
    """The name by which it chooses `template` for a platform and a command, where it does: `("ios", "show x")`."""

    @property
    def name(self) -> str:
        """The template's name."""
        return f"contract/of{self.parser.suffixes[0]}"

    def parsed(self, text: str, template: str | None = None) -> Records:
        """Ask the parser."""
        held = Held({self.name: self.template if template is None else template})
        return self.parser.parse(held.get(self.name), text, held)

    def records(self, text: str) -> list[Any]:
        """Return the records as people see them."""
        found = self.parsed(text)
        if found.names is None:
            return list(found.records)
        return [dict(zip(found.names, record, strict=True)) for record in found.records]

    def test_it_has_a_name_a_sentence_and_endings(self) -> None:
        assert self.parser.name.isidentifier()
        assert self.parser.sentence
        assert self.parser.suffixes
        assert [ending for ending in self.parser.suffixes if not ending.startswith(".") or len(ending) < 2] == []
        assert [one for one in self.parser.packages.items() if not one[0].isidentifier()] == []

    def test_a_sample_becomes_its_records_again_and_again(self) -> None:
        assert [self.records(self.sample) for _ in range(3)] == [list(self.expected)] * 3

    def test_its_records_are_json(self) -> None:
        found = self.records(self.sample)
        assert json.loads(json.dumps(found)) == found

    def test_it_knows_no_more_lines_than_there_are(self) -> None:
        lines = sum(1 for line in self.sample.splitlines() if line.strip())
        matched = self.parsed(self.sample).matched
        assert matched is None or 0 < matched <= lines

    @pytest.mark.parametrize("what", ["another", "nothing"])
    def test_where_there_are_no_records_it_finds_none(self, what: str) -> None:
        try:
            found = self.records(self.other if what == "another" else "")
        except errors.TemplateFailed:
            return
        assert not any(found)

    def test_what_is_no_template_is_told_with_its_place(self) -> None:
        if self.broken is None:
            return
        with pytest.raises(errors.TemplateFailed) as caught:
            self.parsed(self.sample, self.broken)
        assert f"templates/{self.name}" in str(caught.value)

    def test_it_chooses_templates_that_are_there(self) -> None:
        for (platform, command), name in self.named.items():
            chosen = self.parser.choose(platform, command, Held({name: self.template}))
            assert chosen is not None, f"it chooses none for {command!r} on {platform}"
            assert chosen.template == name
            assert chosen.why

    def test_for_a_platform_nobody_knows_it_chooses_none(self) -> None:
        assert self.parser.choose("no_such_platform", "show nothing", Held({})) is None
