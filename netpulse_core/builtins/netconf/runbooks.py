"""The runbooks `netconf_get`, `netconf_get_config` and `netconf_edit`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from netpulse_core import Result, Task, errors, runbook

CONNECTION = "netconf"


def _edit(text: str) -> str:
    from netpulse_core.builtins.netconf import xml  # noqa: PLC0415 - lxml is loaded where an edit is looked at

    xml.config(text)
    return text


def _filter(text: str) -> str:
    from netpulse_core.builtins.netconf import xml  # noqa: PLC0415

    if text.strip() and not text.strip().startswith("/"):
        xml.parsed(text)
    return text


Filter = Annotated[str, AfterValidator(_filter)]
Seconds = Annotated[float, Field(gt=0)]


@runbook(timeout=120.0)
def netconf_get(
    task: Task, filter: Filter = "", namespaces: dict[str, str] | None = None, read_timeout: Seconds = 60.0
) -> Result:
    """Get configuration and state as XML.

    The filter is a subtree (`<interfaces xmlns="..."/>`) or an XPath (`/if:interfaces`, with `namespaces` for its
    prefixes); without one, everything is asked for.
    """
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    return Result(host=task.host, result=connection.get(filter, namespaces=namespaces, read_timeout=read_timeout))


@runbook(timeout=120.0)
def netconf_get_config(
    task: Task,
    source: Literal["running", "candidate", "startup"] = "running",
    filter: Filter = "",
    namespaces: dict[str, str] | None = None,
    read_timeout: Seconds = 60.0,
) -> Result:
    """Get the configuration of a datastore as XML."""
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    answer = connection.get_config(source, filter, namespaces=namespaces, read_timeout=read_timeout)
    return Result(host=task.host, result=answer)


@runbook(changes=True, timeout=300.0, baseline=True)
def netconf_edit(
    task: Task,
    config: Annotated[str, AfterValidator(_edit)],
    confirmed: Annotated[float, Field(ge=1, le=3600)] | None = None,
    validation: bool = True,
    default_operation: Literal["merge", "none"] = "merge",
    read_timeout: Seconds = 60.0,
) -> Result:
    """Change the configuration by an edit in XML, commit it, and read back that it stands.

    With `confirmed`, the device reverts the change after so many seconds unless it was read back and confirmed; with
    `validation`, it checks the candidate before the commit.
    A change that the server says it made and that is not there is `not_applied`.
    """
    try:
        _edit(config)  # again: in a plain Nornir script nobody did
    except ValueError as error:
        raise errors.InvalidParameters("netconf_edit", [f"parameter 'config': {error}"]) from error
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    change = connection.change(
        config,
        validate=validation,
        confirmed=confirmed,
        default_operation=default_operation,
        read_timeout=read_timeout,
    )
    return Result(host=task.host, result=change.diff or "unchanged", changed=change.changed, diff=change.diff)
