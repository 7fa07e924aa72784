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
from tests.faults.plan import KILLS, Blow, Planned
from tests.faults.proxy import Wire
from tests.servers.process import ServerFailed

RESTARTS = frozenset({*KILLS, Blow.RESTART})


class Adversary:
    """Strikes one installation as planned; `missed` is what could not be done, which says nothing of NetPulse."""

    def __init__(self, target: Installation) -> None:
        self._target = target
        self._lock = threading.Lock()
        self.done: Counter[str] = Counter()
        self.missed: list[str] = []
        self._began = time.monotonic()
        self._restarts: list[float] = []

    @property
    def at(self) -> float:
        """How far it is in its plan; on a slow machine, where a start takes long, behind the clock."""
        with self._lock:
            return min([*self._restarts, time.monotonic() - self._began])

    def strike(self, planned: Sequence[Planned]) -> None:
        """Do all of it; returns once the last blow is over."""
        with self._lock:
            self._began = time.monotonic()
            self._restarts = [one.at for one in planned if one.blow in RESTARTS]
        threads = []
        for one in planned:
            time.sleep(max(0.0, self._began + one.at - time.monotonic()))
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
        for link in target.links.values():
            link.part(False)
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
            self.done[self._target.name_of(one.blow)] += 1
        finally:
            with self._lock:
                if one.blow in RESTARTS:
                    self._restarts.remove(one.at)
