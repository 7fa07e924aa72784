"""What is wrong with a renderer or a parser is caught by its contract: each of these is wrong in one way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.test_contracts import failed

pytestmark = pytest.mark.thorough

RENDERERS = """
from netpulse_core import Wanted, errors
from netpulse_core.testing import RendererContract

class Right:
    name, sentence, suffixes = "right", "<x>", (".right",)
    def prepare(self, adjust): pass
    def wanted(self, template, templates):
        return [Wanted("x", template.place, 1)] if "<x>" in template.text else []
    def render(self, template, variables, templates):
        if "<" in template.text.replace("<x>", ""):
            raise errors.TemplateFailed(f"{template.place}:1", ["what is <?"])
        yield template.text.replace("<x>", variables["x"])

class Lenient(Right):
    def wanted(self, template, templates): return []
    def render(self, template, variables, templates):
        return super().render(template, {"x": "", **variables}, templates)

class Demanding(Right):
    def wanted(self, template, templates): return [Wanted("y", "", 0)]

class Once(Right):
    kept = None
    def render(self, template, variables, templates):
        self.kept = self.kept or list(super().render(template, variables, templates))
        return self.kept

class Writing(Right):
    def render(self, template, variables, templates):
        yield from super().render(template, variables, templates)
        variables["x"] = "again"

class Placeless(Right):
    def render(self, template, variables, templates):
        try:
            yield from super().render(template, variables, templates)
        except errors.TemplateFailed:
            raise errors.TemplateFailed("template", ["wrong"]) from None

class Dotless(Right):
    suffixes = ("right",)

class Base(RendererContract):
    template, variables, expected, broken = "a <x>;", {"x": "1"}, "a 1;", "a <;"

class TestRight(Base): renderer = Right()
class TestLenient(Base): renderer = Lenient()
class TestDemanding(Base): renderer = Demanding()
class TestOnce(Base): renderer = Once()
class TestWriting(Base): renderer = Writing()
class TestPlaceless(Base): renderer = Placeless()
class TestDotless(Base): renderer = Dotless()
"""

PARSERS = """
from netpulse_core import Choice, Records, errors
from netpulse_core.testing import ParserContract

class Right:
    name, sentence, suffixes, packages = "right", "words of a line", (".right",), {}
    def choose(self, platform, command, templates):
        name = f"{platform}_{command}.right"
        return Choice(name, "it is named so") if templates.find(name) else None
    def parse(self, template, text, templates):
        names = template.text.split()
        if not names:
            raise errors.TemplateFailed(template.place, ["there is no name in it"])
        rows = [line.split() for line in text.splitlines() if len(line.split()) == len(names)]
        return Records([dict(zip(names, row)) for row in rows], len(rows))

class Greedy(Right):
    def parse(self, template, text, templates):
        rows = [(line.split() + ["", ""])[:2] for line in text.splitlines() if line.strip()]
        return Records([dict(zip(template.text.split(), row)) for row in rows], len(rows))

class Boastful(Right):
    def parse(self, template, text, templates):
        return super().parse(template, text, templates)._replace(matched=99)

class Piling(Right):
    found = []
    def parse(self, template, text, templates):
        self.found += super().parse(template, text, templates).records
        return Records(list(self.found))

class Guessing(Right):
    def choose(self, platform, command, templates):
        return Choice("any.right", "it may fit")

class Tupled(Right):
    def parse(self, template, text, templates):
        found = super().parse(template, text, templates)
        return found._replace(records=[{name: (value,) for name, value in one.items()} for one in found.records])

class Base(ParserContract):
    template, sample, other, broken = "port mtu", "eth0 1500\\ntotal: 1 port", "% Invalid input detected", " "
    expected = [{"port": "eth0", "mtu": "1500"}]
    named = {("box", "ports"): "box_ports.right"}

class TestRight(Base): parser = Right()
class TestGreedy(Base): parser = Greedy()
class TestBoastful(Base): parser = Boastful()
class TestPiling(Base): parser = Piling()
class TestGuessing(Base): parser = Guessing()
class TestTupled(Base):
    parser = Tupled()
    expected = [{"port": ("eth0",), "mtu": ("1500",)}]
"""


def test_what_is_wrong_with_a_renderer_is_caught(tmp_path: Path) -> None:
    assert failed(RENDERERS, tmp_path) == {
        ("Lenient", "without_a_variable_there_is_no_text"),
        ("Demanding", "what_it_wants_is_what_it_uses"),
        ("Demanding", "without_a_variable_there_is_no_text"),
        ("Once", "another_template_is_not_mistaken_for_it"),
        ("Once", "what_is_no_template_is_told_with_its_place"),
        ("Writing", "a_template_becomes_its_text_again_and_again"),
        ("Placeless", "what_is_no_template_is_told_with_its_place"),
        ("Dotless", "it_has_a_name_a_sentence_and_endings"),
    }


def test_what_is_wrong_with_a_parser_is_caught(tmp_path: Path) -> None:
    assert failed(PARSERS, tmp_path) == {
        ("Greedy", "a_sample_becomes_its_records_again_and_again"),
        ("Greedy", "where_there_are_no_records_it_finds_none"),
        ("Greedy", "what_is_no_template_is_told_with_its_place"),
        ("Boastful", "it_knows_no_more_lines_than_there_are"),
        ("Piling", "a_sample_becomes_its_records_again_and_again"),
        ("Piling", "where_there_are_no_records_it_finds_none"),
        ("Guessing", "it_chooses_templates_that_are_there"),
        ("Guessing", "for_a_platform_nobody_knows_it_chooses_none"),
        ("Tupled", "its_records_are_json"),
    }
