"""A process that keeps sessions may open a file for each, or says that it may not."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from netpulse_core import settings
from netpulse_core.embedded.process import Embedded
from netpulse_core.lab import Lab
from netpulse_core.settings import Settings
from netpulse_core.worker.descriptors import ENOUGH
from tests.runs.service import write_site

ALLOWED = """
import logging, resource, sys
from netpulse_core.worker import descriptors
soft, hard, sessions = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
logging.basicConfig(format="%(message)s")
descriptors.allow(sessions)
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def allowed(soft: int, hard: int, sessions: int) -> tuple[str, str]:
    """What the limits are then in a process that began with these, and what it said."""
    words = [sys.executable, "-c", ALLOWED, str(soft), str(hard), str(sessions)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip(), done.stderr.strip()


def test_the_limit_is_raised_as_far_as_it_may_be_and_no_lower() -> None:
    assert allowed(256, 4096, 2000) == ("4096 4096", "")
    assert allowed(4096, 4096, 2000) == ("4096 4096", "")


def test_a_limit_that_is_too_low_for_the_sessions_is_told() -> None:
    limits, said = allowed(256, 1024, 2000)
    assert limits == "1024 1024"
    assert "may open 1024 files, and up to 2000 sessions (max_sessions) need 2512" in said
    assert "LimitNOFILE=" in said
    assert allowed(256, 1024, 500) == ("1024 1024", "")


@pytest.mark.thorough
def test_an_embedded_process_raises_its_own(lab: Lab, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    site: Settings = settings.load(write_site(lab, tmp_path), grace=1.0)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1000, before[1]))
        with Embedded(site, port=0, scheduler=False):
            assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(ENOUGH, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
