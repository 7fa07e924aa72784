"""netmiko on one connection that stays open, or on many: `netmiko ADDRESS PORT USERNAME PASSWORD`."""

import gc
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.memory import resident
from benchmarks.side import serve
from benchmarks.stopwatch import spent, walls

AT_ONCE = 50


def main() -> None:
    """Send what is asked, as netmiko does by default, or with nothing but one round trip."""
    from netmiko import ConnectHandler

    host, port, username, password = sys.argv[1:]

    def connected(host: str = host, port: int = int(port)) -> Any:
        return ConnectHandler(
            device_type="cisco_ios", host=host, port=port, username=username, password=password, conn_timeout=30
        )

    device = connected()
    prompt = device.find_prompt().encode()
    open_ones: list[Any] = []

    def command(command: str, number: int) -> list[float]:
        return walls(number, lambda: _checked(device.send_command(command)))

    def bare(command: str, number: int) -> list[float]:
        return walls(number, lambda: _round_trip(device.remote_conn, command, prompt))

    def first(command: str, places: list[tuple[str, int]]) -> list[float]:
        """Time a login with its first command, and leave again."""
        times = []
        for place in places:
            times += walls(1, lambda place=place: open_ones.append(connected(*place)))  # type: ignore[misc]
            times[-1] += walls(1, lambda: _checked(open_ones[-1].send_command(command)))[0]
            open_ones.pop().disconnect()
        return times

    def held(places: list[tuple[str, int]]) -> dict[str, float]:
        gc.collect()
        before = resident()
        with ThreadPoolExecutor(AT_ONCE) as opening:
            open_ones.extend(opening.map(lambda place: connected(*place), places))
        gc.collect()
        after = resident()
        return {"each": (after - before) * 1024 / len(places), "all": after}

    def idle(seconds: float) -> float:
        return 100 * spent(lambda: time.sleep(seconds))["cpu"] / seconds

    serve({"command": command, "bare": bare, "first": first, "held": held, "idle": idle})


def _checked(answer: Any) -> None:
    assert "Version" in answer, answer


def _round_trip(channel: Any, command: str, prompt: bytes) -> None:
    """Write the line and read until the prompt comes: no program can know the answer sooner."""
    channel.sendall(f"{command}\n".encode())
    answer = b""
    while not answer.rstrip().endswith(prompt):
        answer += channel.recv(65536)


if __name__ == "__main__":
    main()
