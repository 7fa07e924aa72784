"""The state folder: made where something is kept in it, and needed by nobody else."""

from contextlib import closing
from pathlib import Path

import pytest

from netpulse_core.errors import ServiceError, SiteError
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.caller import Caller
from netpulse_core.model.run import RunRequest
from netpulse_core.settings import STATE
from tests.controller.conftest import Open


def test_a_distributed_site_needs_no_state_folder(
    site: Path, opened: Open, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('elsewhere')}/ledger.sqlite3"
    with closing(Ledger(url)) as ledger:
        ledger.upgrade()
    (site / STATE).write_text("no folder can be made here, as where the site is mounted read-only")
    assert (
        opened(ledger=url, broker="redis://127.0.0.1:1", secret_key="k")
        .submit(RunRequest(runbook="look", target="role=leaf"), Caller(name="ann", role="admin"))
        .created
    )


def test_a_ledger_in_the_state_folder_has_it_made(site: Path, opened: Open) -> None:
    url = f"sqlite:///{site / STATE / 'shared.sqlite3'}"
    with pytest.raises(ServiceError, match="older than this program"):
        opened(ledger=url, broker="redis://127.0.0.1:1", secret_key="k")
    assert (site / STATE).stat().st_mode & 0o777 == 0o700


def test_an_embedded_site_says_that_its_folder_cannot_be_made(site: Path, opened: Open) -> None:
    (site / STATE).write_text("")
    with pytest.raises(SiteError, match=r"\.netpulse: cannot be made: File exists") as refused:
        opened(secret_key="k")
    assert "let its folder be written to" in refused.value.hint
