"""Files over REST and through both clients: sent, listed, fetched, removed, and pinned when a run names one."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path

import pytest

from netpulse_core import errors, settings
from netpulse_core.client import AsyncClient, Client
from netpulse_core.controller import NetPulse
from netpulse_core.files import File
from netpulse_core.model.caller import Caller
from netpulse_core.model.run import RunRequest
from tests.api.service import Service, serving, write_site
from tests.api.test_permissions import holder

LIMIT = 3 * 1024 * 1024
TAKES_A_FILE = '''
"""A runbook that takes a file."""
from netpulse_core import File, Result, Task, runbook

@runbook
def takes(task: Task, source: File) -> Result:
    """Take a file."""
    return Result(host=task.host, result=source.path.read_text())
'''


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Service]:
    """A service that keeps files of at most three megabytes, and has a runbook that takes one."""
    site = write_site(tmp_path / "site")
    (site / "plugins" / "takes.py").write_text(TAKES_A_FILE)
    with (
        NetPulse.open(settings.load(site, max_file_size=LIMIT)) as netpulse,
        serving(netpulse) as (app, port),
    ):
        yield Service(netpulse, app, port)


@pytest.fixture
def client(small: Service) -> Iterator[Client]:
    with Client(small.url, small.key) as asking:
        yield asking


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.bin"
    path.write_bytes(b"\0image\xff" * 300_000)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_comes_back_as_it_was_sent(client: Client, image: Path, tmp_path: Path) -> None:
    stored = client.files.put(image)
    assert (stored.name, stored.size, stored.sha256) == ("image.bin", image.stat().st_size, digest(image))
    assert stored.created_by == "ada"
    assert [file.reference for file in client.files.list()] == [stored.reference]
    found = client.files.get("image.bin", tmp_path / "again")
    assert found.path.read_bytes() == image.read_bytes()
    client.files.remove("image.bin")
    assert list(client.files.list()) == []


def test_the_async_client_does_the_same(small: Service, image: Path, tmp_path: Path) -> None:
    async def there_and_back() -> list[str]:
        async with AsyncClient(small.url, small.key) as client:
            await client.files.put(image, "ios/image.bin")
            await client.files.get("ios/image.bin", tmp_path / "again")
            assert await client.files.send(image) == f"image.bin@sha256:{digest(image)}"
            names = [file.name async for file in client.files.list()]
            await client.files.remove("ios/image.bin")
            return names + [file.name async for file in client.files.list()]

    assert asyncio.run(there_and_back()) == ["ios/image.bin"]
    assert (tmp_path / "again").read_bytes() == image.read_bytes()


def test_the_largest_file_is_kept_and_one_byte_more_is_not(small: Service, client: Client, tmp_path: Path) -> None:
    (tmp_path / "most").write_bytes(b"x" * LIMIT)
    client.files.put(tmp_path / "most")
    with small.http() as http:
        answer = http.put("/v1/files/more", content=b"x" * (LIMIT + 1))
        assert answer.status_code == 413
        assert answer.json()["problems"] == ["the body is larger than 3 MiB"]
        assert http.post("/v1/runs", content=b"x" * 2**20 * 2).status_code == 413, "every other body stays small"
    assert [file.name for file in client.files.list()] == ["most"]


def test_a_file_arrives_whole_although_a_large_body_comes_with_the_question(tmp_path: Path) -> None:
    size = 16 << 20  # more than lies between the two: it is still being sent when the body comes
    with (
        NetPulse.open(settings.load(write_site(tmp_path / "site"), max_file_size=size)) as netpulse,
        serving(netpulse) as (app, port),
        closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection,
    ):
        service = Service(netpulse, app, port)
        with service.http() as http:
            assert http.put("/v1/files/most", content=b"x" * size).is_success
        connection.putrequest("GET", "/v1/files/most")
        connection.putheader("Authorization", f"Bearer {service.key}")
        connection.putheader("Content-Length", str(2 << 20))
        connection.endheaders()
        with connection.getresponse() as answer:
            first = answer.read(1)
            connection.send(b"y" * (2 << 20))
            assert len(first + answer.read()) == size


def test_a_much_larger_file_is_refused_in_words(client: Client, tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(20 * LIMIT)
    with pytest.raises(errors.NetPulseError) as refused:
        client.files.put(tmp_path / "huge")
    assert "larger than" in f"{refused.value} {refused.value.hint}"
    assert list(client.files.list()) == []


def test_a_content_that_is_not_what_its_hash_says_is_not_kept(small: Service) -> None:
    with small.http() as http:
        answer = http.put(f"/v1/files/image.bin@sha256:{'0' * 64}", content=b"image")
        assert answer.status_code == 422
        assert "not 0000" in answer.json()["detail"]
        assert http.get("/v1/files").json()["files"] == []
        assert http.get(f"/v1/files/sha256:{'0' * 64}").status_code == 404


@pytest.mark.parametrize("path", ["%2Fetc%2Fpasswd", "..%2Fx", "sha256:12", "a%00b"])
def test_what_names_no_file_is_refused(small: Service, path: str) -> None:
    with small.http() as http:
        for method in ("PUT", "GET", "DELETE"):
            assert http.request(method, f"/v1/files/{path}").status_code in (404, 422)
        assert http.delete(f"/v1/files/sha256:{'0' * 64}").status_code == 422


def test_a_run_keeps_the_file_it_was_accepted_with(small: Service, client: Client, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("before")
    before = client.files.put(tmp_path / "f")
    request = RunRequest(runbook="takes", target="leaf1", parameters={"source": "f"}, idempotency_key="once")
    run = client.submit(request).run
    (tmp_path / "f").write_text("after")
    client.files.put(tmp_path / "f")
    assert client.run(run).parameters == {"source": f"f@sha256:{before.sha256}"}
    client.files.remove("f")
    assert client.submit(request).run == run, "asked again under its key, it is the same run, whatever the name means"
    (claim,) = small.hand.claim()
    assert claim.parameters == {"source": f"f@sha256:{before.sha256}"}


def test_a_run_that_names_no_kept_file_is_not_accepted(client: Client) -> None:
    with pytest.raises(errors.NotFound, match=r"no file 'f'"):
        client.submit(RunRequest(runbook="takes", target="leaf1", parameters={"source": "f"}))
    assert list(client.runs()) == []


def test_a_file_sent_for_a_run_disturbs_no_name(small: Service, client: Client, image: Path) -> None:
    small_one = File(name="image.bin", sha256=hashlib.sha256(b"").hexdigest())
    with image.open("rb") as _, Path("/dev/null").open("rb") as empty:
        small.netpulse.ledger.files.put(empty, small_one, "bob")
    reference = client.files.send(image)
    (kept,) = client.files.list()
    assert kept.sha256 == small_one.sha256
    run = small.netpulse.submit(
        RunRequest(runbook="takes", target="leaf1", parameters={"source": reference}), Caller(name="ada", role="admin")
    )
    assert client.run(run.run).parameters == {"source": reference}


def test_a_file_of_a_device_is_shown_to_who_may_see_secrets_and_noted(fresh: Service) -> None:
    content = b"enable secret 0 hunter2\n"
    asked = RunRequest(runbook="send_commands", target="leaf1", parameters={"commands": ["show version"]})
    run = fresh.netpulse.submit(asked, Caller(name="root", role="admin")).run
    file = File(name=f"{run}/leaf1/conf", sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    fresh.netpulse.ledger.files.keep_for(run, BytesIO(content), file, f"run:{run}")
    for role, status in (("operator", 403), ("engineer", 403), ("approver", 200), ("admin", 200)):
        with holder(fresh, role, role) as http:
            answer = http.get(f"/v1/files/{file}")
            assert (answer.status_code, b"hunter2" in answer.content) == (status, status == 200)
            (known,) = [one for one in http.get("/v1/files").json()["files"] if one["name"] == file.name]
            assert known["sealed"] is True
    noted = fresh.netpulse.ledger.audit.page(action="file.revealed")
    assert [(one.actor, one.object) for one in noted] == [("admin", str(file)), ("approver", str(file))]
    with holder(fresh, "owner", "engineer") as http:
        assert http.put("/v1/files/mine.conf", content=content).status_code == 201
        assert http.get("/v1/files/mine.conf").content == content
    assert len(fresh.netpulse.ledger.audit.page(action="file.revealed")) == 2
