"""Group commit: what several threads ask or write at once goes into one transaction; nobody waits for company."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from sqlalchemy.exc import SQLAlchemyError

from netpulse_core.errors import NetPulseError, ServiceError

MOST = 500
"""Items of one transaction."""


class Together[Item, Answer]:
    """Writes items in batches, or asks for them: whoever's turn it is does it for all who wait for theirs.

    `write` is given items and returns an answer for each, in their order.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Answer]]) -> None:
        self._write = write
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._waiting: list[tuple[Item, Future[Answer]]] = []

    def __call__(self, item: Item) -> Answer:
        """Have an item written and return its answer, once that is durable.

        A ledger that is away is away for all of a batch; of another failure each hears only where its own item fails.
        """
        mine: Future[Answer] = Future()
        with self._lock:
            self._waiting.append((item, mine))
        with self._turn:
            while not mine.done():
                with self._lock:
                    batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                self._settle(batch)
        return mine.result()

    def _settle(self, batch: Sequence[tuple[Item, Future[Answer]]]) -> None:
        try:
            answers = self._write([item for item, _ in batch])
        except (SQLAlchemyError, NetPulseError) as error:
            if len(batch) > 1 and not isinstance(error, ServiceError):
                for one in batch:
                    self._settle([one])
                return
            for _, waiting in batch:
                waiting.set_exception(error)
        except BaseException:
            for _, waiting in batch:
                waiting.cancel()  # a mistake of ours: it is raised here, and nobody else waits for ever
            raise
        else:
            for (_, waiting), answer in zip(batch, answers, strict=True):
                waiting.set_result(answer)
