"""Seconds of the wall and of the processor, of this process alone."""

import resource
import time
from collections.abc import Callable
from typing import Any, TypedDict


class Spent(TypedDict):
    """What a call took, in seconds."""

    wall: float
    cpu: float


def spent(call: Callable[[], Any]) -> Spent:
    """Time one call."""
    cpu, began = _cpu(), time.perf_counter()
    call()
    return Spent(wall=time.perf_counter() - began, cpu=_cpu() - cpu)


def walls(times: int, call: Callable[[], Any]) -> list[float]:
    """Time a call again and again."""
    return [spent(call)["wall"] for _ in range(times)]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
