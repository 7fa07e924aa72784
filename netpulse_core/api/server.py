"""Serving the app: uvicorn without its signal handlers, because draining comes before it stops."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from netpulse_core.api.app import create_app
from netpulse_core.api.connections import Connection
from netpulse_core.certificate import shown
from netpulse_core.controller import NetPulse
from netpulse_core.errors import SiteError
from netpulse_core.settings import Settings, existing

STARTING = 15.0
STOPPING = 3
"""Seconds that open streams are given once the service stops."""


class Server:
    """The REST face on a thread of its own; it listens as soon as it is made."""

    def __init__(self, netpulse: NetPulse, *, host: str, port: int) -> None:
        settings = netpulse.settings
        certificate, key = _certificate(settings)
        self.certificate = shown(certificate)
        """What is shown to whoever asks over TLS, as PEM; it stays the same where the file is renewed meanwhile."""
        self._socket = _listen(host, port)
        bound = self._socket.getsockname()[1]
        written = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if settings.tls_certificate else 'http'}://{written}:{bound}"
        self._app = create_app(netpulse)
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            http=Connection,
            ws="none",
            timeout_graceful_shutdown=STOPPING,
            proxy_headers=False,  # uvicorn's own would believe whoever asks from this machine
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        self._server = _Quiet(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="api", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        if not self._server.up.wait(STARTING):
            raise SiteError(f"the REST service did not come up at {self.url}")

    def stop(self) -> None:
        """End the streams, finish what is being answered, and close."""
        self._app.state.stopping.set()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


class _Quiet(uvicorn.Server):
    """A uvicorn that leaves signals to the process: its own would raise SIGTERM again after it has stopped."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()


def _certificate(settings: Settings) -> tuple[Path | None, Path | None]:
    """Return the files of the certificate and of its key; raise SiteError where they are missing or do not fit."""
    certificate = existing(settings, "tls_certificate")
    key = existing(settings, "tls_key")
    if key is not None and certificate is None:
        raise SiteError("a key without a certificate", key="tls_key", hint="set `tls_certificate` too")
    if certificate is not None:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
        except (ssl.SSLError, OSError) as error:
            raise SiteError(
                f"no certificate and key that fit: {error}", path=certificate, key="tls_certificate",
                hint="both are PEM; the key may stand in the certificate's file, and has no passphrase",
            ) from error  # fmt: skip
    return certificate, key


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SiteError(
            f"cannot listen on {host} port {port}: {error.strerror}",
            key="port",
            hint="another program listens there: set another port, NETPULSE_PORT=0 takes any free one",
        ) from error
    listener.listen(2048)
    return listener
