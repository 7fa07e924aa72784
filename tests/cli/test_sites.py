"""`netpulse sites`, the example of a site's own command: it is of the site that was named, wherever one stands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

PLUGIN = Path(__file__).parents[2] / "plugins" / "sites.py"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "site"
    for folder in ("inventory", "plugins"):
        (made / folder).mkdir(parents=True)
    shutil.copy(PLUGIN, made / "plugins")
    (made / "netpulse.toml").touch()
    (made / "inventory" / "hosts.yaml").write_text("leaf1: {groups: [ams]}\nleaf2:\nleaf3: {groups: [ams, x]}\n")
    (made / "inventory" / "groups.yaml").write_text("ams: {data: {site: ams}}\nx:\n")
    monkeypatch.chdir(tmp_path)
    return made


def test_it_counts_the_devices_of_the_site_that_was_named(site: Path, said: Callable[..., Result]) -> None:
    done = said("--site", site, "sites")
    assert (done.exit_code, done.stdout) == (0, "ams  2\n"), done.stderr


@pytest.mark.parametrize("groups", ["", "ams:\n", None])
def test_groups_may_be_empty_or_missing(site: Path, said: Callable[..., Result], groups: str | None) -> None:
    file = site / "inventory" / "groups.yaml"
    file.unlink() if groups is None else file.write_text(groups)
    done = said("--site", site, "sites")
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("hosts", [None, "a: [\n"])
def test_hosts_that_cannot_be_read_are_an_error_with_its_file(
    site: Path, said: Callable[..., Result], hosts: str | None
) -> None:
    file = site / "inventory" / "hosts.yaml"
    file.unlink() if hosts is None else file.write_text(hosts)
    done = said("--site", site, "sites")
    assert done.exit_code == 3
    assert str(file) in done.stderr


def test_a_new_site_says_which_variable_holds_the_password_of_its_devices(
    tmp_path: Path, said: Callable[..., Result]
) -> None:
    made = said("init", tmp_path / "new")
    assert "password: env:NETPULSE_PASSWORD" in (tmp_path / "new" / "inventory" / "defaults.yaml").read_text()
    assert "export NETPULSE_PASSWORD=" in made.stdout
