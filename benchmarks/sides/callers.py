"""HTTP clients that keep their connections and say no more than they must: `callers HOST PORT KEY`."""

import asyncio
import json
import statistics
import sys
import time
from typing import Any

import uvloop

from benchmarks.side import serve


def main() -> None:
    """Ask what is asked for, for some seconds, over so many connections at once."""
    host, port, key = sys.argv[1], int(sys.argv[2]), sys.argv[3]

    def rate(method: str, path: str, body: Any, connections: int, seconds: float) -> dict[str, float]:
        request = _worded(method, path, host, key, body)
        times = uvloop.run(_all(host, port, request, connections, seconds))
        return {"rate": len(times) / seconds, "median": statistics.median(times)}

    def once(method: str, path: str, body: Any) -> Any:
        return uvloop.run(_once(host, port, _worded(method, path, host, key, body)))

    serve({"rate": rate, "once": once})


def _worded(method: str, path: str, host: str, key: str, body: Any) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def _all(host: str, port: int, request: bytes, connections: int, seconds: float) -> list[float]:
    until = time.perf_counter() + seconds
    found = await asyncio.gather(*(_again(host, port, request, until) for _ in range(connections)))
    return [one for times in found for one in times]


async def _again(host: str, port: int, request: bytes, until: float) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    times = []
    while (began := time.perf_counter()) < until:
        writer.write(request)
        await _answer(reader)
        times.append(time.perf_counter() - began)
    writer.close()
    return times


async def _once(host: str, port: int, request: bytes) -> Any:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request)
    answer = await _answer(reader)
    writer.close()
    return json.loads(answer)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 2"), head
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))


if __name__ == "__main__":
    main()
