"""Our own secret references hold the contract of every plugin's."""

from pathlib import Path

import pytest

from netpulse_core.builtins import secrets
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
