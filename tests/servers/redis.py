"""A real redis-server of the tests' own, which keeps nothing when it dies."""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from redis import Redis
from redis.exceptions import RedisError

from tests.servers.process import Process, ServerMissing, free_port


def lacking() -> str | None:
    """What Redis needs and this machine has not; nothing when it can run."""
    return None if shutil.which("redis-server") else "redis-server is not installed"


class RedisServer:
    """Redis on a private port and a private socket; killed and started again, it is empty on the same address."""

    def __init__(self, certificate: Path | None = None) -> None:
        reason = lacking()
        if reason is not None:
            raise ServerMissing(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="netpulse-redis-"))
        self.port = free_port()
        self.tls_port = free_port() if certificate else 0
        self._certificate = certificate
        self._process: Process | None = None
        self.start()

    @property
    def url(self) -> str:
        """The server as a TCP address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def tls_url(self, host: str = "127.0.0.1", **said: str) -> str:
        """The same server over TLS, which it has where it was given a certificate."""
        return f"rediss://{host}:{self.tls_port}/0?{urlencode(said)}"

    @property
    def socket_url(self) -> str:
        """The same server as a Unix socket."""
        return f"unix://{self.folder}/redis.sock?db=0"

    @property
    def running(self) -> bool:
        """Whether it is up."""
        return self._process is not None and self._process.running

    def start(self) -> None:
        """Start it, on the address it had before; when it runs, nothing happens."""
        if self.running:
            return
        socket = self.folder / "redis.sock"
        socket.unlink(missing_ok=True)
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "unixsocket": str(socket),
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
        }
        if self._certificate is not None:
            pem = str(self._certificate)
            settings |= {"tls-port": str(self.tls_port), "tls-cert-file": pem, "tls-key-file": pem}
            settings |= {"tls-auth-clients": "no"}
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self._process = Process(["redis-server", *options], self.folder / "redis.log")
        self._process.wait_until(self._answers, "redis-server")

    def kill(self) -> None:
        """End it as a power cut would; what it held is lost."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze it: it accepts connections and answers nothing."""
        if self._process is not None:
            self._process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        if self._process is not None:
            self._process.signal(signal.SIGCONT)

    def save(self) -> None:
        """Write all it holds to its disk: killed and started again, it has what it had now."""
        with Redis.from_url(self.url) as client:
            client.save()

    def forget_save(self) -> None:
        """Remove what was written to its disk."""
        (self.folder / "dump.rdb").unlink(missing_ok=True)

    def flush(self) -> None:
        """Forget every key of every database."""
        with Redis.from_url(self.url) as client:
            client.flushall()

    def close(self) -> None:
        """Stop it for good and remove its folder."""
        self._end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.end(number)
            self._process = None

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.socket_url, socket_timeout=1) as client:
                return bool(client.ping())
        except RedisError:
            return False
