"""Gauges of the service and of its devices' compliance, as Prometheus reads them."""

from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Response

from netpulse_core.api.identity import Asking, Controller
from netpulse_core.compliance.reports import gauges
from netpulse_core.model.exposition import TYPE, Sample, document, family
from netpulse_core.model.load import Load
from netpulse_core.model.node import Node

router = APIRouter(tags=["metrics"])

_OLDEST = "Since the job that has waited longest could begin, but for freezes and windows."


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(netpulse: Controller, caller: Asking) -> Response:
    """Show what there is to do, who is there to do it, and how many devices have each verdict, by rule.

    A narrowed key is shown the verdicts of its devices alone.
    """
    lines: list[str] = []
    if not caller.scope.target:
        lines += _load(netpulse.ledger.workload.now())
        lines += _nodes([node for node in netpulse.nodes() if node.alive])
    lines += gauges.lines(netpulse.compliance.tallies(caller))
    return Response(document(lines), media_type=TYPE)


def _load(load: Load) -> Iterator[str]:
    jobs: Iterable[Sample] = (({"state": state}, float(number)) for state, number in sorted(load.jobs.items()))
    waits: Iterable[Sample] = (({"on": on}, float(number)) for on, number in sorted(load.waiting.items()))
    yield from family("netpulse_jobs", "Jobs that have not ended.", jobs)
    yield from family("netpulse_jobs_waiting", "Queued jobs that wait for something other than a worker.", waits)
    alone = {
        "netpulse_oldest_job_seconds": (_OLDEST, load.oldest),
        "netpulse_runs": ("Runs that have not finished.", load.runs),
        "netpulse_freezes": ("Freezes in force.", load.freezes),
        "netpulse_brakes": ("Credentials that are held because devices refused them.", load.brakes),
        "netpulse_breakers": ("Devices that could not be reached several times in a row.", load.breakers),
    }
    for name, (sentence, value) in alone.items():
        yield from family(name, sentence, [({}, float(value))])


def _nodes(nodes: list[Node]) -> Iterator[str]:
    said = {
        "slots": "Jobs that a worker does at once.",
        "running": "Jobs that a worker is at.",
        "sessions": "Sessions that a worker keeps open.",
        "devices": "Devices that a worker owns.",
        "draining": "Whether a worker takes nothing more.",
    }
    for what, sentence in said.items():
        samples = [({"worker": node.name, "node": node.id}, float(getattr(node, what))) for node in nodes]
        yield from family(f"netpulse_worker_{what}", sentence, samples)
