"""Each template of the reference site has a sample beside it, and makes of it what stands beside that."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from netpulse_core.hooks.manager import Plugins
from netpulse_core.text import roots
from netpulse_core.text.engine import Engine
from netpulse_core.text.over import unpacked

SITE = Path(__file__).parents[2]
BESIDE = {"renders": (".sample.yml", ".expected.txt"), "parses": (".sample.txt", ".expected.yml")}


def unfounded(site: Path) -> list[str]:
    """What is wrong with the templates of a site: no sample, no expectation, or another result."""
    plugins, texts = Plugins.load(SITE), roots.of_site(site)
    engine, wrong = Engine(plugins, texts), []
    for one in engine.templates():
        if one.root != roots.SITE:
            continue
        kind = "renders" if one.engine in plugins.renderers else "parses"
        sample, expected = (f"{one.name.rpartition('.')[0]}{ending}" for ending in BESIDE[kind])
        if sample not in texts or expected not in texts:
            wrong.append(f"templates/{one.name} {kind}, and {sample} and {expected} must stand beside it")
        elif kind == "renders":
            text = engine.render(one.name, yaml.safe_load(texts[sample])).text
            wrong += [f"templates/{one.name} renders {text!r}"] if text != texts[expected] else []
        else:
            made = engine.parsed(texts[sample], template=one.name)
            records = unpacked(made["names"], made["rows"])
            wrong += [f"templates/{one.name}: {records}"] if records != yaml.safe_load(texts[expected]) else []
    return wrong


def test_each_template_of_the_site_makes_of_its_sample_what_is_expected() -> None:
    assert unfounded(SITE) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("linux_uptime.sample.txt", None),
        ("linux_uptime.expected.yml", "[]"),
        ("ntp.expected.txt", None),
        ("ntp.sample.yml", "{platform: cisco_ios, servers: [10.0.0.3]}"),
        ("new.j2", "hello"),
    ],
)
def test_one_without_its_sample_or_with_another_result_fails(tmp_path: Path, file: str, text: str | None) -> None:
    shutil.copytree(SITE / "templates", tmp_path / "templates")
    place = tmp_path / "templates" / file
    place.unlink() if text is None else place.write_text(text)
    assert len(unfounded(tmp_path)) == 1
