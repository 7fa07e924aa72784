"""The threads of a node's jobs: used again, and never shared with one that does not come back."""

import threading
from contextvars import ContextVar

from netpulse_core.worker.crew import Crew

SAID: ContextVar[str] = ContextVar("said", default="nothing")


def _done(crew: Crew, name: str) -> tuple[int | None, str, str]:
    """Have one piece of work done and return the thread it was done on, that thread's name and what was said there."""
    found: list[tuple[int | None, str, str]] = []
    over = threading.Event()

    def work() -> None:
        found.append((threading.get_ident(), threading.current_thread().name, SAID.get()))
        SAID.set(name)
        over.set()

    crew.do(name, work)
    assert over.wait(30)
    return found[0]


def test_a_thread_is_used_again_under_the_name_of_its_work() -> None:
    crew = Crew()
    threads = {_done(crew, f"job-{number}")[0] for number in range(200)}
    assert len(threads) < 100
    assert _done(crew, "job-of-leaf1")[1] == "job-of-leaf1"


def test_what_one_job_leaves_in_its_context_no_other_sees() -> None:
    crew = Crew()
    assert {_done(crew, f"job-{number}")[2] for number in range(50)} == {"nothing"}


def test_work_that_does_not_come_back_keeps_nobody_waiting() -> None:
    crew, held = Crew(), threading.Event()
    started = threading.Barrier(4)

    def stuck() -> None:
        started.wait(30)
        held.wait(60)

    for number in range(3):
        crew.do(f"stuck-{number}", stuck)
    started.wait(30)  # all three are at work at once
    assert _done(crew, "job-after")[2] == "nothing"
    held.set()
