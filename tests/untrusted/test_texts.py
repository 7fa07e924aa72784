"""Templates, texts of devices and files of a site that mean harm are refused, within their time and memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from netpulse_core import settings
from netpulse_core.errors import NetPulseError, SiteError
from netpulse_core.inventory.site import Site
from netpulse_core.text import service
from netpulse_core.text.service import Text
from tests.text.conftest import write

HERE = Path(__file__).parent


def corpus(name: str) -> list[dict[str, Any]]:
    """Return the cases of one file."""
    found: list[dict[str, Any]] = yaml.safe_load((HERE / name).read_text())
    return found


JINJA, PARSERS, YAML = corpus("jinja2.yaml"), corpus("parsers.yaml"), corpus("yaml.yaml")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Text]:
    """One site that holds every hostile template, and its text service."""
    site = tmp_path_factory.mktemp("site")
    write(site / "templates", {f"{number}.j2": one["template"] for number, one in enumerate(JINJA)})
    write(site / "templates", {f"{number}{one['name']}": one["template"] for number, one in enumerate(PARSERS)})
    opened = Text(settings.load(site), None)
    yield opened
    opened.close()


@pytest.mark.thorough
@pytest.mark.parametrize("number", range(len(JINJA)))
def test_jinja2(text: Text, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case = JINJA[number]
    if case.get("refused") == "within":
        monkeypatch.setattr(service, "RENDER", 1.0)
    if "text" in case:
        assert text.render(f"{number}.j2", None, case["variables"]).text == case["text"]
        return
    with pytest.raises(NetPulseError, match=f"(?i){re.escape(case['refused'])}") as refused:
        text.render(f"{number}.j2", None, case["variables"])
    assert "reload" not in str(refused.value)


@pytest.mark.thorough
@pytest.mark.parametrize("number", range(len(PARSERS)))
def test_parsers(text: Text, number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    case = PARSERS[number]
    if case["refused"] == "within":
        monkeypatch.setattr(service, "PARSE", 1.0)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NetPulseError, match=case["refused"]):
        text.parse(case["text"], template=f"{number}{case['name']}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", range(len(YAML)))
def test_yaml(number: int, tmp_path: Path) -> None:
    case = YAML[number]
    write(tmp_path / "inventory", {"hosts.yaml": case["content"]})
    with pytest.raises(SiteError, match=case["refused"]):
        Site.load(settings.load(tmp_path))
