"""Files in the ledger, and in a folder beside it: kept by their hash, for as long as somebody needs them."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update

from netpulse_core.errors import NotFound, Refused, ServiceError
from netpulse_core.files import CHUNK, File
from netpulse_core.ledger import contents, files
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.ledger.tables import file_chunks
from netpulse_core.model.file import StoredFile
from netpulse_core.model.retention import DAY
from tests.ledger.test_retention import finished, prune
from tests.ledger.work import accepted, pass_time

LARGE = b"0123456789abcdef" * (CHUNK // 8) + b"and a piece"

Put = Callable[..., StoredFile]


@pytest.fixture(params=["ledger", "folder"])
def keeping(request: pytest.FixtureRequest, ledger_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger that keeps contents itself, and one with a folder for them."""
    folder = tmp_path / "files" if request.param == "folder" else None
    keys = StoreKeys(file=tmp_path / "state" / "store.keys", makes=True)
    with closing(Ledger(ledger_url, files=folder, store=keys)) as opened:
        yield opened


@pytest.fixture
def put(keeping: Ledger) -> Put:
    def put(name: str, content: bytes = b"image") -> StoredFile:
        file = File(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        return keeping.files.put(io.BytesIO(content), file, "ada")

    return put


def read(ledger: Ledger, reference: str) -> bytes:
    return b"".join(ledger.files.pieces(ledger.files.resolved(File.named(reference))))


@pytest.mark.parametrize("content", [b"", b"x", LARGE[:CHUNK], LARGE], ids=len)
def test_what_was_put_is_what_is_read(keeping: Ledger, put: Put, content: bytes) -> None:
    stored = put("image.bin", content)
    assert stored.size == len(content)
    for reference in ("image.bin", f"sha256:{stored.sha256}", stored.reference):
        assert read(keeping, reference) == content


def test_a_name_means_the_content_it_was_given_last(keeping: Ledger, put: Put) -> None:
    before, after = put("image.bin", b"old"), put("image.bin", b"new")
    assert read(keeping, "image.bin") == b"new"
    assert read(keeping, before.reference) == b"old"
    assert [file.sha256 for file in keeping.files.page()] == [after.sha256]
    assert [record.action for record in keeping.audit.page()] == ["file.stored", "file.stored"]


def test_files_are_listed_by_name_in_pages(keeping: Ledger, put: Put) -> None:
    for name in ("b", "c", "a"):
        put(name)
    put("")
    assert [file.name for file in keeping.files.page(limit=2)] == ["a", "b"]
    assert [file.name for file in keeping.files.page(after="b")] == ["c"]
    assert [file.name for file in keeping.files.page(name="b")] == ["b"]


def test_an_unknown_file_is_said_with_the_one_that_was_meant(keeping: Ledger, put: Put) -> None:
    put("image.bin")
    with pytest.raises(NotFound, match=r"no file 'imgae\.bin'; did you mean 'image\.bin'"):
        keeping.files.resolved(File.named("imgae.bin"))
    with pytest.raises(NotFound, match="no file 'sha256:0000"):
        keeping.files.resolved(File.named(f"sha256:{'0' * 64}"))
    with pytest.raises(NotFound):
        keeping.files.remove("imgae.bin", "ada")


def test_a_content_is_kept_while_a_run_or_a_name_needs_it(
    keeping: Ledger, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "KEPT", -1.0)
    needed, named = put("for-the-run", b"needed"), put("named", b"named")
    accepted(keeping, "leaf1", files=(needed.sha256,))
    put("gone", b"gone")
    for name in ("for-the-run", "gone"):
        keeping.files.remove(name, "ada")
    assert read(keeping, f"sha256:{needed.sha256}") == b"needed"
    assert read(keeping, named.reference) == b"named"
    with pytest.raises(NotFound):
        read(keeping, f"sha256:{hashlib.sha256(b'gone').hexdigest()}")


def test_a_content_nobody_names_yet_is_kept_for_the_run_that_will(keeping: Ledger, put: Put) -> None:
    sent = put("", b"sent first")
    put("other", b"x")
    keeping.files.remove("other", "ada")
    assert read(keeping, sent.reference) == b"sent first"


def test_a_run_whose_file_went_is_not_accepted(keeping: Ledger) -> None:
    with pytest.raises(NotFound, match="no file 'sha256:0000"):
        accepted(keeping, "leaf1", files=("0" * 64,))
    assert keeping.runs.latest() is None


def test_what_was_begun_and_broken_off_is_no_file_and_can_be_put_again(
    keeping: Ledger, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[bytes]:
        yield LARGE[:CHUNK]
        raise OSError("the disk went away")

    with monkeypatch.context() as patch:
        patch.setattr(contents, "chunks", broken)
        with pytest.raises((OSError, ServiceError)):
            put("image.bin", LARGE)
    with pytest.raises(NotFound):
        keeping.files.resolved(File.named("image.bin"))
    with pytest.raises(NotFound):
        keeping.files.resolved(File.named(f"sha256:{hashlib.sha256(LARGE).hexdigest()}"))
    put("image.bin", LARGE)
    assert read(keeping, "image.bin") == LARGE


def test_a_folder_that_cannot_be_written_is_said(ledger_url: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with closing(Ledger(ledger_url, files=tmp_path / "file" / "folder")) as ledger:
        wanted = File(name="x", sha256=hashlib.sha256(b"x").hexdigest(), size=1)
        with pytest.raises(ServiceError, match="a file cannot be kept"):
            ledger.files.put(io.BytesIO(b"x"), wanted, "ada")


@pytest.fixture
def from_device(keeping: Ledger) -> Callable[[bytes], File]:
    """Keep what a job brought back from its device."""

    def keep(content: bytes) -> File:
        run = accepted(keeping, "leaf1")
        file = File(name=f"{run}/leaf1/f", sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        assert keeping.files.keep_for(run, io.BytesIO(content), file, f"run:{run}").sealed
        return file

    return keep


def kept_bytes(ledger: Ledger, folder: Path) -> bytes:
    """Every byte that is kept of contents."""
    with ledger.database.read() as connection:
        found = connection.scalars(select(file_chunks.c.body).order_by(file_chunks.c.position)).all()
    return b"".join([*map(bytes, found), *(path.read_bytes() for path in folder.rglob("*") if path.is_file())])


@pytest.mark.parametrize("content", [b"", b"x", LARGE[:CHUNK], LARGE], ids=len)
def test_what_a_device_gave_is_sealed_and_read_as_it_was(
    keeping: Ledger, from_device: Callable[[bytes], File], tmp_path: Path, content: bytes
) -> None:
    file = from_device(content)
    assert read(keeping, str(file)) == content
    assert keeping.files.is_sealed(file.sha256)
    assert [(one.name, one.sealed) for one in keeping.files.page()] == [(file.name, True)]
    kept = kept_bytes(keeping, tmp_path / "files")
    assert len(content) < 16 or content[:16] not in kept
    assert len(kept) >= len(content)


def test_what_somebody_sent_is_not_sealed_and_stays_what_it_is(
    keeping: Ledger, put: Put, from_device: Callable[[bytes], File]
) -> None:
    sealed = from_device(b"of the device first")
    again = put("mine", b"of the device first")
    assert again.sealed
    assert read(keeping, "mine") == read(keeping, str(sealed)) == b"of the device first"
    assert not put("sent", b"sent first").sealed
    assert not keeping.files.is_sealed(hashlib.sha256(b"sent first").hexdigest())


def test_a_sealed_piece_opens_in_its_own_place_alone(
    keeping: Ledger, from_device: Callable[[bytes], File], tmp_path: Path
) -> None:
    content = os.urandom(2 * CHUNK)
    file = from_device(content)
    for path in (one for one in (tmp_path / "files").rglob("*") if one.is_file()):
        kept = path.read_bytes()
        path.write_bytes(kept[len(kept) // 2 :] + kept[: len(kept) // 2])
    with keeping.database.write() as connection:
        pieces = connection.scalars(select(file_chunks.c.body).order_by(file_chunks.c.position.desc())).all()
        for position, body in enumerate(pieces):
            connection.execute(update(file_chunks).where(file_chunks.c.position == position).values(body=body))
    with pytest.raises(Refused, match="does not open: what is kept of it was altered"):
        read(keeping, str(file))


def test_without_the_key_nothing_is_kept_and_nothing_opens(
    keeping: Ledger, ledger_url: str, from_device: Callable[[bytes], File], tmp_path: Path
) -> None:
    file = from_device(b"of the device")
    with closing(Ledger(ledger_url, files=keeping.files._contents._folder)) as keyless:
        with pytest.raises(Refused, match="is under the key"):
            keyless.files.pieces(file)
        run = accepted(keyless, "leaf1")
        other = File(name=f"{run}/leaf1/g", sha256=hashlib.sha256(b"more").hexdigest(), size=4)
        with pytest.raises(Refused, match="has no key"):
            keyless.files.keep_for(run, io.BytesIO(b"more"), other, f"run:{run}")
        with pytest.raises(NotFound):
            keyless.files.resolved(other)


def test_a_new_key_opens_the_files_of_before(
    keeping: Ledger, from_device: Callable[[bytes], File], tmp_path: Path
) -> None:
    file = from_device(LARGE)
    keeping.secrets.rewrap(by="ann", fresh=True)
    new, old = keeping.secrets.keys().values()
    assert (new.wraps["files"], old.needed) == (1, False)
    assert read(keeping, str(file)) == LARGE


def test_two_that_fetch_the_same_at_once_keep_one_content(
    keeping: Ledger, from_device: Callable[[bytes], File]
) -> None:
    content = os.urandom(3 * CHUNK)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(from_device, [content] * 4))
    for file in found:
        assert read(keeping, str(file)) == content


def test_what_is_under_a_key_that_is_gone_is_kept_anew_once_it_is_fetched_again(
    keeping: Ledger, ledger_url: str, from_device: Callable[[bytes], File]
) -> None:
    file = from_device(LARGE)
    with closing(Ledger(ledger_url, files=keeping.files._contents._folder, store=StoreKeys("11" * 32))) as later:
        with pytest.raises(Refused, match="is under the key"):
            later.files.pieces(file)
        run = accepted(later, "leaf2")
        later.files.keep_for(run, io.BytesIO(LARGE), file, f"run:{run}")
        assert read(later, str(file)) == LARGE


def test_a_file_that_a_job_brought_back_goes_with_its_run(keeping: Ledger) -> None:
    ids = [finished(keeping, "a") for _ in range(2)]
    for run in ids:
        content = f"of {run}".encode()
        file = File(name=f"{run}/d1/log", sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        keeping.files.keep_for(run, io.BytesIO(content), file, f"run:{run}")
    pass_time(keeping, 10 * DAY)
    prune(keeping, runs=5, at_least=1)
    assert [file.name for file in keeping.files.page()] == [f"{ids[1]}/d1/log"]
