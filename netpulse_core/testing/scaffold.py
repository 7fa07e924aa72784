"""A new plugin: the files of an installable distribution whose tests pass at once."""

import keyword
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template

from netpulse_core.errors import InvalidParameters, NotFound, Refused, SiteError

KINDS = {
    "driver": "A driver of NetPulse for devices of $name.",
    "notifier": "A notifier of NetPulse: what needs a person, one line each in a file.",
    "runbook": "A runbook of NetPulse: the version of each device.",
    "check": "A compliance check of NetPulse: whoever logs in is told who may.",
    "renderer": "A renderer of NetPulse: in its templates, @name@ is a variable.",
    "parser": "A parser of NetPulse: its templates list the names of columns.",
    "secret": "Secrets of NetPulse from a folder of files.",
    "placement": "Placement of NetPulse: devices go to a worker of their own site.",
}
"""Each kind that can be begun, and the sentence of its distribution."""

_PLACES = {
    "pyproject.toml.txt": "pyproject.toml",
    "gitignore.txt": ".gitignore",
    "ci.yml.txt": ".github/workflows/test.yml",
    "README.md.txt": "README.md",
    "module.py.txt": "src/$module.py",
    "test_module.py.txt": "tests/test_$module.py",
    "test_installed.py.txt": "tests/test_installed.py",
}
_NAME = re.compile(r"[a-z](?:[a-z0-9]|[-_](?=[a-z0-9]))*")
_LONGEST = 60


def create(folder: Path, name: str, kind: str) -> list[Path]:
    """Write a plugin of this kind and return its files; where one exists already, refuse and write nothing."""
    _require_kind(kind)
    _require_name(name)
    planned = {folder / path: text for path, text in _planned(name, kind)}
    existing = sorted(str(path) for path in planned if path.exists() or path.is_symlink())
    if existing:
        raise Refused(f"{', '.join(existing)} would be overwritten", hint="choose another folder with --into")
    for path, text in planned.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise SiteError(f"cannot be written: {error.strerror}", path=path) from error
    return list(planned)


def _require_kind(kind: str) -> None:
    if kind not in KINDS:
        raise NotFound("kind of plugin", kind, known=KINDS)


def _require_name(name: str) -> None:
    if len(name) > _LONGEST or not _NAME.fullmatch(name) or keyword.iskeyword(_module(name)):
        raise InvalidParameters(
            "NAME",
            [f"{name!r} is no name of a plugin: small letters, digits and single dashes, a letter first"],
            hint="such as acme-driver",
        )
    found = find_spec(_module(name))
    if found is not None and found.origin is not None:  # a mere folder hides nothing
        raise Refused(
            f"there is a Python module {_module(name)!r} already, and one would hide the other",
            hint="choose another name, such as one that begins with your company's",
        )


def _planned(name: str, kind: str) -> Iterator[tuple[str, str]]:
    module = _module(name)
    words = {
        "name": name,
        "module": module,
        "scheme": module.replace("_", "-"),
        "klass": "".join(part.capitalize() for part in module.split("_")),
    }
    words["sentence"] = Template(KINDS[kind]).substitute(words)
    for part in ("every", kind):
        folder = files("netpulse_core.testing").joinpath("starter", part)
        for entry in sorted(folder.iterdir(), key=lambda each: each.name):
            text = Template(entry.read_text(encoding="utf-8")).substitute(words)
            yield Template(_PLACES[entry.name]).substitute(words), text


def _module(name: str) -> str:
    return name.replace("-", "_")
