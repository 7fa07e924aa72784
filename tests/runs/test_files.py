"""Files in jobs: at hand, compared, under their names, and gone afterwards; nothing is sent where one is missing."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from netpulse_core.files import File
from netpulse_core.lab import Lab
from netpulse_core.ledger.tables import file_chunks
from netpulse_core.model.outcome import Outcome
from tests.runs.service import SECRET, VARIABLE, Service, hurry, serving

CONTENT = b"image " * 1000


@pytest.fixture
def keeping(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service of a test's own, with one file."""
    monkeypatch.setenv(VARIABLE, SECRET)
    hurry(monkeypatch)
    with serving(lab, tmp_path / "site", connect_timeout=5.0) as service:
        put(service, "image.bin", CONTENT)
        yield service


def put(service: Service, name: str, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    file = File(name=name, sha256=digest, size=len(content))
    return service.netpulse.ledger.files.put(io.BytesIO(content), file, "ada").sha256


def test_a_job_has_the_file_at_hand_while_it_runs(keeping: Service) -> None:
    done = keeping.run("look_at_file", source="image.bin")
    assert done.outcome is Outcome.OK
    seen = done.steps[0].body
    assert seen["content"] == CONTENT.decode()
    assert (seen["name"], seen["size"]) == ("image.bin", len(CONTENT))
    assert seen["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert Path(seen["path"]).name == "image.bin"
    assert seen["mode"] & 0o077 == 0
    assert not Path(seen["path"]).exists()
    assert not Path(seen["path"]).parents[1].exists()


def test_jobs_of_one_run_share_a_copy_and_each_sees_it_whole(keeping: Service) -> None:
    done = keeping.wait(keeping.submit("look_at_file", "*", source="image.bin"))
    assert {job.outcome for job in done.jobs} == {Outcome.OK}
    seen = [steps[0].body for steps in done.all_steps.values()]
    assert len({one["path"] for one in seen}) == len(done.jobs) == 4
    assert {one["content"] for one in seen} == {CONTENT.decode()}


def test_a_content_that_is_gone_fails_the_job_and_nothing_is_sent(keeping: Service) -> None:
    with keeping.netpulse.ledger.database.write() as connection:
        connection.execute(delete(file_chunks))
    done = keeping.run("look_at_file", source="image.bin", then="show version")
    assert done.outcome is Outcome.FAILED
    assert "no file 'image.bin@sha256:" in done.message
    assert keeping.lab.devices["leaf1"].journal.logins == 0


def test_a_content_that_is_not_what_its_hash_says_fails_the_job_and_nothing_is_sent(keeping: Service) -> None:
    with keeping.netpulse.ledger.database.write() as connection:
        connection.execute(update(file_chunks).values(body=CONTENT.replace(b"image", b"virus")))
    done = keeping.run("look_at_file", source="image.bin", then="show version")
    assert done.outcome is Outcome.FAILED
    assert "its content has another hash" in done.message
    assert "nothing was sent" in done.message
    assert keeping.lab.devices["leaf1"].journal.logins == 0


def test_what_a_job_keeps_is_known_by_its_run_and_device(keeping: Service) -> None:
    done = keeping.run("keep_a_file", content="backup")
    assert done.outcome is Outcome.OK
    reference = done.steps[0].body
    assert reference.startswith(f"{done.id}/leaf1/_.backup.cfg@sha256:")
    found = keeping.netpulse.ledger.files.resolved(File.named(reference))
    assert b"".join(keeping.netpulse.ledger.files.pieces(found)) == b"backup"


def test_what_is_larger_than_the_limit_is_not_kept(lab: Lab, tmp_path: Path) -> None:
    with serving(lab, tmp_path / "site", max_file_size=4) as service:
        done = service.run("keep_a_file", content="backup")
    assert done.outcome is Outcome.FAILED
    assert "has 6 bytes, and files of at most 4 are kept" in done.message
