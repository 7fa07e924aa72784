"""Our own secret references hold the contract of every plugin's."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

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
