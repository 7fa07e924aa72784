"""Files in the ledger, and in a folder beside it: kept by their hash, for as long as somebody needs them."""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netpulse_core.errors import NotFound, ServiceError
from netpulse_core.files import CHUNK, File
from netpulse_core.ledger import files
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.file import StoredFile
from tests.ledger.work import accepted

LARGE = b"0123456789abcdef" * (CHUNK // 8) + b"and a piece"

Put = Callable[..., StoredFile]


@pytest.fixture(params=["ledger", "folder"])
def keeping(request: pytest.FixtureRequest, ledger_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger that keeps contents itself, and one with a folder for them."""
    folder = tmp_path / "files" if request.param == "folder" else None
    with closing(Ledger(ledger_url, files=folder)) as opened:
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
        patch.setattr(files, "chunks", broken)
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
