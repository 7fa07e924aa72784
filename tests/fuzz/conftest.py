"""The program that services are forked from, once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz.running import Program


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    """The process that has imported everything already."""
    started = Program()
    yield started
    started.close()
