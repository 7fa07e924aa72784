"""Files up and down on a real server: compared, whole or not at all, with the permissions they should have."""

from pathlib import Path
from typing import Any

import pytest

from netpulse_core import File, errors
from netpulse_core.builtins.linux import transfer
from tests.servers.linux import LinuxServer

pytestmark = pytest.mark.servers("sudo")

CONTENT = b"line one\n\0\xff" + b"x" * 700_000
PLACE = "/home/netpulse/image.bin"
OF_ROOT = "/run/netpulse-test.conf"

AS = pytest.mark.parametrize(("sudo", "place"), [(False, PLACE), (True, OF_ROOT)])


@pytest.fixture
def source(tmp_path: Path) -> File:
    path = tmp_path / "image.bin"
    path.write_bytes(CONTENT)
    return File.at(path)


@pytest.fixture(autouse=True)
def _clean(server: LinuxServer) -> None:
    server.inside(f"rm -f {OF_ROOT}")


def stat(server: LinuxServer, place: str) -> str:
    return server.inside(f"stat -c '%a %U' {place}").strip()


def other(tmp_path: Path, content: bytes) -> File:
    path = tmp_path / "other"
    path.write_bytes(content)
    return File.at(path)


@AS
def test_a_file_arrives_whole_once(server: LinuxServer, connection: Any, source: File, sudo: bool, place: str) -> None:
    first = connection.put(source, place, sudo=sudo)
    again = connection.put(source, place, sudo=sudo)
    assert (first.changed, again.changed) == (True, False)
    assert first.sha256 == again.sha256 == source.sha256 == connection.sha256(place, sudo=sudo)
    assert stat(server, place) == f"644 {'root' if sudo else 'netpulse'}"
    assert "netpulse." not in server.inside(f"ls -A {Path(place).parent}").replace("netpulse-test.conf", "")


@AS
def test_permissions_are_set_and_then_stay(
    server: LinuxServer, connection: Any, source: File, sudo: bool, place: str, tmp_path: Path
) -> None:
    assert connection.put(source, place, mode="0600", sudo=sudo).changed
    assert connection.put(other(tmp_path, b"new"), place, sudo=sudo).mode == "0600"
    assert stat(server, place).startswith("600 ")
    only_the_mode = connection.put(other(tmp_path, b"new"), place, mode="755", sudo=sudo)
    assert (only_the_mode.changed, only_the_mode.mode) == (True, "0755")
    assert stat(server, place).startswith("755 ")
    assert server.inside(f"cat {place}") == "new"


def test_the_owner_of_a_file_stays(server: LinuxServer, connection: Any, source: File) -> None:
    server.inside(f"install -m 666 -o nobody /dev/null {PLACE}")
    with pytest.raises(errors.CommandRejected, match="belongs to another user") as refused:
        connection.put(source, PLACE)
    assert refused.value.hint == "put it with sudo"
    assert connection.put(source, PLACE, sudo=True).changed
    assert stat(server, PLACE) == "666 nobody"


def test_a_link_is_followed(server: LinuxServer, connection: Any, source: File) -> None:
    server.inside("ln -s /home/netpulse/behind /home/netpulse/link")
    assert connection.put(source, "/home/netpulse/link").path == "/home/netpulse/behind"
    assert server.inside("test -L /home/netpulse/link && sha256sum </home/netpulse/behind").split()[0] == source.sha256


@AS
def test_a_place_that_cannot_be_written_leaves_everything_as_it_was(
    server: LinuxServer, connection: Any, source: File, sudo: bool, place: str
) -> None:
    with pytest.raises(errors.CommandRejected, match="nothing was replaced"):
        connection.put(source, "/nowhere/at/all/file", sudo=sudo)
    server.inside("mkdir -p /home/netpulse/folder")
    with pytest.raises(errors.CommandRejected, match="is there and is no file"):
        connection.put(source, "/home/netpulse/folder", sudo=sudo)
    if not sudo:
        with pytest.raises(errors.CommandRejected, match=r"could not be written.*nothing was replaced"):
            connection.put(source, "/etc/netpulse-file")


@AS
def test_what_arrives_with_another_hash_replaces_nothing(
    server: LinuxServer, connection: Any, source: File, sudo: bool, place: str, tmp_path: Path
) -> None:
    connection.put(other(tmp_path, b"before"), place, sudo=sudo)
    source.path.write_bytes(CONTENT[:-1] + b"y")  # damaged after its hash was taken
    with pytest.raises(errors.CommandRejected, match="it came with another hash"):
        connection.put(source, place, sudo=sudo)
    assert server.inside(f"cat {place}") == "before"
    assert ".netpulse" not in server.inside(f"ls -A {Path(place).parent}")


@pytest.mark.parametrize("path", ["relative", "/a/", "", "/a\nb", "/a\0b"])
def test_what_is_no_whole_path_is_refused(connection: Any, source: File, path: str, tmp_path: Path) -> None:
    with pytest.raises(errors.CommandRejected, match="not the whole path"):
        connection.put(source, path)
    with pytest.raises(errors.CommandRejected, match="not the whole path"):
        connection.get(path, tmp_path / "x")


@pytest.mark.parametrize("mode", ["rw", "9", "8888", "u+x", "0644; id"])
def test_what_is_no_mode_is_refused(connection: Any, source: File, mode: str) -> None:
    with pytest.raises(errors.CommandRejected, match="octal permissions"):
        connection.put(source, PLACE, mode=mode)


@AS
def test_a_file_comes_back_as_it_is(connection: Any, source: File, sudo: bool, place: str, tmp_path: Path) -> None:
    connection.put(source, place, mode="0400", sudo=sudo)
    moved = connection.get(place, tmp_path / "back", sudo=sudo)
    assert (tmp_path / "back").read_bytes() == CONTENT
    assert (moved.sha256, moved.size) == (source.sha256, len(CONTENT))


@AS
def test_what_cannot_be_brought_back_is_told(connection: Any, tmp_path: Path, sudo: bool, place: str) -> None:
    for path, why in ((place, "absent"), ("/etc", "other")):
        with pytest.raises(errors.CommandRejected, match=f"is not a file: {why}"):
            connection.get(path, tmp_path / "x", sudo=sudo)
    with pytest.raises(errors.CommandRejected, match="and at most 3 are taken"):
        connection.get("/etc/passwd", tmp_path / "x", sudo=sudo, most=3)
    if not sudo:
        with pytest.raises(errors.CommandRejected, match=r"[Pp]ermission denied"):
            connection.get("/etc/shadow", tmp_path / "x")


def test_a_file_that_changes_while_it_is_read_is_read_again(
    server: LinuxServer, connection: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.inside(f"echo first >{PLACE}")
    times: list[str] = []
    fetched = transfer.Mover._fetched

    async def while_it_grows(mover: Any, path: str, local: Path, most: int | None) -> Any:
        if len(times) < growing:
            server.inside(f"echo more >>{PLACE}")
        times.append(path)
        return await fetched(mover, path, local, most)

    monkeypatch.setattr(transfer.Mover, "_fetched", while_it_grows)
    growing = 1
    connection.get(PLACE, tmp_path / "back")
    assert (tmp_path / "back").read_text() == "first\nmore\n"
    times.clear()
    growing = 2
    with pytest.raises(errors.CommandRejected, match="changed while it was read, twice"):
        connection.get(PLACE, tmp_path / "back")
