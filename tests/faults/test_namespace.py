"""A wire through a network namespace: what the kernel parts hears nothing of the other side, and goes on afterwards."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.namespace import Namespace
from tests.faults.proxy import Proxies

CAP_NET_ADMIN, CAP_SYS_ADMIN = 12, 21


@pytest.fixture
def echo() -> Iterator[socket.socket]:
    """Somebody to be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.thorough
def test_what_is_sent_while_they_are_parted_arrives_once_they_are_not(echo: socket.socket) -> None:
    namespace = Namespace.where_possible()
    if namespace is None:
        assert not _may()
        return  # the campaign parts by the proxy here, and says so
    with closing(namespace), Proxies() as proxies:
        link, other = namespace.link(), namespace.link()
        wires = [proxies.to(echo.getsockname()[1], one.socket()) for one in (link, other)]
        with socket.create_connection((wires[0].host, wires[0].port), 10) as here, echo.accept()[0] as there:
            here.sendall(b"before")
            assert there.recv(100) == b"before"
            link.part(True)
            here.sendall(b"meanwhile")
            there.settimeout(1.0)
            with pytest.raises(TimeoutError):
                there.recv(100)
            with socket.create_connection((wires[1].host, wires[1].port), 10):
                pass  # the other worker's way is another
            link.part(False)
            there.settimeout(30.0)
            assert there.recv(100) == b"meanwhile"


def _may() -> bool:
    """Whether this process may have what it takes: then it must have got it."""
    status = Path("/proc/self/status").read_text().splitlines()
    (held,) = (int(line.split()[1], 16) for line in status if line.startswith("CapEff"))
    both = all(held >> one & 1 for one in (CAP_NET_ADMIN, CAP_SYS_ADMIN))
    return os.geteuid() == 0 and both and shutil.which("ip") is not None
