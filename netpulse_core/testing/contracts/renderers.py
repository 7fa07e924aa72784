"""What every renderer must hold: subclass the contract, and name a template, its variables and its text."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from netpulse_core import Renderer, errors
from netpulse_core.testing.contracts.held import Held


class RendererContract:
    """It renders the whole text or says why not, with the template's place, and keeps nothing by a mere name."""

    renderer: Renderer
    template: str
    """The text of a template that uses every one of `variables`."""
    variables: Mapping[str, Any]
    expected: str
    """What it renders to."""
    broken: str | None = None
    """A text that is no template, where any is."""
    includes: Mapping[str, str] = {}
    """Further templates by name, where `template` uses some."""

    @pytest.fixture(autouse=True)
    def prepared(self) -> None:
        """Prepare it as NetPulse does."""
        self.renderer.prepare(lambda environment: None)

    @property
    def name(self) -> str:
        """The template's name."""
        return f"contract/of{self.renderer.suffixes[0]}"

    def rendered(self, variables: Mapping[str, Any], text: str | None = None) -> str:
        """Return the whole text."""
        held = self._held(self.template if text is None else text)
        return "".join(self.renderer.render(held.get(self.name), variables, held))

    def test_it_has_a_name_a_sentence_and_endings(self) -> None:
        assert self.renderer.name.isidentifier()
        assert self.renderer.sentence
        assert self.renderer.suffixes
        assert [ending for ending in self.renderer.suffixes if not ending.startswith(".") or len(ending) < 2] == []

    def test_a_template_becomes_its_text_again_and_again(self) -> None:
        given = deepcopy(dict(self.variables))
        assert [self.rendered(given) for _ in range(3)] == [self.expected] * 3
        assert given == self.variables, "it wrote to what it was given"

    def test_another_text_of_the_same_name_is_not_mistaken_for_it(self) -> None:
        assert self.rendered(self.variables) == self.expected
        assert self.rendered(self.variables, f"{self.template}{self.template}") == self.expected * 2

    def test_what_it_wants_is_what_it_uses(self) -> None:
        held = self._held(self.template)
        wanted = self.renderer.wanted(held.get(self.name), held)
        assert {one.name for one in wanted} <= set(self.variables)
        assert [one for one in wanted if not one.place or one.line < 1] == []

    def test_without_a_variable_there_is_no_text(self) -> None:
        held = self._held(self.template)
        wanted = {one.name for one in self.renderer.wanted(held.get(self.name), held)}
        for left_out in self.variables.keys() - wanted:  # what it names is refused before it is asked to render
            with pytest.raises(errors.TemplateFailed):
                self.rendered({name: value for name, value in self.variables.items() if name != left_out})

    def test_what_is_no_template_is_told_with_its_place(self) -> None:
        if self.broken is None:
            return
        with pytest.raises(errors.TemplateFailed) as caught:
            self.rendered(self.variables, self.broken)
        assert f"templates/{self.name}" in str(caught.value)

    def _held(self, text: str) -> Held:
        return Held({self.name: text, **self.includes})
