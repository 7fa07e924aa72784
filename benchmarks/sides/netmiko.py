"""netmiko on one connection that stays open: `netmiko ADDRESS PORT USERNAME PASSWORD`."""

import sys
from typing import Any

from benchmarks.side import serve
from benchmarks.stopwatch import walls


def main() -> None:
    """Send what is asked, as netmiko does by default, or with nothing but one round trip."""
    from netmiko import ConnectHandler

    host, port, username, password = sys.argv[1:]
    device = ConnectHandler(
        device_type="cisco_ios", host=host, port=int(port), username=username, password=password, conn_timeout=10
    )
    prompt = device.find_prompt().encode()

    def command(command: str, number: int) -> list[float]:
        return walls(number, lambda: _checked(device.send_command(command)))

    def bare(command: str, number: int) -> list[float]:
        return walls(number, lambda: _round_trip(device.remote_conn, command, prompt))

    serve({"command": command, "bare": bare})


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
