"""How each blow is struck: what it does to the installation, and for how long."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from tests.faults import forgery
from tests.faults.installation import Installation
from tests.faults.plan import Blow
from tests.faults.proxy import Proxy, Wire

Strike = Callable[[Installation, Random, float], None]

DEVICE_FAULTS: Sequence[Mapping[str, Any]] = (
    {"slow": {".": 0.4}},
    {"slow": {"-2$": 4.0}},
    {"hang": "command"},
    {"hang": "login"},
    {"hang": "connect"},
    {"down": True},
    {"delay": 0.1},
    {"garbage": "\x00\xff\x1b[2Kr1#"},
    {"syslog": True, "chunk": 3},
    {"drop_on": "-2$"},
    {"drop_on": "-1$"},
    {"drop_on": "-2$", "drop_applies": True},
    {"drop_on": "-1$", "drop_applies": True},
    {"drop_on": "^configure"},
    {"drop_on": "^end", "drop_applies": True},
    {"refuse": {"-2$": "% Invalid input detected at '^' marker."}},
)
"""Slow, silent, far, noisy, reset in a push, or taking a line and then dropping; our lines end in their number."""

_servers = threading.Lock()
"""One blow at a time at Redis, PostgreSQL and the disk."""


def _kill(name: str) -> Strike:
    return lambda target, dice, lasts: target.programs[name].kill(_lived(dice))


def _kill_worker(target: Installation, dice: Random, lasts: float) -> None:
    target.programs[_worker(target, dice)].kill(_lived(dice))


def _restart(target: Installation, dice: Random, lasts: float) -> None:
    target.programs[dice.choice(list(target.programs))].restart(_lived(dice))


def _lived(dice: Random) -> float | None:
    """Return how long a process is at work before it is hit; None, one time in five, is as it is found."""
    return dice.choice((None, 0.5, 1.0, 2.0, 3.0))


def _freeze(target: Installation, dice: Random, lasts: float) -> None:
    target.programs[_worker(target, dice)].freeze(lasts)


def _redis_lost(target: Installation, dice: Random, lasts: float) -> None:
    assert target.redis is not None
    with _servers:
        target.redis.kill()
        time.sleep(lasts)
        target.redis.start()


def _redis_rolled_back(target: Installation, dice: Random, lasts: float) -> None:
    assert target.redis is not None
    with _servers:
        target.redis.save()
        time.sleep(lasts)
        target.redis.kill()
        target.redis.start()
        target.redis.forget_save()


def _redis_frozen(target: Installation, dice: Random, lasts: float) -> None:
    assert target.redis is not None
    with _servers:
        target.redis.pause()
        time.sleep(lasts)
        target.redis.resume()


def _redis_deaf(target: Installation, dice: Random, lasts: float) -> None:
    assert target.doorbells is not None
    _deafen(target.doorbells, lasts)


def _doorbells(target: Installation, dice: Random, lasts: float) -> None:
    assert target.redis is not None
    keys = [f"127.0.0.1:{port}" for port in target.devices.ports.values()]
    with _servers:
        forgery.ring(target.redis.url, target.ledger_url, keys, dice)


def _ledger_down(target: Installation, dice: Random, lasts: float) -> None:
    assert target.postgres is not None
    with _servers, target.ledger_away():
        target.postgres.crash()
        time.sleep(lasts)
        target.postgres.start()


def _failover(target: Installation, dice: Random, lasts: float) -> None:
    with _servers, target.ledger_away():
        target.fail_over()


def _ledger_silent(target: Installation, dice: Random, lasts: float) -> None:
    with target.parted(_worker(target, dice)):
        time.sleep(lasts)


def _ledger_deaf(target: Installation, dice: Random, lasts: float) -> None:
    _deafen(dice.choice(list(target.wires.values())), lasts)


def _disk_full(target: Installation, dice: Random, lasts: float) -> None:
    if target.disk is None:
        raise PermissionError("only root may have a small file system of its own")
    with _servers, target.ledger_away():
        with (target.disk / "full").open("wb", buffering=0) as file:
            until = time.monotonic() + lasts
            while time.monotonic() < until:  # again and again, for others free what they had
                try:
                    while file.write(bytes(4096)):
                        pass
                except OSError:
                    time.sleep(0.05)
            file.truncate(0)
        if target.postgres is not None:
            target.postgres.start()  # it may have given up


def _device(target: Installation, dice: Random, lasts: float) -> None:
    chosen = dice.sample(target.devices.names, 3)
    for name in chosen:
        target.devices.afflict(name, dice.choice(DEVICE_FAULTS))
    time.sleep(lasts)
    for name in chosen:
        target.devices.heal(name)


def _worker(target: Installation, dice: Random) -> str:
    return dice.choice([name for name in target.programs if name.startswith(("worker", "up"))])


def _deafen(proxy: Proxy, lasts: float) -> None:
    proxy.become(Wire.DEAF)
    time.sleep(lasts)
    proxy.cut()  # whoever waits for a reply learns only now that none will come
    proxy.become(Wire.CARRIES)


STRIKES: Mapping[Blow, Strike] = {
    Blow.KILL_WORKER: _kill_worker,
    Blow.KILL_API: _kill("api"),
    Blow.KILL_SCHEDULER: _kill("scheduler"),
    Blow.KILL_UP: _kill("up"),
    Blow.RESTART: _restart,
    Blow.FREEZE: _freeze,
    Blow.REDIS_LOST: _redis_lost,
    Blow.REDIS_ROLLED_BACK: _redis_rolled_back,
    Blow.REDIS_FROZEN: _redis_frozen,
    Blow.REDIS_DEAF: _redis_deaf,
    Blow.DOORBELLS: _doorbells,
    Blow.LEDGER_CRASH: _ledger_down,
    Blow.LEDGER_AWAY: _ledger_down,
    Blow.FAILOVER: _failover,
    Blow.LEDGER_SILENT: _ledger_silent,
    Blow.LEDGER_DEAF: _ledger_deaf,
    Blow.DISK_FULL: _disk_full,
    Blow.CALLER_DEAF: lambda target, dice, lasts: _deafen(target.api, lasts),
    Blow.CALLER_CUT: lambda target, dice, lasts: target.api.cut(),
    Blow.DEVICE: _device,
}
