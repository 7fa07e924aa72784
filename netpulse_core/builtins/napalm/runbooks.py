"""What NAPALM can do, as runbooks: read as data, compare with what should be, and apply a configuration."""

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any

from nornir.core.exceptions import NornirSubTaskError
from pydantic import AfterValidator, Field

from netpulse_core import Result, SentLines, Task, errors, runbook
from netpulse_core.builtins.napalm.connection import GETTERS, is_refusal, require

CONNECTION = "napalm"


def _known(getters: list[str] | str) -> list[str]:
    names = [name.strip() for name in getters.split(",")] if isinstance(getters, str) else list(getters)
    for name in names:
        if f"get_{name.removeprefix('get_')}" not in GETTERS:
            short = sorted(one.removeprefix("get_") for one in GETTERS if one.startswith("get_"))
            raise ValueError(f"no getter {name!r}{errors.did_you_mean(name, short)}")
    if not names:
        raise ValueError("there is no getter in it")
    return [name.removeprefix("get_") for name in names]


Getters = Annotated[list[str] | str, AfterValidator(_known)]
Minutes = Annotated[int, Field(ge=60, le=7200, multiple_of=60)]


@runbook
def napalm_get(task: Task, getters: Getters, options: dict[str, dict[str, Any]] | None = None) -> Result:
    """Read facts, interfaces, neighbours and more as data, in one form for every vendor.

    Each getter is a step; `options` holds arguments of getters by their names.
    """
    for name in _known(getters):
        try:
            task.run(task=_get, name=name, getter=name, options=(options or {}).get(name, {}))
        except NornirSubTaskError as error:
            raise (error.result[0].exception or error) from None
    return Result(host=task.host)


def _get(task: Task, getter: str, options: dict[str, Any]) -> Result:
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    return Result(host=task.host, result=getattr(connection, f"get_{getter}")(**options))


@runbook
def napalm_validate(task: Task, source: list[dict[str, Any]]) -> Result:
    """Compare what the device says with what it should say, in NAPALM's form of a validation source.

    The job fails where anything differs, and where NAPALM could not ask.
    """
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    report = connection.compliance_report(validation_source=source)
    skipped = report["skipped"]
    wrong = [name for name, found in report.items() if isinstance(found, dict) and not found.get("complies", True)]
    if report["complies"] and not skipped:
        return Result(host=task.host, result=report)
    parts = [f"{words}: {', '.join(names)}" for words, names in (("differs", wrong), ("not asked", skipped)) if names]
    error = errors.NetPulseError(f"{task.host.name}: {'; '.join(parts)}", hint="the report says what was expected")
    return Result(host=task.host, result=report, failed=True, exception=error)


@runbook(changes=True, timeout=600.0, baseline=True)
def apply_config(
    task: Task,
    config: Annotated[str, SentLines()],
    replace: bool = False,
    dry_run: bool = False,
    revert_in: Minutes | None = None,
) -> Result:
    """Load a configuration, compare, and commit where something differs; the difference is in the result.

    With `revert_in`, seconds in whole minutes, the device takes the change back unless it still answers after the
    commit and so is confirmed. With `dry_run` the candidate is compared and thrown away; loading it passes the gate,
    because on some platforms it writes a file. A candidate that is refused is thrown away.
    """
    if revert_in is not None:
        require(task.host.get_connection_parameters(CONNECTION).platform, task.host.name, "revert_in")
    connection = task.host.get_connection(CONNECTION, task.nornir.config)
    load = connection.load_replace_candidate if replace else connection.load_merge_candidate
    with _discarded_when_refused(connection):
        load(config=config)
        diff = connection.compare_config()
        if dry_run or not diff:
            connection.discard_config()
            return Result(host=task.host, diff=diff, result="" if diff else "nothing to change")
        connection.commit_config(**({} if revert_in is None else {"revert_in": revert_in}))
    if revert_in is not None:
        _confirm(task, connection)
    return Result(host=task.host, diff=diff, changed=True, result="committed")


@contextlib.contextmanager
def _discarded_when_refused(connection: Any) -> Iterator[None]:
    """Throw a candidate away that the device refused; after any other error nothing more is sent."""
    try:
        yield
    except (errors.RolledBack, errors.PartlyApplied):
        raise
    except Exception as error:
        if is_refusal(error) or isinstance(error, errors.CommandRejected):
            connection.discard_config()
        raise


def _confirm(task: Task, connection: Any) -> None:
    """Confirm a commit that the device still counts down for, and that it answers after."""
    if not connection.has_pending_commit():
        raise errors.SessionLost(
            "the commit is not waiting for its confirmation: its time may have passed", device=task.host.name
        )
    connection.get_facts()
    connection.confirm_commit()
    if connection.has_pending_commit():
        raise errors.SessionLost("the commit was confirmed, and still waits for it", device=task.host.name)
