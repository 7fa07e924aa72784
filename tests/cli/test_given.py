"""What is typed wins over the environment, before the command as well as after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result


@pytest.mark.parametrize("words", [("--site", "{}", "check"), ("check", "--site", "{}")], ids=["before", "after"])
def test_a_site_that_is_typed_is_meant(
    said: Callable[..., Result], site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NETPULSE_SITE", str(site))
    other = tmp_path / "other"
    done = said(*(word.format(other) for word in words))
    assert done.exit_code != 0
    assert f"{other}: there is no such folder" in done.stderr
    assert said("check").exit_code == 0


def test_a_service_that_is_typed_is_meant(said: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPULSE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("NETPULSE_API_KEY", "np_a_b")
    assert "http://127.0.0.1:2" in said("--url", "http://127.0.0.1:2", "devices").stderr
    assert "http://127.0.0.1:1" in said("devices").stderr


@pytest.mark.parametrize("words", [("--site", "{}", "devices"), ("devices", "--site", "{}")], ids=["before", "after"])
def test_a_site_that_is_typed_is_asked_itself_although_a_service_is_exported(
    said: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NETPULSE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("NETPULSE_API_KEY", "np_a_b")
    other = tmp_path / "other"
    done = said(*(word.format(other) for word in words))
    assert f"{other}: there is no such folder" in done.stderr
    assert "127.0.0.1:1" not in done.stderr


def test_a_service_that_is_typed_is_asked_although_a_site_is_named_too(
    said: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETPULSE_API_KEY", "np_a_b")
    assert "http://127.0.0.1:2" in said("--url", "http://127.0.0.1:2", "devices", "--site", tmp_path).stderr
    monkeypatch.setenv("NETPULSE_SITE", str(tmp_path))
    assert "http://127.0.0.1:2" in said("--url", "http://127.0.0.1:2", "devices").stderr


def test_a_misspelt_key_of_a_service_is_named(said: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPULSE_API_KY", "np_a_b")
    done = said("--url", "http://127.0.0.1:1", "devices")
    assert "hint: NETPULSE_API_KY is set, and nothing reads it; set NETPULSE_API_KEY" in done.stderr
    assert "np_a_b" not in done.stderr


@pytest.mark.parametrize("words", [("show", ""), ("show", "", "--watch"), ("cancel", " "), ("explain", "", "leaf1")])
def test_a_run_without_a_name_is_asked_for_one(
    said: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NETPULSE_API_KEY", "np_a_b")
    done = said("--url", "http://127.0.0.1:1", *words)
    assert done.exit_code == 2
    assert done.stderr == "error: run: an empty name is no run's\nhint: give its id, or `last`\n"


def test_a_site_that_is_a_file_is_told_as_one(said: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "netpulse.toml").write_text("")
    done = said("check", "--site", tmp_path / "netpulse.toml")
    assert done.exit_code == 3
    assert "netpulse.toml: this is a file, and a site is a folder" in done.stderr
