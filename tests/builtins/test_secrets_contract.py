"""Our own secret references hold the contract of every plugin's."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import errors
from netpulse_core.builtins import secrets, secretstore
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.secrets import Secrets
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.testing import SecretContract


class TestOfTheEnvironment(SecretContract):
    """`env:NAME`."""

    plugin = secrets
    missing = "env:NETPULSE_TEST_NO_SUCH_VARIABLE"

    @pytest.fixture
    def secret(self, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
        """A variable."""
        monkeypatch.setenv("NETPULSE_TEST_A_SECRET", 'p"ss\\w0rd!ä ')
        return "env:NETPULSE_TEST_A_SECRET", 'p"ss\\w0rd!ä '


class TestOfAFile(SecretContract):
    """`file:PATH`."""

    plugin = secrets
    missing = "file:/no/such/file"

    @pytest.fixture
    def secret(self, tmp_path: Path) -> tuple[str, str]:
        """A file that ends its line, as an editor does."""
        (tmp_path / "secret").write_text('p"ss\\w0rd!ä \n')
        return f"file:{tmp_path / 'secret'}", 'p"ss\\w0rd!ä '


def test_what_is_empty_is_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NETPULSE_TEST_A_SECRET", "")
    (tmp_path / "secret").write_text("\n")
    for reference, hint in (
        ("env:NETPULSE_TEST_A_SECRET", "NETPULSE_TEST_A_SECRET is set to nothing"),
        (f"file:{tmp_path / 'secret'}", f"{tmp_path / 'secret'} is empty"),
    ):
        with pytest.raises(errors.NotFound) as caught:
            secrets.resolve_secret(reference=reference)
        assert reference in str(caught.value)
        assert hint in caught.value.hint


def test_a_file_that_a_windows_editor_wrote_holds_the_secret_alone(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes("\ufeffgehä1m\r\n".encode())
    assert secrets.resolve_secret(reference=f"file:{tmp_path / 'secret'}") == "gehä1m"


def test_a_file_that_is_not_utf_8_is_named_and_nothing_of_it_told(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes("gehä1m".encode("latin-1"))
    with pytest.raises(errors.NotFound, match=re.escape(str(tmp_path / "secret"))) as caught:
        secrets.resolve_secret(reference=f"file:{tmp_path / 'secret'}")
    assert "not UTF-8" in caught.value.hint
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


class TestOfTheStore(SecretContract):
    """`secret:NAME`."""

    plugin = secretstore
    missing = "secret:no/such/name"

    @pytest.fixture(autouse=True)
    def kept(self, tmp_path: Path) -> Iterator[Secrets]:
        """A store of its own."""
        with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}", store=StoreKeys("17" * 32))) as ledger:
            ledger.upgrade()
            self.store = ledger.secrets
            yield ledger.secrets

    @pytest.fixture
    def secret(self, kept: Secrets) -> tuple[str, str]:
        """A row."""
        kept.set("core/enable", 'p"ss\\w0rd!ä ', by="ann")
        return "secret:core/enable", 'p"ss\\w0rd!ä '

    def resolve(self, reference: str) -> Any:
        """Ask with the store that the ledger hands out."""
        return secretstore.resolve_secret(reference=reference, store=self.store)
