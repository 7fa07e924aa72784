"""One file of `schedules/hooks/`: its keys, what each may hold, and where in the file it does not."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from netpulse_core.errors import InvalidParameters, SiteError, did_you_mean
from netpulse_core.incoming import expressions
from netpulse_core.inventory import targets
from netpulse_core.inventory.notice import Notice, Where, not_json
from netpulse_core.inventory.yamlfile import YamlFile
from netpulse_core.model.incoming import AT_MOST, FROM, Hook, Signature
from netpulse_core.model.reference import is_reference
from netpulse_core.model.run import DEFAULT_DEADLINE, DEFAULT_PRIORITY, LONGEST_DEADLINE, PRIORITIES
from netpulse_core.timing.words import seconds

LONGEST_DEBOUNCE = 86_400.0
MOST_SECRETS = 4
NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_NAMES = "rename it: lower-case letters, digits, `_` and `-`, a letter first, 64 at most"


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", "{said}", {"said": message})


def _duration(value: object) -> float:
    found = seconds(value)
    if found is None:
        raise _wrong(f"{value!r} is not a duration: write seconds, or such as 15m, 1h30m, 1d")
    return found


def _expression(value: str) -> str:
    if problem := expressions.problem(value):
        raise _wrong(problem)
    return value


def _target(value: str) -> str:
    try:
        targets.parse(value)
    except InvalidParameters as error:
        raise _wrong("; ".join(error.problems)) from None
    return value


def _reference(value: str) -> str:
    if not is_reference(value):
        raise _wrong("not a reference to a secret: write env:NAME, file:PATH or secret:NAME, never the secret itself")
    return value


Duration = Annotated[float, BeforeValidator(_duration)]
Expression = Annotated[str, AfterValidator(_expression)]
Reference = Annotated[str, AfterValidator(_reference)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    runbook: Text
    target: Annotated[str, AfterValidator(_target)]
    secret: Reference | Annotated[list[Reference], Field(min_length=1, max_length=MOST_SECRETS)]
    signature: Annotated[Signature, Field(strict=False)] = Signature.NETPULSE
    device: Expression = ""
    when: Expression = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    role: Text = ""
    debounce: Annotated[Duration, Field(ge=0, le=LONGEST_DEBOUNCE)] = 0.0
    at_most: Annotated[int, Field(ge=1, le=3600)] = AT_MOST
    confirm: Annotated[int, Field(ge=1)] | None = None
    priority: Annotated[int, Field(ge=PRIORITIES[0], le=PRIORITIES[-1])] = DEFAULT_PRIORITY
    deadline: Annotated[Duration, Field(ge=1, le=LONGEST_DEADLINE)] = DEFAULT_DEADLINE
    description: str = ""
    enabled: bool = True


class HookFile:
    """What one file says: a hook, unless one of the notices is an error."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.notices: list[Notice] = []
        self.file: YamlFile | None = None
        self.hook: Hook | None = None
        try:
            self.file = YamlFile(path, content)
        except SiteError as error:
            said, hint = error.problem, error.hint
            notice = Notice(severity="error", path=path, line=error.line, key=error.key, message=said, hint=hint)
            self.notices = [notice]
            return
        self.notices = list(self.file.notices)
        if not NAME.fullmatch(path.stem):
            problem = f"a hook cannot be named {path.stem!r} as its file is"
            self.notices.append(self.file.error((), problem, _NAMES))
        keys = self._keys(self.file)
        if keys is not None:
            self.notices += not_json(self.file, ("parameters",), keys.parameters)
            self.notices += _of_expressions(self.file, keys.parameters, ("parameters",))
            if keys.debounce >= keys.deadline:
                self.notices.append(self.file.error(("debounce",), "a run would begin after its deadline"))
        if keys is not None and not self.notices:
            self.hook = _hook(path.stem, keys)

    def _keys(self, file: YamlFile) -> _Keys | None:
        if not isinstance(file.data, dict):
            hint = "a hook has a `runbook:`, a `target:` and a `secret:`"
            self.notices.append(file.error((), "not a mapping of keys", hint))
            return None
        try:
            return _Keys.model_validate(file.data)
        except ValidationError as error:
            found = dict.fromkeys((_where(one["loc"]), _words(one)) for one in error.errors(include_input=False))
            self.notices += [file.error(where, words) for where, words in found]
            return None


def _hook(name: str, keys: _Keys) -> Hook:
    said = keys.model_dump(exclude={"secret", "description"})
    secrets = (keys.secret,) if isinstance(keys.secret, str) else tuple(keys.secret)
    return Hook(name=name, secrets=secrets, sentence=" ".join(keys.description.split()), **said)


def _where(loc: tuple[int | str, ...]) -> Where:
    """Return the keys of the file; pydantic also names the member of a union it tried."""
    return tuple(part for part in loc if isinstance(part, int) or not re.search(r"[\[(]", part) or part == loc[0])


def _words(error: Any) -> str:
    name = str(error["loc"][-1])
    if error["type"] == "extra_forbidden":
        return f"unknown key{did_you_mean(name, _Keys.model_fields)}; known are {', '.join(_Keys.model_fields)}"
    if error["type"] == "missing":
        return f"`{name}` is missing"
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}"


def _of_expressions(file: YamlFile, value: Any, where: Where) -> Iterator[Notice]:
    """Yield what is wrong with the expressions in parameters."""
    match value:
        case {"from": expression} if len(value) == 1:
            problem = expressions.problem(expression) if isinstance(expression, str) else "not a text of JMESPath"
            if problem:
                yield file.error((*where, FROM), problem)
        case dict():
            for key, item in value.items():
                yield from _of_expressions(file, item, (*where, key))
        case list():
            for number, item in enumerate(value):
                yield from _of_expressions(file, item, (*where, number))
