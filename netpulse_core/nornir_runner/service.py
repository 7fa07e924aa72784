"""Running a registered runbook by a service: asked for by name, waited for, and told as Nornir tells it."""

import logging
from collections.abc import Sequence
from functools import partial

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task

from netpulse_core.client import Client
from netpulse_core.errors import NetPulseError, NotFound, Refused
from netpulse_core.inventory.targets import naming
from netpulse_core.model.event import EventKind
from netpulse_core.model.run import RunRequest
from netpulse_core.nornir_runner import travelling
from netpulse_core.nornir_runner.patience import events, patiently
from netpulse_core.nornir_runner.replaying import replay
from netpulse_core.nornir_runner.results import of_error, of_job

log = logging.getLogger(__name__)


class ServiceWay:
    """Sends the names of runbooks and hosts, and parameters; never code, and nothing of how hosts are reached."""

    def __init__(self, url: str, key: str, *, priority: int, deadline: float, confirm: int | None) -> None:
        self._url = url
        self._key = key
        self._priority = priority
        self._deadline = deadline
        self._confirm = confirm

    def close_connections(self) -> None:
        """Do nothing: the service keeps its own."""

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a registered runbook on these hosts; one the service does not run it on gets a failed result."""
        name = travelling.named(task)
        if not hosts:
            return AggregatedResult(task.name)
        with Client(self._url, self._key) as client:  # no longer: nobody tells a runner that it is over
            return self._run(_Asking(client, task), name, hosts)

    def _run(self, asking: "_Asking", name: str, hosts: list[Host]) -> AggregatedResult:
        client, task = asking.client, asking.task
        offered = patiently(lambda: client.runbook(name))
        travelling.refuse_another(task, offered)
        parameters = travelling.parameters(task, offered, client.files.send)
        known = {device.name for device in patiently(client.devices)}
        results = {
            host.name: of_error(task, host, NotFound("device", host.name, known=known))
            for host in hosts
            if host.name not in known
        }
        asked = [host for host in hosts if host.name in known]
        if asked:
            request = RunRequest(
                runbook=name,
                target=naming(host.name for host in asked),
                parameters=parameters,
                priority=self._priority,
                deadline=self._deadline,
                confirm=self._confirm,
            )
            results |= asking.asked(asked, request)
        found = AggregatedResult(task.name)
        for host in hosts:
            if host.name not in results or host.name not in known:
                results.setdefault(host.name, of_error(task, host, Refused("the service ran nothing on it")))
                replay(task, host, results[host.name])
            found[host.name] = results[host.name]
        return found


class _Asking:
    """One task on its way to the service and back."""

    def __init__(self, client: Client, task: Task) -> None:
        self.client = client
        self.task = task

    def asked(self, hosts: Sequence[Host], request: RunRequest) -> dict[str, MultiResult]:
        """Ask for a run and return what came of it by host; raise where nobody can say that."""
        try:
            run = self.client.submit(request).run
        except Refused as error:
            refused = {host.name: of_error(self.task, host, error) for host in hosts}
            for host in hosts:
                replay(self.task, host, refused[host.name])
            return refused
        try:
            return self._awaited({host.name: host for host in hosts}, run)
        except NetPulseError as error:
            error.hint = f"run {run} was accepted and goes on: netpulse show {run}"
            raise
        except KeyboardInterrupt:
            log.warning("run %s goes on: `netpulse show %s`, or `netpulse cancel %s`", run, run, run)
            raise

    def _awaited(self, hosts: dict[str, Host], run: str) -> dict[str, MultiResult]:
        found: dict[str, MultiResult] = {}
        if not self.task.processors:
            patiently(lambda: self.client.wait(run))
        else:  # they are told of a device when it has ended, not when all have
            for event in events(self.client, run):
                host = hosts.get(event.device or "")
                if event.kind in (EventKind.JOB_FINISHED, EventKind.JOB_IN_DOUBT) and host and host.name not in found:
                    found[host.name] = of_job(self.task, host, *patiently(partial(self.client.answer, run, host.name)))
                    replay(self.task, host, found[host.name])
        if len(found) < len(hosts):
            steps = patiently(lambda: self.client.outputs(run))
            for job in patiently(lambda: self.client.devices_of(run)):
                host = hosts.get(job.device)
                if host is not None and host.name not in found:
                    found[host.name] = of_job(self.task, host, job, steps.get(host.name, []))
                    replay(self.task, host, found[host.name])
        return found
