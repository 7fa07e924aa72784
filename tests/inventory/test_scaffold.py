"""A new site works as it is, and nothing of anyone's is overwritten."""

import re
import tomllib
from pathlib import Path

import pytest

from netpulse_core import settings as settings_file
from netpulse_core.errors import Refused, SiteError
from netpulse_core.hooks.loading import of_site
from netpulse_core.inventory import scaffold
from netpulse_core.inventory.check import examine
from netpulse_core.inventory.site import Site
from netpulse_core.model.runbook import Runbook
from netpulse_core.settings import Settings

ROOT = Path(__file__).parents[2]
ONLY_HERE = {"netpulse.toml", ".gitignore"}


def test_a_new_site_works_as_it_is(tmp_path: Path) -> None:
    written = scaffold.create(tmp_path / "net")
    assert {path.relative_to(tmp_path / "net").parts[0] for path in written} == {
        ".gitignore", "inventory", "netpulse.toml", "plugins", "schedules", "templates",
    }  # fmt: skip
    settings = settings_file.load(tmp_path / "net")
    assert examine(settings) == []
    assert len(Site.load(settings).select("role=leaf")) == 4
    assert ".netpulse/" in (tmp_path / "net" / ".gitignore").read_text()


def test_its_example_plugin_is_a_runbook_that_changes(tmp_path: Path) -> None:
    scaffold.create(tmp_path)
    (found,) = of_site(tmp_path)
    runbook = vars(found.load())["set_ntp"]
    assert isinstance(runbook, Runbook)
    assert runbook.changes
    assert runbook.validated({"servers": ["192.0.2.123"]}) == {"servers": ["192.0.2.123"]}


def test_every_setting_can_be_uncommented(tmp_path: Path) -> None:
    lines = scaffold.settings_text().splitlines()
    text = "\n".join(line[2:] for line in lines if re.match(r"# \w+ = ", line))
    assert set(tomllib.loads(text)) == set(Settings.model_fields) - {"site", "secret_key", "store_keys"}
    (tmp_path / "netpulse.toml").write_text(text)
    assert settings_file.load(tmp_path).model_dump() == Settings(site=tmp_path).model_dump()


def test_nothing_is_written_where_one_file_exists(tmp_path: Path) -> None:
    (tmp_path / "inventory").mkdir()
    mine = tmp_path / "inventory" / "groups.yaml"
    mine.write_text("mine: {}\n")
    with pytest.raises(Refused, match=r"groups\.yaml would be overwritten"):
        scaffold.create(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "plugins").write_text("a file where a folder should be")
    with pytest.raises(SiteError, match="cannot be written"):
        scaffold.create(tmp_path)


def test_the_reference_site_is_what_a_new_site_begins_with(tmp_path: Path) -> None:
    for path in scaffold.create(tmp_path):
        name = path.relative_to(tmp_path)
        if str(name) not in ONLY_HERE:
            assert (ROOT / name).read_bytes() == path.read_bytes()
