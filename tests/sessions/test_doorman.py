"""The doorman: nothing is opened past it, and it hears how each login went."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from netpulse_core.builtins.netmiko.driver import Netmiko
from netpulse_core.errors import AuthenticationFailed, NetPulseError, Refused
from netpulse_core.lab import Device, Lab
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.sessions.doorman import OpenDoor
from netpulse_core.sessions.pool import Pool
from tests.sessions.borrowing import reaching


class Book(OpenDoor):
    """Writes down who came and how it went; refuses when told to."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str]] = []
        self.went: list[BaseException | None] = []
        self.refusal: NetPulseError | None = None
        self.ponders = 0.0

    @contextmanager
    def admit(self, driver: str, parameters: ConnectionParameters, *, until: float) -> Iterator[None]:
        self.came.append((driver, parameters.device))
        assert until > time.monotonic()
        time.sleep(self.ponders)
        if self.refusal is not None:
            raise self.refusal
        try:
            yield
        except BaseException as error:
            self.went.append(error)
            raise
        self.went.append(None)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def pool(lab: Lab, book: Book) -> Iterator[Pool]:
    pool = Pool(idle_timeout=60, most=8, connect_timeout=5, clock=time.monotonic, doorman=book)
    yield pool
    pool.close()


@pytest.fixture
def parameters(leaf: Device) -> ConnectionParameters:
    return reaching(leaf)


def test_it_is_asked_for_each_login_and_for_no_reuse(pool: Pool, book: Book, parameters: ConnectionParameters) -> None:
    for _ in range(2):
        pool.take_back(pool.lend(Netmiko(), parameters, timeout=10))
    assert (book.came, book.went) == ([("netmiko", "leaf1")], [None])
    pool.discard(pool.lend(Netmiko(), parameters, timeout=10, own=True))
    assert book.went == [None, None]


def test_it_hears_our_error_which_names_the_librarys(pool: Pool, book: Book, parameters: ConnectionParameters) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        pool.lend(Netmiko(), replace(parameters, password="wrong"), timeout=10)
    assert book.went == [caught.value]
    assert type(caught.value.__cause__).__module__.startswith("netmiko")
    assert len(pool) == 0


def test_where_it_refuses_nothing_is_opened(
    pool: Pool, book: Book, parameters: ConnectionParameters, leaf: Device
) -> None:
    book.refusal = Refused("this credential is braked")
    with pytest.raises(Refused, match="braked"):
        pool.lend(Netmiko(), parameters, timeout=10)
    assert leaf.journal.connections == 0
    assert len(pool) == 0


def test_what_it_took_of_the_time_is_gone(
    pool: Pool, book: Book, parameters: ConnectionParameters, leaf: Device
) -> None:
    book.ponders = 0.3
    with pytest.raises(NetPulseError, match="no time was left"):
        pool.lend(Netmiko(), parameters, timeout=0.1)
    assert leaf.journal.connections == 0
