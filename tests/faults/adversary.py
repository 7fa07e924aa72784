"""Who does it: each planned blow at its time, on a thread of its own, and all mended at the end."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from random import Random

from redis.exceptions import RedisError

from netpulse_core.errors import NetPulseError
from tests.faults.blows import STRIKES
from tests.faults.installation import Installation
from tests.faults.plan import Blow, Planned
from tests.faults.proxy import Wire
from tests.servers.process import ServerFailed


class Adversary:
    """Strikes one installation as planned; `missed` is what could not be done, which says nothing of NetPulse."""

    def __init__(self, target: Installation) -> None:
        self._target = target
        self.done: Counter[Blow] = Counter()
        self.missed: list[str] = []

    def strike(self, planned: Sequence[Planned]) -> None:
        """Do all of it; returns once the last blow is over."""
        began = time.monotonic()
        threads = []
        for one in planned:
            time.sleep(max(0.0, began + one.at - time.monotonic()))
            threads.append(threading.Thread(target=self._hit, args=(one,), name=one.blow, daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def mend(self) -> None:
        """Bring back all that was broken."""
        target = self._target
        for proxy in (*target.wires.values(), target.doorbells, target.api):
            if proxy is not None:
                proxy.become(Wire.CARRIES)
        for server in (target.postgres, target.redis):
            if server is not None:
                server.start()
        target.devices.heal_all()

    def _hit(self, one: Planned) -> None:
        try:
            STRIKES[one.blow](self._target, Random(one.dice), one.lasts)
        except (ServerFailed, NetPulseError, RedisError, OSError) as error:
            self.missed.append(f"{one.blow} at {one.at}: {error}")
        else:
            self.done[one.blow] += 1
