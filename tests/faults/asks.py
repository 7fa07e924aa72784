"""What is asked for: seeded, each push with lines that no other push has."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

PUSH, READ = "push_routes", "send_commands"
DEADLINE, SOON = 120.0, 5.0
"""Seconds from acceptance after which nothing of a run starts: of most, and of one in ten."""

COMMANDS = ("show version", "show clock", "show ip interface brief", "show running-config")
MOST_LINES = 5
_NAMED = re.compile(r"^ip route \S+ \S+ Null0 name (?P<token>[a-z0-9]+)-(?P<number>\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request; its token is its idempotency key, and stands in every line it pushes."""

    token: str
    at: float
    """Seconds after the first one."""
    devices: tuple[str, ...]
    lines: tuple[str, ...] = ()
    """None where it reads."""
    driver: Literal["ssh", "netmiko"] = "ssh"
    commands: tuple[str, ...] = ()
    deadline: float = DEADLINE
    again: bool = False
    """Whether it is sent once more although it was answered."""
    cancel_after: float | None = None

    @property
    def body(self) -> dict[str, Any]:
        """What is posted."""
        asked: dict[str, Any] = {"target": ",".join(self.devices), "deadline": self.deadline}
        if not self.lines:
            return asked | {"runbook": READ, "parameters": {"commands": self.commands, "read_timeout": 3.0}}
        return asked | {"runbook": PUSH, "parameters": {"lines": self.lines, "driver": self.driver}}


def asks(seed: int, devices: Sequence[str], *, pushes: int, reads: int, length: float) -> list[Ask]:
    """Return requests for so many jobs that push and that read, spread over a time."""
    dice = Random(f"asks {seed}")
    sizes = [*_sizes(dice, pushes, push=True), *_sizes(dice, reads, push=False)]
    dice.shuffle(sizes)
    return [_ask(dice, seed, n, n * length / len(sizes), devices, *one) for n, one in enumerate(sizes)]


def named(line: str) -> tuple[str, int] | None:
    """Return the token and the number in a line of ours, or None."""
    found = _NAMED.match(line)
    return None if found is None else (found["token"], int(found["number"]))


def _sizes(dice: Random, jobs: int, *, push: bool) -> Iterator[tuple[bool, int]]:
    while jobs > 0:
        size = min(jobs, dice.choice((1, 1, 1, 2, 4)))
        yield push, size
        jobs -= size


def _ask(dice: Random, seed: int, number: int, at: float, devices: Sequence[str], push: bool, size: int) -> Ask:
    token = f"s{seed}n{number}"
    lines = [_line(number, token, n) for n in range(1, dice.randint(2, MOST_LINES) + 1)] if push else []
    return Ask(
        token=token,
        at=at,
        devices=tuple(sorted(dice.sample(list(devices), size))),
        lines=tuple(lines),
        driver=dice.choice(("ssh", "ssh", "ssh", "ssh", "netmiko")),
        commands=() if push else tuple(dice.sample(COMMANDS, 2)),
        deadline=SOON if dice.random() < 0.1 else DEADLINE,
        again=dice.random() < 0.15,
        cancel_after=dice.choice((0.0, 0.1, 0.5)) if dice.random() < 0.05 else None,
    )


def _line(ask: int, token: str, number: int) -> str:
    return f"ip route 198.18.{ask % 256}.{number} 255.255.255.255 Null0 name {token}-{number}"
