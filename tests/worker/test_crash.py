"""A job that ends its worker beside ten good ones: they are all done alone, and it alone is quarantined."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from netpulse_core.model.outcome import Outcome
from netpulse_core.model.state import JobState
from tests.worker.workers import installed


@pytest.mark.timeout(400)
@pytest.mark.thorough  # a lease must end, and then a dozen processes begin
@pytest.mark.servers("postgresql", "redis-server")
def test_only_the_job_that_ends_its_process_is_quarantined(
    postgres_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installed(postgres_url, redis_url, tmp_path, monkeypatch) as site:
        service, netpulse = site.service, site.netpulse
        leaves = [name for name in netpulse.site.devices if name.startswith("leaf")][:11]
        told: dict[str, Any] = {"how": "kill", "mark": str(tmp_path / "mark"), "who": leaves[-1], "deadline": 300.0}
        with site.worker("first", slots=11) as first:
            runs = [service.submit("end_the_process", ",".join(leaves[:5]), **told)]
            runs += [service.submit("end_the_process_without_a_session", ",".join(leaves[5:]), **told)]
            first.wait(60)
        lost = [job for run in runs for job in netpulse.jobs(run)]
        assert {job.state for job in lost} == {JobState.RUNNING}
        with site.worker("heir", slots=11) as heir:
            done = [job for run in runs for job in service.wait(run, within=200).jobs]
            assert heir.poll() is None
            assert Counter(job.outcome for job in done) == {Outcome.OK: 10, Outcome.QUARANTINED: 1}
            (evil,) = [job for job in done if job.outcome is Outcome.QUARANTINED]
            assert (evil.device, evil.problem is not None and "SIGKILL" in evil.problem.message) == (leaves[-1], True)
            assert {job.attempt for job in done} == {2}
            marks = Counter(path.name.split(".")[1] for path in tmp_path.glob("mark.*"))
            assert marks == dict.fromkeys(leaves, 2) | {leaves[-1]: 3}, "it was killed beside others, and then alone"
            assert service.run("ask", leaves[0], commands=["show clock"], within=60).outcome is Outcome.OK
