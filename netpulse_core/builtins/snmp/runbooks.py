"""The runbooks `snmp_get` and `snmp_walk`."""

from typing import Annotated

from pydantic import AfterValidator, Field

from netpulse_core import Result, Task, runbook
from netpulse_core.builtins.snmp import oids as identifiers

CONNECTION = "snmp"


def _several(given: list[str] | str) -> list[str]:
    found = [identifiers.checked(one) for one in ([given] if isinstance(given, str) else given)]
    if not found:
        raise ValueError("there is no OID in it")
    return found


Oid = Annotated[str, AfterValidator(identifiers.checked)]
Oids = Annotated[list[str] | str, AfterValidator(_several)]
Seconds = Annotated[float, Field(gt=0)]


@runbook
def snmp_get(task: Task, oids: Oids, read_timeout: Seconds = 10.0) -> Result:
    """Get values by OID.

    The result is a value for each OID: a number, a text, `0x` and hex digits for octets that are no text, or null
    where the agent has no such object or instance.
    """
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    return Result(host=task.host, result=connection.get(oids, read_timeout=read_timeout))


@runbook(timeout=120.0)
def snmp_walk(
    task: Task,
    oid: Oid,
    bulk: bool = True,
    max_repetitions: Annotated[int, Field(ge=1, le=1000)] = 20,
    read_timeout: Seconds = 60.0,
) -> Result:
    """Get all values below an OID, in the agent's order.

    With `bulk` many rows are asked for at once; without it one by one, for an agent whose GETBULK is faulty.
    """
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    if bulk:
        rows = connection.bulk(oid, max_repetitions=max_repetitions, read_timeout=read_timeout)
    else:
        rows = connection.walk(oid, read_timeout=read_timeout)
    return Result(host=task.host, result=rows)
