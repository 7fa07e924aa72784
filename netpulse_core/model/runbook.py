"""A runbook: a plain Nornir task with a name, a sentence and typed parameters."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property, update_wrapper
from typing import Any, Optional, overload

from pydantic import BaseModel, ConfigDict, SecretBytes, SecretStr, TypeAdapter, ValidationError, create_model
from pydantic_core import PydanticSerializationError

from netpulse_core.errors import InvalidParameters, PluginError, Refused, did_you_mean
from netpulse_core.files import File, each
from netpulse_core.model import runnable
from netpulse_core.model.annotations import holds
from netpulse_core.model.device import Device
from netpulse_core.model.reference import IN_CLEAR, plain, references, secret_fields

TaskFunction = Callable[..., Any]

_NAMED = 10
"""Devices a refusal names before it counts the rest."""


class Queue(StrEnum):
    """Who may run a job: the node that owns the device, or any worker because no session is kept."""

    NODE = "node"
    FIFO = "fifo"


class Runbook:
    """A Nornir task that NetPulse can run: call it as `nornir.run(runbook, ...)` or submit it by name.

    `timeout` is in seconds, for one attempt on one device. `attempts` is the retry budget of a job before its
    point of no return. `changes` says that it may change a device: only then does the gate let a change pass.
    `own_session` opens a session for a job that changes and closes it with the job, so that nothing an earlier job
    left behind is in the way of a push.

    `platforms` are those of the devices it is for, as the inventory writes them; empty is every one, and a run that
    selects another is refused. `drivers` are the connections it uses; empty is any. A device whose inventory names
    another driver for its command line is refused, and so is any other connection the function asks for.

    The last three say how a change whose end nobody saw is judged. `verify` is a task of the same parameters that only
    reads and returns "changed", "not_applied" or "partial", or None where it cannot say. `baseline` has the running
    configuration read right before the first change, and promises that all the runbook changes can be seen there; a
    parameter `lines`, where it has one, is what it sends. `atomic` promises that it commits once, where devices commit.
    """

    def __init__(
        self,
        function: TaskFunction,
        *,
        changes: bool = False,
        name: str = "",
        timeout: float = 60.0,
        attempts: int = 2,
        queue: Queue = Queue.NODE,
        own_session: bool = True,
        drivers: tuple[str, ...] = (),
        platforms: tuple[str, ...] = (),
        baseline: bool = False,
        verify: TaskFunction | None = None,
        atomic: bool = False,
    ) -> None:
        self.function = function
        self.name = name or function.__name__
        self.changes = changes
        self.timeout = timeout
        self.attempts = attempts
        self.queue = queue
        self.own_session = own_session
        self.drivers = _names(self.name, function, "drivers", drivers)
        self.platforms = _names(self.name, function, "platforms", platforms)
        self.sentence = (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")
        self.baseline = baseline
        self.verify = verify
        self.atomic = atomic
        runnable.refuse_what_nornir_would_not_run(self.name, function)
        if verify is not None:
            runnable.refuse_what_nornir_would_not_run(f"{self.name}.verify", verify)
            runnable.refuse_other_parameters(self.name, function, verify)
        runnable.refuse_what_could_never_run(self.name, function, timeout, attempts)
        update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.files and not self.files.isdisjoint(kwargs):  # in a plain script a file is a path of its own machine
            kwargs |= {name: _local(kwargs[name]) for name in self.files if name in kwargs}
        self._refuse_references(kwargs)
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<runbook {self.name}{' (changes)' if self.changes else ''}>"

    def fitting(self, devices: Sequence[Device]) -> Sequence[Device]:
        """Return the devices, or raise Refused naming those of platforms or drivers it is not for."""
        if self.platforms:
            other = [f"{one.name} ({one.platform or 'none'})" for one in devices if one.platform not in self.platforms]
            self._refuse(other, "is for", self.platforms, "platform", "select fewer: `platform=...` is a target too")
        if self.drivers:
            named = [(one.name, one.data.get(Device.DRIVER)) for one in devices]
            other = [f"{name} ({driver})" for name, driver in named if driver and driver not in self.drivers]
            self._refuse(other, "uses", self.drivers, "driver", f"select fewer: `{Device.DRIVER}=...` is a target too")
        return devices

    def _refuse(self, other: Sequence[str], verb: str, those: Sequence[str], what: str, hint: str) -> None:
        if not other:
            return
        more = f" and {len(other) - _NAMED} more" if len(other) > _NAMED else ""
        raise Refused(
            f"runbook {self.name!r} {verb} {', '.join(those)}, and the {what} of these devices is another: "
            f"{', '.join(other[:_NAMED])}{more}",
            hint=hint,
        )

    @cached_property
    def parameters(self) -> type[BaseModel]:
        """The parameters as a closed pydantic model, made from the signature after the Nornir task."""
        return create_model(
            f"{self.name}_parameters",
            __config__=ConfigDict(extra="forbid", allow_inf_nan=False, hide_input_in_errors=True),
            **_fields(self.name, self.function),
        )

    @cached_property
    def files(self) -> frozenset[str]:
        """The names of the parameters that are files, or hold some."""
        fields = self.parameters.model_fields
        return frozenset(name for name, field in fields.items() if holds(field.annotation, File))

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The names of the parameters that are secrets, or hold some."""
        return secret_fields(self.parameters)

    def references(self, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield each reference to a secret in parameters, with its parameter; a default is the runbook's own word."""
        fields = self.parameters.model_fields
        for name in sorted(self.secrets & given.keys()):
            if given[name] != fields[name].default:
                yield from ((name, one) for one in references(self.parameters, name, given[name]))

    def refuse_secrets_in_clear(self, given: Mapping[str, Any]) -> None:
        """Raise InvalidParameters where a secret is given itself, whatever else is wrong with the parameters."""
        try:
            self.parameters.model_validate(dict(given))
        except ValidationError as error:
            clear = [_sentence(e, self.parameters.model_fields) for e in error.errors() if e["type"] == IN_CLEAR]
            if clear:
                raise InvalidParameters(f"runbook {self.name!r}", clear) from None

    def _refuse_references(self, given: Mapping[str, Any]) -> None:
        """Refuse what a device would be told literally: in a plain script nobody resolves a reference."""
        taken = self.secrets & given.keys()
        unread = [name for name in taken if references(self.parameters, name, plain(given[name]))]
        if unread:
            raise InvalidParameters(
                f"runbook {self.name!r}",
                [f"parameter {name!r}: the reference to a secret was not resolved" for name in sorted(unread)],
                hint="NetPulse resolves it in the worker; in a script of your own, give the secret itself",
            )

    def with_files(self, parameters: Mapping[str, Any], resolve: Callable[[File], File]) -> dict[str, Any]:
        """Return validated parameters as JSON data again, each file in them as `resolve` says it."""
        if not self.files:
            return dict(parameters)
        model: BaseModel = each(self.parameters.model_validate(dict(parameters)), resolve)
        return model.model_dump(mode="json")

    def validated(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters as JSON data, defaults filled in; raise InvalidParameters naming each problem."""
        try:
            taken = self.parameters.model_validate(dict(given))
            data = taken.model_dump(mode="json")
            arrived = self.parameters.model_validate(data)  # as the worker will
        except PydanticSerializationError as error:
            raise InvalidParameters(f"runbook {self.name!r}", [f"parameters must be JSON: {error}"]) from error
        except ValidationError as error:
            raise InvalidParameters(
                f"runbook {self.name!r}", [_sentence(e, self.parameters.model_fields) for e in error.errors()]
            ) from error
        self._refuse_what_would_arrive_otherwise(taken, arrived, data)
        return data

    def _refuse_what_would_arrive_otherwise(self, taken: BaseModel, arrived: BaseModel, data: dict[str, Any]) -> None:
        again = arrived.model_dump(mode="json")
        # Either is enough: a set has no order as JSON, and an iterator is equal to no other.
        other = [name for name in data if again[name] != data[name] and getattr(arrived, name) != getattr(taken, name)]
        if other:
            raise InvalidParameters(
                f"runbook {self.name!r}",
                [f"parameter {name!r}: checked a second time, it becomes something else" for name in other],
                hint="it is checked at acceptance and again in the worker: a validator must keep its own answer",
            )

    def arguments(self, parameters: Mapping[str, Any], resolve: Callable[[str], str]) -> dict[str, Any]:
        """Return validated JSON parameters as the Python values the function is annotated with, secrets resolved."""
        model = self.parameters.model_validate(dict(parameters), context={"resolve": resolve})
        return {name: getattr(model, name) for name in type(model).model_fields}


@overload
def runbook(function: TaskFunction, /) -> Runbook: ...
@overload
def runbook(
    *,
    changes: bool = ...,
    name: str = ...,
    timeout: float = ...,
    attempts: int = ...,
    queue: Queue = ...,
    own_session: bool = ...,
    drivers: tuple[str, ...] = ...,
    platforms: tuple[str, ...] = ...,
    baseline: bool = ...,
    atomic: bool = ...,
    verify: TaskFunction | None = ...,
) -> Callable[[TaskFunction], Runbook]: ...
def runbook(function: TaskFunction | None = None, /, **options: Any) -> Runbook | Callable[[TaskFunction], Runbook]:
    """Make a Nornir task a runbook: `@runbook`, or `@runbook(changes=True, timeout=120)`."""
    if function is not None:
        return Runbook(function)

    def decorate(decorated: TaskFunction) -> Runbook:
        runnable.refuse_unknown_options(decorated, options, Runbook)
        return Runbook(decorated, **options)

    return decorate


def _names(runbook: str, function: TaskFunction, what: str, given: Any) -> tuple[str, ...]:
    """Return names as they were given; a text by itself would be taken for its letters."""
    names = tuple(given) if isinstance(given, tuple | list | set | frozenset) else (None,)
    if all(isinstance(name, str) and name.strip() for name in names):
        return names
    raise PluginError(
        f"runbook {runbook!r}: `{what}` is {given!r}, which is no tuple of names",
        plugin=function.__module__,
        hint=f"write {what}=({given!r},)" if isinstance(given, str) and given else f'write {what}=("cisco_ios",)',
    )


def _fields(name: str, function: TaskFunction) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    if not parameters:
        raise PluginError(
            f"runbook {name!r} takes no arguments",
            plugin=function.__module__,
            hint=f"its first is the Nornir task: `def {function.__name__}(task: Task, ...)`",
        )
    for parameter in parameters[1:]:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise PluginError(
                f"runbook {name!r} takes `{parameter}`, which could not be validated or given by name",
                plugin=function.__module__,
                hint="name each parameter and give it a type",
            )
        annotation = Any if parameter.annotation is parameter.empty else parameter.annotation
        if holds(annotation, SecretStr, SecretBytes):  # which JSON masks
            raise PluginError(
                f"runbook {name!r} takes {parameter.name!r} as a secret, which would arrive as asterisks",
                plugin=function.__module__,
                hint="annotate it with netpulse_core.Secret: it is given as a reference, and arrives as the secret",
            )
        if parameter.default is None:
            annotation = Optional[annotation]  # noqa: UP045  `x: int = None` is written a lot; an annotation may be a text
        if parameter.default is not parameter.empty:
            _check_default(name, function, parameter.name, annotation, parameter.default)
        fields[parameter.name] = (
            annotation,
            ... if parameter.default is parameter.empty else parameter.default,
        )
    return fields


def _local(value: Any) -> Any:
    if isinstance(value, str):
        return File.at(value)
    return [_local(one) for one in value] if isinstance(value, list) else value


def _check_default(name: str, function: TaskFunction, parameter: str, annotation: Any, default: Any) -> None:
    try:
        TypeAdapter(annotation).validate_python(default)
    except ValidationError as error:
        raise PluginError(
            f"runbook {name!r}: the default of {parameter!r} is not what its type says: {error.errors()[0]['msg']}",
            plugin=function.__module__,
        ) from error


def _sentence(error: Any, known: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "parameters"
    if error["type"] == "extra_forbidden":
        return f"unknown parameter {where!r}{did_you_mean(where, known)}"
    if error["type"] == "missing":
        return f"parameter {where!r} is required"
    return f"parameter {where!r}: {error['msg'][0].lower()}{error['msg'][1:]}"
