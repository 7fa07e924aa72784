"""A parameter that is a secret: given as a reference, and never as itself."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypedDict

import pytest
from pydantic import BaseModel, Field

from netpulse_core import Secret
from netpulse_core.errors import InvalidParameters, PluginError
from netpulse_core.model.runbook import Runbook


def told(task: Any, password: Secret, keys: dict[str, Secret] | None = None, comment: str = "") -> list[Any]:
    """Say what arrived."""
    return [password, keys, comment]


BOOK = Runbook(told)

type Alias = Secret


class Account(BaseModel):
    name: str = "ada"
    password: Secret
    home: str = ""
    others: "list[Account]" = []


class Typed(TypedDict):
    password: Secret


class Pair(NamedTuple):
    name: str
    password: Secret


@dataclass
class Data:
    password: Secret
    default: str = ""


class Odd(TypedDict):
    type: str
    default: Secret


class Raw(TypedDict):
    firmware: bytes
    thing: Any
    passwords: Iterable[Secret]


HELD: list[tuple[Any, Any]] = [
    (Account, {"password": "env:X"}),
    (list[Account], [{"password": "secret:a", "others": [{"password": "env:X"}]}]),
    (dict[str, Account | int], {"a": 1, "b": {"password": "env:X"}}),
    (Account | None, {"password": "env:X"}),
    (Annotated[Typed, Field(description="one")], {"password": "env:X"}),
    (Data, {"password": "env:X"}),
    (Odd, {"type": "a", "default": "env:X"}),
    (Pair, ["ada", "env:X"]),
    (Alias, "env:X"),
    (deque[Alias], ["env:X"]),
    (Iterable[Secret], ["env:X"]),
]
"""Types that hold a secret beneath something else, each with a value that gives `env:X`."""


def upper(reference: str) -> str:
    return reference.upper()


def test_references_are_recorded_and_what_is_behind_them_arrives() -> None:
    data = BOOK.validated({"password": "secret:core", "keys": {"a": "vault:x#y"}, "comment": "env:NOT_ONE"})
    assert data == {"password": "secret:core", "keys": {"a": "vault:x#y"}, "comment": "env:NOT_ONE"}
    assert BOOK.arguments(data, upper) == {
        "password": "SECRET:CORE", "keys": {"a": "VAULT:X#Y"}, "comment": "env:NOT_ONE"
    }  # fmt: skip
    assert BOOK.secrets == {"password", "keys"}


@pytest.mark.parametrize(
    "given", [{"password": "hunter2"}, {"password": "env:X", "keys": {"a": "hunter2"}}, {"password": "secret: hunter2"}]
)
def test_a_value_in_clear_is_refused_and_not_repeated(given: dict[str, Any]) -> None:
    for check in (BOOK.validated, BOOK.refuse_secrets_in_clear):
        with pytest.raises(InvalidParameters, match="never the secret itself") as refused:
            check(given)
        assert "hunter2" not in str(refused.value)
        assert refused.value.__context__ is None or "hunter2" not in str(refused.value.__context__)


def test_other_mistakes_are_not_taken_for_a_secret_in_clear() -> None:
    BOOK.refuse_secrets_in_clear({"nothing": "known"})
    BOOK.refuse_secrets_in_clear({"password": 7})


def test_a_default_in_clear_is_refused_when_the_runbook_is_loaded() -> None:
    def bad(task: Any, password: Secret = "hunter2") -> None: ...

    with pytest.raises(PluginError, match="the default of 'password'") as refused:
        _ = Runbook(bad).parameters
    assert "hunter2" not in str(refused.value)


def test_in_a_plain_script_a_reference_is_refused_and_a_value_is_taken() -> None:
    assert BOOK(None, password="hunter2") == ["hunter2", None, ""]
    with pytest.raises(InvalidParameters, match="was not resolved"):
        BOOK(None, password="secret:core")


@pytest.mark.parametrize(("annotation", "given"), HELD, ids=lambda one: str(one)[-40:])
def test_a_secret_is_seen_however_deep_it_is_held(annotation: Any, given: Any) -> None:
    def deep(task: Any, plain: str, held: Any = None) -> Any:
        return held

    deep.__annotations__["held"] = annotation
    book = Runbook(deep)
    assert book.secrets == {"held"}
    assert "env:X" in [one for _, one in book.references(book.validated({"plain": "env:Y", "held": given}))]
    with pytest.raises(InvalidParameters, match="'held': the reference to a secret was not resolved"):
        book(None, plain="env:Y", held=given)


def test_of_a_nested_value_only_what_is_resolved_is_a_reference_and_its_defaults_are_the_runbooks_word() -> None:
    class Login(BaseModel):
        password: Secret = "env:ITS_DEFAULT"
        home: str = ""

    def deep(task: Any, login: Login) -> Login:
        return login

    book = Runbook(deep)
    assert list(book.references({"login": {"home": "https://home.example.net"}})) == []
    assert list(book.references({"login": {"password": "secret:a", "home": "env:X"}})) == [("login", "secret:a")]


def test_a_nested_value_of_a_plain_script_is_taken_where_nothing_in_it_is_a_reference() -> None:
    def deep(task: Any, users: list[Account], data: Data | None = None) -> Any:
        return users, data

    book = Runbook(deep)
    ada = Account.model_construct(password="hunter2", home="https://home.example.net")
    assert book(None, users=[ada], data=Data("hunter2")) == ([ada], Data("hunter2"))
    for given in (
        {"users": [Account(password="secret:a")]},
        {"users": [], "data": Data("env:X")},
        {"users": [ada, Account(password="secret:a", others=[ada])]},
    ):
        with pytest.raises(InvalidParameters, match="was not resolved"):
            book(None, **given)


@pytest.mark.parametrize("beside", [{"firmware": b"\xff\xfe"}, {"thing": object()}])
def test_a_plain_script_may_give_beside_a_secret_what_json_has_no_words_for(beside: dict[str, Any]) -> None:
    def deep(task: Any, held: Raw) -> Any:
        return held

    given = {"firmware": b"", "thing": None, "passwords": ["hunter2"], **beside}
    assert Runbook(deep)(None, held=given) == given
    given["passwords"] = ["secret:a", "env:X"]
    assert [one for _, one in Runbook(deep).references({"held": given})] == ["secret:a", "env:X"]
    with pytest.raises(InvalidParameters, match="was not resolved"):
        Runbook(deep)(None, held=given)
