"""The service and a client of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netpulse_core.client import Client
from tests.api.service import Service, service


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Service]:
    """A service with an empty ledger."""
    with service(tmp_path / "site") as running:
        yield running


@pytest.fixture
def client(fresh: Service) -> Iterator[Client]:
    """A client of that service."""
    with Client(fresh.url, fresh.key) as asking:
        yield asking
