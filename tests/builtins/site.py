"""A site whose devices are whatever a test says, served by one node of this process."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from netpulse_core import settings
from netpulse_core.controller import NetPulse
from netpulse_core.model.caller import LOCAL
from netpulse_core.model.run import RunRequest
from netpulse_core.worker.node import Node
from tests.runs.service import Done

Run = Callable[..., Done]


@contextmanager
def serving(folder: Path, hosts: Mapping[str, Any]) -> Iterator[Run]:
    """Yield what runs a runbook on one device: `run("snmp_get", "core1", oids=...)`."""
    (folder / "inventory").mkdir(parents=True)
    (folder / "inventory" / "hosts.yaml").write_text(yaml.safe_dump(dict(hosts)))
    with NetPulse.open(settings.load(folder, grace=5.0)) as netpulse:
        node = Node(netpulse)
        node.start()

        def run(runbook: str, target: str, **parameters: Any) -> Done:
            asked = RunRequest(runbook=runbook, target=target, parameters=parameters, deadline=60.0)
            identity = netpulse.submit(asked, LOCAL).run
            for _ in netpulse.watch(identity):
                pass
            return Done(netpulse, identity)

        try:
            yield run
        finally:
            node.stop()
