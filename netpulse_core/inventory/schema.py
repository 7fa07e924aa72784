"""Whether parsed inventory files fit Nornir's schema; every problem is told, not the first alone."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from netpulse_core.errors import did_you_mean
from netpulse_core.inventory import credentials
from netpulse_core.inventory.notice import Notice, Where
from netpulse_core.inventory.reach import CREDENTIALS
from netpulse_core.inventory.secrets import is_secret_key
from netpulse_core.inventory.yamlfile import YamlFile

_TEXT = ("hostname", "username", "password", "platform")
_BASE = frozenset({*_TEXT, "port"})
OPTION_KEYS = _BASE | {"extras"}
DEFAULTS_KEYS = _BASE | {"data", "connection_options"}
ELEMENT_KEYS = DEFAULTS_KEYS | {"groups", "name"}

Say = Callable[[Where, str, str], None]


def problems(hosts: YamlFile, groups: YamlFile | None = None, defaults: YamlFile | None = None) -> Iterator[Notice]:
    """Yield what is wrong with these three files, in the order a reader would meet it."""
    for file in (hosts, groups, defaults):
        yield from file.notices if file else ()
    if not hosts.data:
        yield hosts.error((), "there is no host in this file", "add one: `leaf1: {hostname: 192.0.2.1}`")
    known = _names(groups)
    yield from _elements(hosts, known, "host")
    if groups:
        yield from _elements(groups, known, "group")
        yield from _cycles(groups)
    if defaults and defaults.data is not None:
        found: list[Notice] = []
        _element(defaults.data, (), DEFAULTS_KEYS, known, _sayer(defaults, found))
        yield from found


def _names(groups: YamlFile | None) -> frozenset[Any]:
    return frozenset(groups.data) if groups and isinstance(groups.data, dict) else frozenset()


def _sayer(file: YamlFile, found: list[Notice]) -> Say:
    return lambda where, message, hint: found.append(file.error(where, message, hint))


def _elements(file: YamlFile, known: frozenset[Any], kind: str) -> Iterator[Notice]:
    if file.data is None:
        return
    found: list[Notice] = []
    say = _sayer(file, found)
    if not isinstance(file.data, dict):
        say((), f"expected a mapping of {kind} names, got {_kind(file.data)}", f"write `{kind}1:` on its own line")
        yield from found
        return
    for name, body in file.data.items():
        if not isinstance(name, str) or not name:
            say((name,), f"a {kind}'s name must be text, got {_shown(name)}", "put the name in quotes")
        _element(body, (name,), ELEMENT_KEYS, known, say)
        if isinstance(body, dict) and body.get("name", name) != name:
            say((name, "name"), f"the name of this {kind} is {name!r}, the key above", "remove this line")
    yield from found


def _element(body: Any, where: Where, allowed: frozenset[str], groups: frozenset[Any], say: Say) -> None:
    if body is None:
        return
    if not isinstance(body, dict):
        say(where, f"expected a mapping, got {_kind(body)}", "indent its keys below it")
        return
    _attributes(body, where, allowed, say)
    if (data := body.get("data")) is not None and not isinstance(data, dict):
        say((*where, "data"), f"expected a mapping, got {_kind(data)}", "")
    _credentials(data, (*where, "data"), say)
    if "groups" in allowed and body.get("groups") is not None:
        _memberships(body["groups"], (*where, "groups"), groups, say)
    if (options := body.get("connection_options")) is not None:
        _options(options, (*where, "connection_options"), say)


def _attributes(body: Mapping[Any, Any], where: Where, allowed: frozenset[str], say: Say) -> None:
    for key in body:
        if key not in allowed:
            hint = "a key of your own belongs under `data:`" if "data" in allowed else "it may belong under `extras:`"
            say((*where, key), f"unknown key {str(key)!r}{did_you_mean(str(key), allowed)}", hint)
    for key in _TEXT:
        value = body.get(key)
        if value is not None and type(value) is not str:
            shown = _kind(value) if is_secret_key(key) else _shown(value)
            say((*where, key), f"expected text, got {shown}", "put it in quotes")
    port = body.get("port")
    if port is None:
        return
    if type(port) is not int:
        say((*where, "port"), f"expected a whole number, got {_shown(port)}", "write it without quotes: port: 22")
    elif not 1 <= port <= 65535:
        say((*where, "port"), f"{port} is not a port", "a port is between 1 and 65535")


def _memberships(value: Any, where: Where, known: frozenset[Any], say: Say) -> None:
    if not isinstance(value, list):
        say(where, f"expected a list of group names, got {_shown(value)}", "write `groups: [name]`")
        return
    for index, name in enumerate(value):
        if isinstance(name, (dict, list)) or name not in known:
            close = did_you_mean(str(name), [str(group) for group in known])
            hint = "groups are defined in inventory/groups.yaml"
            say((*where, index), f"no group {_shown(name)}{close}", hint)


def _options(options: Any, where: Where, say: Say) -> None:
    if not isinstance(options, dict):
        say(where, f"expected a mapping of connection names, got {_kind(options)}", "such as `netmiko:`")
        return
    for name, body in options.items():
        inner = (*where, name)
        if body is None:
            continue
        if not isinstance(body, dict):
            say(inner, f"expected a mapping, got {_kind(body)}", "indent its keys below it")
            continue
        _attributes(body, inner, OPTION_KEYS, say)
        if (extras := body.get("extras")) is not None and not isinstance(extras, dict):
            say((*inner, "extras"), f"expected a mapping, got {_kind(extras)}", "")
        _credentials(extras, (*inner, "extras"), say)


def _credentials(around: Any, where: Where, say: Say) -> None:
    """Say what is wrong with further credentials where they stand, and not at each device that inherits them."""
    if isinstance(around, dict):
        for inner, message, hint in credentials.problems(around.get(CREDENTIALS)):
            say((*where, CREDENTIALS, *inner), message, hint)


def _cycles(groups: YamlFile) -> Iterator[Notice]:
    """Find groups that contain themselves, each ring once; Nornir would recurse into it until it dies."""
    parents = {
        name: [parent for parent in body.get("groups") or () if isinstance(parent, str)]
        for name, body in (groups.data if isinstance(groups.data, dict) else {}).items()
        if isinstance(body, dict) and isinstance(body.get("groups") or [], list)
    }
    done: set[str] = set()
    for start in parents:
        trail: list[str] = []
        pending = [(start, iter(parents[start]))] if start not in done else []
        while pending:
            name, rest = pending[-1]
            if len(trail) < len(pending):
                trail.append(name)
            parent = next(rest, None)
            if parent is None:
                done.add(name)
                pending.pop()
                trail.pop()
            elif parent in trail:
                ring = " > ".join([*trail[trail.index(parent) :], parent])
                yield groups.error((name, "groups"), f"this group contains itself: {ring}", f"remove {parent!r} here")
            elif parent in parents and parent not in done:
                pending.append((parent, iter(parents[parent])))


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number" if isinstance(value, (int, float)) else f"a {type(value).__name__}")


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is None:
        return _kind(value)
    return f"the text {value!r}" if isinstance(value, str) else f"{_kind(value)} ({value})"
