"""What a runbook is given is checked against its signature, and comes back as the types it is annotated with."""

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, TypedDict

import pytest
from pydantic import AfterValidator, BaseModel, Field, SecretBytes, SecretStr

from netpulse_core.errors import InvalidParameters, PluginError
from netpulse_core.files import File
from netpulse_core.model.runbook import Queue, Runbook, runbook


class Mode(StrEnum):
    ACCESS = "access"
    TRUNK = "trunk"


class Peer(BaseModel):
    address: ipaddress.IPv4Address
    asn: int = Field(gt=0)


@runbook(changes=True, name="set_vlan", timeout=5, attempts=1, queue=Queue.FIFO)
def vlan(
    task: Any,
    number: int,
    mode: Mode = Mode.ACCESS,
    side: Literal["a", "b"] = "a",
    peers: list[Peer] | None = None,
    since: date = date(2026, 1, 1),
    note: str = None,  # type: ignore[assignment]  # noqa: RUF013  written like this a lot
    free: Any = None,
    *,
    ratio: float = 0.5,
) -> None:
    """Set a VLAN
    on a port.

    More words.
    """


def problems(**given: Any) -> tuple[str, ...]:
    with pytest.raises(InvalidParameters, match="runbook 'set_vlan'") as refused:
        vlan.validated(given)
    return refused.value.problems


def test_a_runbook_says_what_it_is() -> None:
    assert (vlan.name, vlan.sentence) == ("set_vlan", "Set a VLAN on a port.")
    assert (vlan.changes, vlan.timeout, vlan.attempts, vlan.queue) == (True, 5, 1, Queue.FIFO)
    assert repr(vlan) == "<runbook set_vlan (changes)>"


def test_a_runbook_stays_the_function_it_was() -> None:
    @runbook
    def double(task: Any, number: int) -> int:
        """Double it."""
        return number * 2

    assert double(None, number=4) == 8
    assert (vars(double)["__name__"], double.__doc__) == ("double", "Double it.")


def test_defaults_are_filled_in_as_json() -> None:
    assert vlan.validated({"number": "7"}) == {
        "number": 7, "mode": "access", "side": "a", "peers": None, "since": "2026-01-01", "note": None,
        "free": None, "ratio": 0.5,
    }  # fmt: skip


def test_parameters_come_back_as_they_are_annotated() -> None:
    given = {"number": 7, "mode": "trunk", "peers": [{"address": "192.0.2.1", "asn": 65000}], "free": {"x": [1]}}
    arguments = vlan.arguments(json.loads(json.dumps(vlan.validated(given))), str)
    assert arguments == {
        "number": 7, "mode": Mode.TRUNK, "side": "a",
        "peers": [Peer(address=ipaddress.IPv4Address("192.0.2.1"), asn=65000)],
        "since": date(2026, 1, 1), "note": None, "free": {"x": [1]}, "ratio": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ["parameter 'number' is required"]),
        ({"number": 1, "moed": "access"}, ["unknown parameter 'moed'; did you mean 'mode'?"]),
        ({"number": 1, "zzz": 1}, ["unknown parameter 'zzz'"]),
        ({"number": 1, "task": 1}, ["unknown parameter 'task'"]),
        ({"number": "x"}, ["parameter 'number': input should be a valid integer"]),
        ({"number": 1, "mode": "x"}, ["parameter 'mode': input should be 'access' or 'trunk'"]),
        ({"number": 1, "side": "c"}, ["parameter 'side': input should be 'a' or 'b'"]),
        ({"number": 1, "peers": [{"address": "x", "asn": 1}]}, ["parameter 'peers.0.address': "]),
        ({"number": 1, "peers": [{"address": "192.0.2.1", "asn": 0}]}, ["parameter 'peers.0.asn': "]),
        ({"number": 1, "ratio": float("nan")}, ["parameter 'ratio': input should be a finite number"]),
        ({"mode": "x", "zzz": 1}, ["parameter 'number' is required", "parameter 'mode'", "unknown parameter 'zzz'"]),
    ],
)
def test_each_problem_is_a_sentence_that_names_its_parameter(given: dict[str, Any], said: list[str]) -> None:
    found = problems(**given)
    assert len(found) == len(said)
    assert all(one.startswith(beginning) for one, beginning in zip(sorted(found), sorted(said), strict=True)), found


