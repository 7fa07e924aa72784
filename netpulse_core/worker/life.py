"""One life of one worker process, as what works beside its jobs sees it."""

from typing import Protocol


class Life(Protocol):
    """Who does the work; read `id` each time, for a worker that lost its lease begins another life."""

    id: str
    name: str
