"""Files as runs name them: references, names, and runbooks that take one."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import File, Result, errors, runbook
from netpulse_core.files import LONGEST_NAME, checked_name, safe_name

HASH = hashlib.sha256(b"image").hexdigest()


@runbook
def takes_one(task: Any, source: File, more: list[File] | None = None, name: str = "") -> Result:
    """Take a file."""
    return Result(host=None, result=(source, more))


@pytest.mark.parametrize("reference", ["image.bin", f"sha256:{HASH}", f"image.bin@sha256:{HASH}", "ios/17 (no)/x.bin"])
def test_a_reference_is_said_again_as_it_was_written(reference: str) -> None:
    if "(" in reference:
        with pytest.raises(ValueError, match="cannot name a file"):
            File.named(reference)
    else:
        assert str(File.named(reference)) == reference


@pytest.mark.parametrize(
    "reference",
    ["", "sha256:", f"sha256:{HASH[:-1]}", f"sha256:{HASH.upper()}", f"x sha256:{HASH}", "@sha256:" + "0" * 63],
)
def test_what_is_no_reference_is_refused(reference: str) -> None:
    with pytest.raises(ValueError, match="file"):
        File.named(reference)


@pytest.mark.parametrize(
    "name", ["../etc/passwd", "/etc/passwd", "~/x", ".netrc", "a/../b", "a//b", "a/", "a\nb", "-x"]
)
def test_a_name_is_no_path(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a file"):
        checked_name(name)


@pytest.mark.parametrize("parts", [("01run", "leaf 1", ".bashrc"), ("a:b", "../..", "x@y"), ("é", "x" * 300)])
def test_a_safe_name_is_a_name_whatever_it_is_made_of(parts: tuple[str, ...]) -> None:
    name = safe_name(*parts)
    assert checked_name(name) == name
    assert len(name) <= LONGEST_NAME


def test_a_parameter_that_is_a_file_is_a_text_in_a_run() -> None:
    given = {"source": "image.bin", "more": [f"sha256:{HASH}"]}
    assert takes_one.validated(given) == {**given, "name": ""}
    assert takes_one.files == {"source", "more"}
    assert takes_one.parameters.model_json_schema()["properties"]["source"]["format"] == "file"


def test_a_file_is_pinned_wherever_it_stands() -> None:
    given = takes_one.validated({"source": "image.bin", "more": ["a", "b"], "name": "image.bin"})
    pinned = takes_one.with_files(given, lambda file: File(name=file.name, sha256=HASH))
    assert pinned["source"] == f"image.bin@sha256:{HASH}"
    assert pinned["more"] == [f"a@sha256:{HASH}", f"b@sha256:{HASH}"]
    assert pinned["name"] == "image.bin"


def test_what_names_no_file_is_refused_by_the_parameters_name() -> None:
    with pytest.raises(errors.InvalidParameters, match=r"parameter 'source'.*cannot name a file"):
        takes_one.validated({"source": "../x"})


def test_in_a_plain_script_a_local_path_is_taken(tmp_path: Path) -> None:
    local = tmp_path / "image.bin"
    local.write_bytes(b"image")
    source, more = takes_one(None, source=str(local), more=[str(local)]).result
    assert (source.name, source.sha256, source.size, source.path) == ("image.bin", HASH, 5, local)
    assert more == [source]


def test_in_a_plain_script_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFound, match=r"no file .*nope"):
        takes_one(None, source=str(tmp_path / "nope"))


def test_a_reference_has_no_content_to_read() -> None:
    with pytest.raises(errors.NotFound, match=r"no file 'image\.bin'"):
        _ = File.named("image.bin").path
