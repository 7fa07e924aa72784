"""Every driver we ship has its row in the table of drivers, and its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from netpulse_core.hooks.manager import Plugins

DOCS = Path(__file__).parents[2] / "docs"
# The first table of the page is the one of drivers; of a driver that stands in another too, its first row counts.
ROWS = dict(reversed(re.findall(r"^\| `(\w+)` (\|.*)$", (DOCS / "drivers.md").read_text(), re.MULTILINE)))
DRIVERS = sorted(Plugins.load().drivers)


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_driver_has_its_row(driver: str) -> None:
    assert driver in ROWS, "docs/drivers.md says which driver is for what: give this one its row"


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_driver_has_its_page(driver: str) -> None:
    linked = re.findall(r"\]\((drivers/\w+\.md)\)", ROWS.get(driver, ""))
    pages = [DOCS / name for name in (*linked, f"drivers/{driver}.md") if (DOCS / name).exists()]
    assert any(f"`{driver}`" in page.read_text() for page in pages)
