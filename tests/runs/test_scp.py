"""Files to a router over SCP: once, compared, and never over another content."""

import hashlib
import io
from collections.abc import Iterator

import pytest

from netpulse_core.files import File
from netpulse_core.lab import Device
from netpulse_core.model.outcome import Outcome
from tests.runs.service import Service

CONTENT = b"an image of letters\n" * 500


@pytest.fixture
def copying(service: Service, leaf: Device) -> Iterator[Service]:
    """A service with a file, and a router that takes some."""
    digest = hashlib.sha256(CONTENT).hexdigest()
    file = File(name="image.txt", sha256=digest, size=len(CONTENT))
    service.netpulse.ledger.files.put(io.BytesIO(CONTENT), file, "ada")
    assert service.run("send_config", lines=["ip scp server enable"]).outcome is Outcome.CHANGED
    leaf.journal.clear()
    yield service
    leaf.machine.flash.files.clear()


@pytest.mark.thorough
def test_a_file_is_put_once(copying: Service, leaf: Device) -> None:
    done = copying.run("put_file", source="image.txt", path="flash:/image.txt")
    assert done.outcome is Outcome.CHANGED, done.message
    assert leaf.machine.flash.read("flash:/image.txt") == CONTENT.decode()
    assert done.steps[0].body["path"] == "flash:/image.txt"
    again = copying.run("put_file", source="image.txt", path="image.txt")
    assert again.outcome is Outcome.OK, again.message


def test_another_content_is_left_alone(copying: Service, leaf: Device) -> None:
    leaf.machine.flash.write("flash:/image.txt", "what it boots from")
    done = copying.run("put_file", source="image.txt", path="flash:/image.txt")
    assert done.outcome is Outcome.REJECTED
    assert "is there with another content" in done.message
    assert leaf.machine.flash.read("flash:/image.txt") == "what it boots from"


def test_a_router_that_takes_no_files_is_told(copying: Service, leaf: Device) -> None:
    assert copying.run("send_config", lines=["no ip scp server enable"]).outcome is Outcome.CHANGED
    done = copying.run("put_file", source="image.txt", path="flash:/image.txt")
    assert done.outcome is Outcome.REJECTED
    assert "nothing was written" in done.message
    assert "ip scp server enable" in (done.job.problem.hint if done.job.problem else "")


def test_a_second_login_that_is_refused_leaves_nothing_in_doubt(
    copying: Service, leaf: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    login, allowed = leaf.accepts, [True]

    def accepts(username: str, password: str) -> bool:
        return bool(allowed) and allowed.pop() and login(username, password)

    monkeypatch.setattr(Device, "accepts", lambda self, username, password: accepts(username, password))
    done = copying.run("put_file", source="image.txt", path="flash:/image.txt")
    assert done.outcome is Outcome.REJECTED, done.message
    assert "nothing was written: SCP's own login failed" in done.message
    assert not leaf.machine.flash.files


@pytest.mark.thorough
def test_what_is_no_place_is_refused_before_anything_is_sent(copying: Service, leaf: Device) -> None:
    for path in ("flash:/a b", "flash:/../x", "flash:/x | redirect flash:y", "flash:/x\nreload", ""):
        done = copying.run("put_file", source="image.txt", path=path)
        assert done.outcome is Outcome.REJECTED
        assert "is not a file such as" in done.message
    assert not [command for command in leaf.journal.commands if "dir" in command or "reload" in command]


def test_what_only_servers_have_is_refused(copying: Service) -> None:
    for given in ({"mode": "0600"}, {"sudo": True}):
        done = copying.run("put_file", source="image.txt", path="flash:/image.txt", **given)
        assert done.outcome is Outcome.FAILED
        assert "no permissions to set and no sudo" in done.message
    done = copying.run("get_file", path="flash:/image.txt")
    assert done.outcome is Outcome.BLOCKED
    assert "does not move files this way" in done.message
