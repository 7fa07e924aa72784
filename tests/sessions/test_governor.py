"""The login governor: never more logins than the site says, in order, and nobody of another group waits for them."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from netpulse_core.bounds import LoginLimits, Logins
from netpulse_core.sessions.governor import Full, Governor
from tests.runs.service import eventually

PATIENCE = 30.0


class Front:
    """Logins that end when they are told to."""

    def __init__(self, **bounds: Any) -> None:
        self.governor = Governor(Logins(**bounds))
        self.lock = threading.Lock()
        self.inside: list[str] = []
        self.most = 0
        self.began: list[float] = []

    def log_in(self, name: str, *groups: str, credential: str | None = None, until: Callable[[], Any]) -> None:
        with self.governor.login(groups, credential, until=time.monotonic() + PATIENCE):
            with self.lock:
                self.inside.append(name)
                self.began.append(time.monotonic())
                self.most = max(self.most, len(self.inside))
            until()
            with self.lock:
                self.inside.remove(name)


@pytest.mark.parametrize(
    ("bounds", "group", "credential"),
    [
        ({"at_once": 3}, "leaf", None),
        ({"at_once": None, "groups": {"leaf": {"at_once": 3}}}, "leaf", None),
        ({"at_once": None, "groups": {"*": {"at_once": 3}}}, "leaf", None),
        ({"at_once": None, "credential": {"at_once": 3}}, "leaf", "c1"),
    ],
)
def test_no_more_at_once_than_the_site_says(bounds: dict[str, Any], group: str, credential: str | None) -> None:
    front = Front(**bounds)

    def log_in(number: int) -> None:
        front.log_in(str(number), group, credential=credential, until=lambda: eventually(lambda: front.most == 3))

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(log_in, range(24)))
    assert front.most == 3
    assert front.inside == []


def test_a_full_group_holds_up_nobody_of_another() -> None:
    front = Front(at_once=10, groups={"slow": LoginLimits(at_once=1)})
    over = threading.Event()
    with ThreadPoolExecutor(4) as threads:
        for name in ("slow1", "slow2"):
            threads.submit(front.log_in, name, "slow", until=lambda: over.wait(PATIENCE))
        eventually(lambda: len(front.inside) == 1)
        threads.submit(front.log_in, "other", "quick", until=lambda: over.wait(PATIENCE))
        eventually(lambda: "other" in front.inside)
        assert len(front.inside) == 2
        over.set()


def test_whoever_came_first_begins_first() -> None:
    front = Front(at_once=1)
    over = [threading.Event() for _ in range(4)]
    came: list[str] = []

    def there(number: int) -> bool:
        return len(front.governor._waiting) + len(front.inside) == number

    def inside(name: str) -> bool:
        return front.inside == [name]

    with ThreadPoolExecutor(4) as threads:
        for number, event in enumerate(over):

            def told(number: int = number, event: threading.Event = event) -> None:
                came.append(str(number))
                event.wait(PATIENCE)

            threads.submit(front.log_in, str(number), until=told)
            eventually(partial(there, number + 1))
        for number, event in enumerate(over):
            eventually(partial(inside, str(number)))
            event.set()
    assert came == ["0", "1", "2", "3"]


def test_logins_begin_no_faster_than_the_rate() -> None:
    front = Front(at_once=None, groups={"leaf": LoginLimits(per_second=20)})
    with ThreadPoolExecutor(8) as threads:
        for number in range(8):
            threads.submit(front.log_in, str(number), "leaf", until=lambda: None)
    began = sorted(front.began)
    assert len(began) == 8
    assert began[-1] - began[0] >= 7 / 20 - 0.02


def test_who_cannot_begin_in_time_is_told_so_and_pushes_nobody_back() -> None:
    governor = Governor(Logins(at_once=1, groups={"leaf": LoginLimits(per_second=0.1)}))
    full = pytest.raises(Full, match="as many logins as may be at once are under way for this worker")
    with governor.login(["leaf"], None, until=time.monotonic() + PATIENCE), full:
        governor.login([], None, until=time.monotonic() + 0.05).__enter__()
    for _ in range(5):
        with pytest.raises(Full, match="logins per second"):
            governor.login(["leaf"], None, until=time.monotonic() + 0.05).__enter__()
    assert governor._next["group leaf"] < time.monotonic() + 11
    with governor.login([], None, until=time.monotonic() + PATIENCE):
        pass


def test_a_login_that_fails_gives_its_place_back() -> None:
    governor = Governor(Logins(at_once=1))
    for _ in range(3):
        with pytest.raises(OSError, match="down"), governor.login([], None, until=time.monotonic() + PATIENCE):
            raise OSError("down")
    assert not governor._under_way
