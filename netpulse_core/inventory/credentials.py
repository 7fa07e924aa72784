"""The credentials a device may take, in the order they are tried: its own, then those of `netpulse_credentials`.

What an entry of that list says takes the place of what the connection's own options say; the rest stays. So one list
serves several drivers: an enable secret is replaced where there is one, and nowhere added.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nornir.core.inventory import ConnectionOptions

from netpulse_core.errors import SiteError, did_you_mean
from netpulse_core.inventory.notice import Where
from netpulse_core.inventory.reach import CREDENTIALS, Said
from netpulse_core.inventory.secrets import is_reference

_LOGIN = ("password", "token", "key_file", "community", "auth_password")
"""What a login is done with; the first of them that an entry has names it."""

_BESIDE = ("passphrase", "priv_password", "secret", "sudo_password")
_GIVEN = ("username", *_LOGIN, *_BESIDE)

_WITHOUT_A_VALUE = ("use_keys", "allow_agent")
"""Options by which a login is done with what the worker itself has."""

IN_CLEAR = "a secret in clear"
"""How a candidate is named whose secret the inventory does not refer to."""


@dataclass(frozen=True, slots=True)
class Written:
    """One candidate as the inventory writes it: nothing is resolved, and `name` holds no secret."""

    position: int
    """Its place in the order, from 1."""
    name: str
    """Unlike that of every other candidate of its device."""
    options: ConnectionOptions
    references: tuple[str, ...]
    """All that it refers to."""


def problems(listed: Any) -> Iterator[tuple[Where, str, str]]:
    """Yield what is wrong with a list of further credentials: where in it, what it is, and what to write instead."""
    if listed is None:
        return
    if not isinstance(listed, list):
        yield (), "expected a list of credentials", f"such as `{CREDENTIALS}: [{{password: secret:core/old}}]`"
        return
    for number, given in enumerate(listed):
        if not isinstance(given, Mapping) or not given:
            yield (number,), "expected a mapping", "such as `{username: netops, password: secret:core/old}`"
            continue
        for key, value in given.items():
            if key not in _GIVEN:
                hint = f"an entry may say {', '.join(_GIVEN)}"
                yield (number, str(key)), f"unknown key {str(key)!r}{did_you_mean(str(key), _GIVEN)}", hint
            elif not isinstance(value, str) or not value:  # a value is never quoted: it may be a secret
                yield (number, key), "expected text", "write a reference, such as `secret:core/old`"


def require_right(device: str, said: Said) -> None:
    """Raise SiteError where what a device says of further credentials is no such list."""
    for where, message, hint in problems(said.get(CREDENTIALS)):
        key = ".".join(str(part) for part in (device, "data", CREDENTIALS, *where))
        raise SiteError(message, key=key, hint=hint)


def candidates(device: str, options: ConnectionOptions, said: Said) -> tuple[Written, ...]:
    """Return the candidates of a connection, at least one: its own credential, unless it has none, comes first."""
    require_right(device, said)
    listed: list[Mapping[str, str]] = said.get(CREDENTIALS) or []
    own: list[Mapping[str, str]] = [{}] if _logs_in(options) or not listed else []
    several = [_replaced(options, given) for given in own + listed]
    different = [one for number, one in enumerate(several) if not any(_same(one, other) for other in several[:number])]
    return tuple(_named(different))


def _logs_in(options: ConnectionOptions) -> bool:
    """Whether a connection's own options have something to log in with."""
    extras = options.extras or {}
    return options.password is not None or any(extras.get(key) for key in (*_LOGIN, *_WITHOUT_A_VALUE))


def _replaced(options: ConnectionOptions, given: Mapping[str, str]) -> ConnectionOptions:
    extras = _put(options.extras or {}, given)
    inner = extras.get("optional_args")  # NAPALM keeps the options of its own driver one level deeper
    if isinstance(inner, Mapping):
        extras["optional_args"] = _put(inner, given)
    return ConnectionOptions(
        hostname=options.hostname,
        port=options.port,
        username=given.get("username", options.username),
        password=given.get("password", options.password),
        platform=options.platform,
        extras=extras,
    )


def _put(options: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    return {key: given.get(key, value) for key, value in options.items()}


def _same(one: ConnectionOptions, other: ConnectionOptions) -> bool:
    return (one.username, one.password, one.extras) == (other.username, other.password, other.extras)


def _named(several: Sequence[ConnectionOptions]) -> Iterator[Written]:
    names = [_name(one) for one in several]
    for beside in (lambda one: f"as {one.username}", _secrets_beside):
        if len(set(names)) < len(names):
            names = [
                f"{name} {beside(one)}" if names.count(name) > 1 else name
                for name, one in zip(names, several, strict=True)
            ]
    for number, (name, one) in enumerate(zip(names, several, strict=True), 1):
        unlike = name if names.count(name) == 1 else f"{name} ({number})"
        yield Written(number, unlike, one, tuple(_references(one)))


def _name(options: ConnectionOptions) -> str:
    """Return what a login is done with, by its reference; a file of a key is named as it stands."""
    for place in _places(options):
        for key in _LOGIN:
            value = place.get(key)
            if isinstance(value, str) and value:
                return value if is_reference(value) else f"key_file {value}" if key == "key_file" else IN_CLEAR
    return "what the worker has"


def _secrets_beside(options: ConnectionOptions) -> str:
    found = (place.get(key) for place in _places(options) for key in _BESIDE)
    return "with " + (" and ".join(one for one in found if isinstance(one, str) and is_reference(one)) or IN_CLEAR)


def _references(options: ConnectionOptions) -> Iterator[str]:
    for place in _places(options):
        for key in _GIVEN:
            value = place.get(key)
            if isinstance(value, str) and is_reference(value):
                yield value


def _places(options: ConnectionOptions) -> Iterator[Mapping[str, Any]]:
    """Yield where a credential may stand, the place that libraries prefer first."""
    extras = options.extras or {}
    inner = extras.get("optional_args")
    if isinstance(inner, Mapping):
        yield inner
    yield extras
    yield {"username": options.username, "password": options.password}
