"""A parameter that is a secret: given as a reference, and never as itself."""

from typing import Any

import pytest

from netpulse_core import Secret
from netpulse_core.errors import InvalidParameters, PluginError
from netpulse_core.model.runbook import Runbook


def told(task: Any, password: Secret, keys: dict[str, Secret] | None = None, comment: str = "") -> list[Any]:
    """Say what arrived."""
    return [password, keys, comment]


BOOK = Runbook(told)


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
