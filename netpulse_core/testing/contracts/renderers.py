"""What every renderer must hold: subclass the contract, and name a template, its variables and its text."""

import hashlib
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from netpulse_core import Renderer, Template, Templates, errors
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
    def given(self) -> dict[str, Any]:
        """A copy of the variables, for a renderer that writes to them."""
        return deepcopy(dict(self.variables))

    def rendered(self, variables: Mapping[str, Any], text: str | None = None) -> str:
        """Return the whole text."""
        template, held = self._held(self.template if text is None else text)
        return "".join(self.renderer.render(template, variables, held))

    def test_it_has_a_name_a_sentence_and_endings(self) -> None:
        assert self.renderer.name.isidentifier()
        assert self.renderer.sentence
        assert self.renderer.suffixes
        assert [ending for ending in self.renderer.suffixes if not ending.startswith(".") or len(ending) < 2] == []

    def test_a_template_becomes_its_text_again_and_again(self) -> None:
        given = self.given
        assert [self.rendered(given) for _ in range(3)] == [self.expected] * 3
        assert given == self.variables, "it wrote to what it was given"

    def test_another_template_is_not_mistaken_for_it(self) -> None:
        assert self.rendered(self.given) == self.expected
        assert self.rendered(self.given, f"{self.template}{self.template}") == self.expected * 2

    def test_what_it_wants_is_what_it_uses(self) -> None:
        wanted = self.renderer.wanted(*self._held(self.template))
        assert {one.name for one in wanted} <= set(self.variables)
        assert [one for one in wanted if not one.place or one.line < 1] == []

    def test_without_a_variable_there_is_no_text(self) -> None:
        wanted = {one.name for one in self.renderer.wanted(*self._held(self.template))}
        for left_out in self.variables.keys() - wanted:  # what it names is refused before it is asked to render
            with pytest.raises(errors.TemplateFailed):
                self.rendered({name: value for name, value in self.given.items() if name != left_out})

    def test_what_is_no_template_is_told_with_its_place(self) -> None:
        if self.broken is None:
            return
        with pytest.raises(errors.TemplateFailed) as caught:
            self.rendered(self.given, self.broken)
        assert self._held(self.broken)[0].place in str(caught.value)

    def _held(self, text: str) -> tuple[Template, Templates]:
        """Return a template of this text, under a name of its own: one process never sees two of a name."""
        name = f"contract/{hashlib.sha256(text.encode()).hexdigest()[:8]}{self.renderer.suffixes[0]}"
        held = Held({name: text, **self.includes})
        return held.get(name), held
