"""A site on disk, written as an operator would."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from netpulse_core.settings import Settings

WriteSite = Callable[..., Settings]


@pytest.fixture
def write_site(tmp_path: Path) -> WriteSite:
    """Write inventory files, the text dedented, and return the settings of that site."""

    def write(hosts: str | bytes | None = "leaf1:\n", **files: str) -> Settings:
        folder = tmp_path / "inventory"
        folder.mkdir(exist_ok=True)
        if hosts is not None:
            content = hosts if isinstance(hosts, bytes) else dedent(hosts).encode()
            (folder / "hosts.yaml").write_bytes(content)
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
        return Settings(site=tmp_path)

    return write
