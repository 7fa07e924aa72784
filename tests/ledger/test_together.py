"""Group commit: who writes at once writes together, and nobody pays for another's mistake."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from netpulse_core.errors import Conflict, ServiceError
from netpulse_core.ledger.together import Together


class Book:
    """Takes items, a batch at a time; the first batch waits until it is let go."""

    def __init__(self, refused: int | None = None, away: bool = False) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._refused, self._away = refused, away

    def write(self, items: Sequence[int]) -> list[str]:
        self.batches.append(list(items))
        self.begun.set()
        assert self.go_on.wait(30)
        if self._away and len(self.batches) > 1:
            raise ServiceError("away")
        if self._refused in items:
            raise Conflict(str(self._refused))
        return [f"wrote {item}" for item in items]


def _all_at_once(book: Book, together: Together[int, str], threads: ThreadPoolExecutor) -> list[object]:
    """Write 0, and 1 to 20 while that is under way; return what each was answered or raised."""
    first = threads.submit(together, 0)
    assert book.begun.wait(30)
    others = [threads.submit(together, number) for number in range(1, 21)]
    while len(together._waiting) < len(others):
        threading.Event().wait(0.01)
    book.go_on.set()
    return [one.exception(30) or one.result() for one in (first, *others)]


@pytest.fixture
def threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(21)


def test_who_waits_is_written_in_one_batch(threads: ThreadPoolExecutor) -> None:
    book = Book()
    answers = _all_at_once(book, Together(book.write), threads)
    assert answers == [f"wrote {number}" for number in range(21)]
    assert [len(batch) for batch in book.batches] == [1, 20]


def test_an_item_that_cannot_be_written_keeps_back_no_other(threads: ThreadPoolExecutor) -> None:
    book = Book(refused=7)
    answers = _all_at_once(book, Together(book.write), threads)
    wrong = {number: answer for number, answer in enumerate(answers) if answer != f"wrote {number}"}
    assert list(wrong) == [7]
    assert isinstance(wrong[7], Conflict)


def test_a_ledger_that_is_away_is_away_for_all_of_a_batch(threads: ThreadPoolExecutor) -> None:
    book = Book(away=True)
    first, *others = _all_at_once(book, Together(book.write), threads)
    assert first == "wrote 0"
    assert all(isinstance(answer, ServiceError) for answer in others)
    assert len(book.batches) == 2, "each waited for the ledger by itself"
