"""Texts that a process puts up for others to read, and that end by themselves; shown to people, obeyed by nobody."""

import hashlib
import hmac
import threading
import time


class MemoryPosts:
    """What was put up within one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._posts: dict[str, tuple[bytes, float]] = {}

    def post(self, name: str, text: bytes, seconds: float) -> None:
        """Put a text up in place of the one of this name."""
        now = time.monotonic()
        with self._lock:
            self._posts = {known: post for known, post in self._posts.items() if post[1] > now}
            self._posts[name] = text, now + seconds

    def posted(self, name: str) -> bytes | None:
        """Return the text of this name, or None where there is none any more."""
        with self._lock:
            text, until = self._posts.get(name, (b"", 0.0))
        return text if time.monotonic() < until else None


def signed(key: bytes, name: str, text: bytes) -> bytes:
    """Return a text as it is kept outside of this process; the signature covers its name too."""
    return _signature(key, name, text) + text


def verified(key: bytes, name: str, kept: bytes) -> bytes | None:
    """Return the text, or None for what is not ours."""
    text = kept[32:]
    return text if hmac.compare_digest(kept[:32], _signature(key, name, text)) else None


def _signature(key: bytes, name: str, text: bytes) -> bytes:
    return hmac.new(key, f"post:{name}:".encode() + text, hashlib.sha256).digest()
