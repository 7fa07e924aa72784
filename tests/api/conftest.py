"""The service under test, shared by tests that do not mind each other's runs and fresh for those that do."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api import hooking
from tests.api.service import Service, service


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests of a file."""
    with service(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Service]:
    """A service with an empty ledger."""
    with service(tmp_path / "site") as running:
        yield running


@pytest.fixture
def http(shared: Service) -> Iterator[httpx.Client]:
    """A plain HTTP client of the shared service, with a key."""
    with shared.http() as client:
        yield client


@pytest.fixture
def hook_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that the references of hooks name."""
    monkeypatch.setenv("HOOK_SECRET", hooking.SECRET)
    monkeypatch.setenv("HOOK_OLDER", hooking.OLDER)


@pytest.fixture
def site(fresh: Service, hook_secrets: None) -> Service:
    """A service whose site has one hook."""
    hooking.write(fresh, "down", hooking.DOWN)
    return fresh