def test_a_value_that_is_wrong_is_not_repeated() -> None:
    with pytest.raises(InvalidParameters) as refused:
        vlan.validated({"number": "hunter2"})
    assert "hunter2" not in f"{refused.value} {refused.value.__cause__}"


def test_what_json_cannot_say_is_refused() -> None:
    assert problems(number=1, free=object())[0].startswith("parameters must be JSON")


@pytest.mark.parametrize("default", ["seven", [], 1.5])
def test_a_default_of_another_type_is_refused_before_anything_runs(default: Any) -> None:
    def bad(task: Any, number: int = default) -> None: ...

    with pytest.raises(PluginError, match="the default of 'number' is not what its type says"):
        _ = Runbook(bad).parameters


class Account(BaseModel):
    password: SecretStr
    others: list["Account"] = []


class Login(TypedDict):
    password: SecretStr


@dataclass
class Pair:
    password: SecretStr


type Alias = dict[str, SecretStr]


@pytest.mark.parametrize(
    "kind", [SecretStr, SecretStr | None, list[SecretBytes], Account, list[Account], Login, Pair | None, Alias]
)
def test_a_secret_type_is_refused_because_asterisks_would_reach_the_device(kind: Any) -> None:
    def bad(task: Any, password: kind) -> None: ...

    with pytest.raises(PluginError, match="takes 'password' as a secret, which would arrive as asterisks"):
        _ = Runbook(bad).parameters


class Image(BaseModel):
    slot: int
    file: File


def test_a_file_within_a_model_is_a_file_of_the_runbook() -> None:
    def install(task: Any, images: list[Image], number: int) -> None: ...

    book = Runbook(install)
    assert book.files == {"images"}
    given = {"images": [{"slot": 1, "file": "eos.swi"}], "number": 1}
    pinned = book.with_files(book.validated(given), lambda file: replace(file, sha256="a" * 64))
    assert pinned["images"][0]["file"].endswith("a" * 64)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timeout": 0}, "a timeout of 0, not"),
        ({"timeout": -1.0}, "a timeout of -1.0, not"),
        ({"timeout": float("inf")}, "a timeout of inf, not"),
        ({"timeout": float("nan")}, "a timeout of nan, not"),
        ({"timeout": "60"}, "a timeout of '60', not"),
        ({"attempts": 0}, "0 attempts, not"),
        ({"attempts": 1.5}, "1.5 attempts, not"),
    ],
)
def test_a_runbook_that_could_never_run_is_refused_where_it_is_made(options: dict[str, Any], said: str) -> None:
    with pytest.raises(PluginError, match=f"runbook 'reboot' has {said}") as refused:
        runbook(name="reboot", **options)(lambda task: None)
    assert refused.value.plugin == __name__


def test_a_validator_that_changes_its_own_answer_is_refused() -> None:
    @runbook
    def number_on(task: Any, number: Annotated[int, AfterValidator(lambda number: number + 1)]) -> None: ...

    with pytest.raises(InvalidParameters, match="parameter 'number': checked a second time, it becomes something else"):
        number_on.validated({"number": 1})


def test_sets_and_iterators_arrive_though_json_has_neither() -> None:
    @runbook
    def several(task: Any, names: set[str], lines: Iterable[str]) -> None: ...

    data = several.validated({"names": {"a", "b", "c", "d"}, "lines": ["x", "y"]})
    arguments = several.arguments(json.loads(json.dumps(data)), str)
    assert (arguments["names"], list(arguments["lines"])) == ({"a", "b", "c", "d"}, ["x", "y"])


@pytest.mark.parametrize("given", ["cisco_ios", (), ("",), (1,), None])
@pytest.mark.parametrize("what", ["drivers", "platforms"])
def test_names_in_the_metadata_are_names(what: str, given: Any) -> None:
    options: Any = {what: given}
    if given == ():
        assert getattr(runbook(**options)(lambda task: None), what) == ()
        return
    with pytest.raises(PluginError, match=f"`{what}` is .* which is no tuple of names"):
        runbook(**options)(lambda task: None)
