"""The event loop of this process: a daemon thread, started at first use, behind a plain synchronous face."""

import asyncio
import atexit
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any

_starting = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None

_STOPPING = 2.0


def started() -> asyncio.AbstractEventLoop:
    """Return the loop of this process, running."""
    global _loop, _thread
    if _loop is None:
        with _starting:
            if _loop is None:
                loop = _new_loop()
                _thread = threading.Thread(target=loop.run_forever, name="netpulse-asyncssh", daemon=True)
                _thread.start()
                _loop = loop
    return _loop


def run[T](work: Coroutine[Any, Any, T], *, timeout: float) -> T:
    """Return what a coroutine returns on the loop; after `timeout` seconds it is cancelled and TimeoutError raised."""
    loop = started()
    if threading.current_thread() is _thread:
        work.close()
        raise RuntimeError("the event loop would wait for itself")
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result(timeout)
    except BaseException:
        future.cancel()  # left running, it would answer to nobody
        raise


def call(function: Callable[..., object], *args: Any) -> None:
    """Call a function on the loop soon; from any thread, waiting for nothing."""
    started().call_soon_threadsafe(function, *args)


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - not there on every system
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def _forget() -> None:
    """In a forked child there is no thread: its sessions are its parent's, and it starts a loop of its own."""
    global _loop, _thread, _starting
    _loop, _thread, _starting = None, None, threading.Lock()


def _stop() -> None:
    if _loop is not None and _thread is not None:
        _loop.call_soon_threadsafe(_loop.stop)
        _thread.join(_STOPPING)


os.register_at_fork(after_in_child=_forget)
atexit.register(_stop)
