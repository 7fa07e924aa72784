"""Errors under `--json`: one object on stderr, in the words of REST, and the exit code of the same error in text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from netpulse_core.client.failures import error_of, problem_of
from netpulse_core.errors import NotFound, ServiceError, SiteError
from tests.api.service import service

Said = Callable[..., Result]


def of(done: Result) -> dict[str, Any]:
    (line,) = done.stderr.splitlines()
    said: dict[str, Any] = json.loads(line)
    return said


def test_what_is_not_found_is_said_as_rest_says_it(tmp_path: Path, said: Said) -> None:
    with service(tmp_path / "site") as served:
        (tmp_path / "key").write_text(served.key)
        words = ("--url", served.url, "--key-file", tmp_path / "key", "show", "nosuch")
        with served.http() as http:
            by_rest = http.get("/v1/runs/nosuch").json()
        done = said("--json", *words)
        assert (done.exit_code, done.stdout) == (5, "")
        assert of(done) == {name: value for name, value in by_rest.items() if name not in ("title", "status")}
        assert said(*words).stderr.startswith("error: no run 'nosuch'")


@pytest.mark.parametrize("words", [("--json", "runs"), ("runs", "--json")])
def test_a_site_that_is_not_there(tmp_path: Path, said: Said, words: tuple[str, ...]) -> None:
    done = said("--site", tmp_path / "away", *words)
    assert done.exit_code == 3
    problem = of(done)
    assert (problem["type"], problem["path"]) == ("urn:netpulse:error:SiteError", str(tmp_path / "away"))
    assert problem["hint"].startswith("make it: ")


def test_a_command_that_cannot_be_understood(said: Said) -> None:
    done = said("devicez", "--json")
    assert done.exit_code == 2
    assert of(done)["detail"] == "No such command 'devicez'. Did you mean 'devices'?"
    assert said("devicez", "--", "--json").stderr.startswith("error: ")


GROUPS: tuple[str, ...] = (
    "audit",
    "compliance",
    "config",
    "db",
    "files",
    "hostkeys",
    "keys",
    "lab",
    "ledger",
    "plugin",
    "policies",
)
GROUPS += ("secrets", "windows", "config git", "checks")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_without_a_command_is_an_error_and_no_help_on_stdout(said: Said, group: str) -> None:
    done = said("--json", *group.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert of(done)["detail"] == "Missing command."
    assert of(done)["hint"] == f"see `netpulse {group} --help`"
    assert "Usage:" in said(*group.split()).stdout


def test_of_many_known_names_a_few_are_told_and_how_many_there_are() -> None:
    known = [f"leaf{number}" for number in range(3000)]
    problem = problem_of(NotFound("device", "laef17", known=known))
    assert (len(problem["known"]), problem["known_count"]) == (50, 3000)
    assert problem_of(error_of(problem)) == problem


def test_what_a_terminal_obeys_is_escaped(tmp_path: Path, said: Said) -> None:
    done = said("--site", tmp_path / "\x1b[2J", "runs", "--json")
    assert "\x1b" not in done.stderr
    assert "\x1b" in of(done)["path"]


@pytest.mark.parametrize(
    "error",
    [
        NotFound("run", "x", known=["y"], hint="look"),
        ServiceError("away", retry_after=2.0),
        SiteError("wrong", path="a.yaml", line=3, key="b"),
    ],
)
def test_a_problem_read_back_is_the_error(error: Exception) -> None:
    assert isinstance(error, NotFound | ServiceError | SiteError)
    back = error_of(json.loads(json.dumps(problem_of(error))))
    assert type(back) is type(error)
    assert problem_of(back) == problem_of(error)
