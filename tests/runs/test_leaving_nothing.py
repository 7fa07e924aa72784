"""What a job held, its secrets among it, is gone when the job is: not when Python next collects garbage."""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from netpulse_core.model.outcome import Outcome
from tests.runs.service import Service, eventually

HELD = ("Lender", "Loan", "LentConnection", "Redactor", "SecretsOfJob", "CopiedGroup", "Claim")
"""Types of a job, the first of which leads to the secrets it has read."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Have only what nobody refers to any more be freed."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def held() -> Counter[str]:
    names = [type(one).__name__ for one in gc.get_objects()]
    return Counter(name for name in names if name in HELD)


@pytest.mark.parametrize("driver", ["netmiko", "ssh"])
def test_a_job_leaves_nothing_to_be_collected(service: Service, driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(service.netpulse.site.inventory.defaults.data, "netpulse_driver", driver)
    with uncollected():
        before = held()
        for device in ("leaf1", "leaf2", "leaf1"):  # two logins, and a session that is open
            done = service.run("send_commands", device, commands=["show version"])
            assert done.outcome is Outcome.OK
        eventually(lambda: held() - before == Counter())  # the job's thread may still be on its way out
