"""The runner of the entry point `nornir.plugins.runners`: `InitNornir(runner={"plugin": "netpulse"})`.

Nornir loads every runner that is installed whenever it starts: what this one needs is imported when it is made.
"""

import inspect
import os
from pathlib import Path
from typing import Never, Protocol

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, Task
from nornir.plugins.runners import SerialRunner

from netpulse_core.errors import InvalidParameters, Unidentified, did_you_mean

URL, KEY = "NETPULSE_URL", "NETPULSE_API_KEY"

_CLOSING = "Nornir.close_connections.<locals>.close_connections_task"


class Way(Protocol):
    """How tasks are run."""

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a task on these hosts."""

    def close_connections(self) -> None:
        """Close what is kept open between tasks."""


class NetPulseRunner:
    """Runs tasks by the service at `url`, or in this process where there is none.

    `url` and `key` are taken from the environment where they are not given; an empty `url` is this process. Of a
    service's runs, `priority` is 0 to 9, `deadline` the seconds after which nothing more of one starts, and `confirm`
    the most devices a change may mean, which a service wants to be told of many. In this process, `site` is the folder
    whose settings and plugins are used, and `num_workers` the hosts at once.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str = "",
        *,
        priority: int = 5,
        deadline: float = 3600.0,
        confirm: int | None = None,
        site: str | Path | None = None,
        num_workers: int = 20,
        **unknown: Never,
    ) -> None:
        _refuse_unknown(list(unknown))
        self._way: Way
        url = os.environ.get(URL, "") if url is None else url
        if url:
            key = key or os.environ.get(KEY, "")
            if not key:
                raise Unidentified(f"no API key for {url}", hint=f"set {KEY}, or give the runner the option `key`")
            from netpulse_core.nornir_runner.service import ServiceWay  # noqa: PLC0415

            self._way = ServiceWay(url, key, priority=priority, deadline=deadline, confirm=confirm)
        else:
            from netpulse_core.nornir_runner.local import LocalWay  # noqa: PLC0415

            self._way = LocalWay(None if site is None else Path(site), num_workers)

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a task on the hosts Nornir selected, and return what Nornir's own runners would."""
        if _is_closing(task):
            self._way.close_connections()
            return SerialRunner().run(task, hosts)
        return self._way.run(task, hosts)


def _refuse_unknown(options: list[str]) -> None:
    """Raise InvalidParameters for options there are none of: Nornir hands over whatever a configuration says."""
    if options:
        known = [name for name in inspect.signature(NetPulseRunner).parameters if name != "unknown"]
        problems = [f"there is no option {option!r}{did_you_mean(option, known)}" for option in options]
        raise InvalidParameters("NetPulseRunner", problems, hint=f"its options are {', '.join(known)}")


def _is_closing(task: Task) -> bool:
    """Whether this is how Nornir closes connections: by a closure, which means the connections of this process."""
    function = task.task
    return getattr(function, "__module__", "") == "nornir.core" and getattr(function, "__qualname__", "") == _CLOSING
