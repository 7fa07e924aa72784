"""Copies of inventory elements: what a job may write to, the site's own left as they are.

Nothing is copied before it is looked at: most jobs look at their own host alone, and at little of that.
"""

from collections.abc import Callable, ItemsView, Iterator, ValuesView
from copy import deepcopy
from typing import Any, Self

from nornir.core.inventory import (
    BaseAttributes,
    ConnectionOptions,
    Defaults,
    Group,
    Groups,
    Host,
    Hosts,
    Inventory,
    InventoryElement,
    ParentGroups,
)


def _copied_when_read(kind: type, name: str, copy: Callable[[Any], Any]) -> Any:
    """Return a property over a slot of Nornir's, filled with a copy the first time it is read."""
    slot = vars(kind)[name]

    def read(self: Any) -> Any:
        try:
            return slot.__get__(self)
        except AttributeError:
            slot.__set__(self, copy(self))
            return slot.__get__(self)

    return property(read, slot.__set__)


class CopiedDefaults(Defaults):
    """The defaults of an inventory."""

    __slots__ = ("_original",)

    data = _copied_when_read(Defaults, "data", lambda self: deepcopy(self._original.data))
    connection_options = _copied_when_read(
        Defaults, "connection_options", lambda self: _options(self._original.connection_options)
    )

    def __init__(self, original: Defaults) -> None:
        self._original = original
        _copy_attributes(original, self)


class Copied(Host):
    """What makes any kind of host a copy of one; that kind has the slots `_original` and `_copier`."""

    __slots__ = ()

    _original: Host
    _copier: "Copier"

    groups = _copied_when_read(InventoryElement, "groups", lambda self: self._copier.parents(self._original))
    data = _copied_when_read(InventoryElement, "data", lambda self: deepcopy(self._original.data))
    connection_options = _copied_when_read(
        InventoryElement, "connection_options", lambda self: _options(self._original.connection_options)
    )

    def __init__(self, original: Host, copier: "Copier") -> None:
        self._original, self._copier = original, copier  # type: ignore[misc]
        self.name = original.name
        self.defaults = copier.defaults
        self.connections = {}
        _copy_attributes(original, self)

    def __getitem__(self, item: str) -> Any:
        """Return what the host says, or inherits; before anything was copied, a plain value needs no copy either."""
        if self._copier.untouched and self.defaults is self._copier.defaults and _never_read(self):
            found = self._original[item]
            if type(found) in _PLAIN:
                return found
        return super().__getitem__(item)


class CopiedHost(Copied):
    """A host of an inventory."""

    __slots__ = ("_copier", "_original")


class CopiedGroup(CopiedHost, Group):
    """A group of an inventory."""


class Copier:
    """Copies what one job sees; a group is the same object wherever the job reaches it."""

    def __init__(self, inventory: Inventory) -> None:
        self.defaults = CopiedDefaults(inventory.defaults)
        self._groups: dict[int, Group] = {}

    @property
    def untouched(self) -> bool:
        """Whether no copy of a group or of the defaults was made that somebody may have written to."""
        return not self._groups and not _is_set(_DATA_OF_DEFAULTS, self.defaults)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self  # who copies a copy does not mean the whole inventory

    def host[T: Copied](self, original: Host, kind: Callable[[Host, "Copier"], T]) -> T:
        """Return a copy of a host as another kind of host."""
        return kind(original, self)

    def parents(self, original: Host) -> ParentGroups:
        """Return the job's copies of the groups of a host or a group."""
        return ParentGroups([self.group(group) for group in original.groups])

    def let_go(self) -> None:
        """Forget the groups, once nobody looks at them: else they and this hold each other until they are collected."""
        self._groups = {}

    def group(self, original: Group) -> Group:
        """Return the job's copy of a group."""
        if id(original) not in self._groups:
            self._groups[id(original)] = CopiedGroup(original, self)
        return self._groups[id(original)]


class CopiedInventory(Inventory):
    """An inventory whose hosts and groups are not even counted before somebody asks for them."""

    __slots__ = ("_copier", "_kind", "_original", "_own")

    hosts = _copied_when_read(Inventory, "hosts", lambda self: self._hosts())
    groups = _copied_when_read(Inventory, "groups", lambda self: self._all_groups())

    def __init__(self, original: Inventory, copier: Copier, own: Copied, kind: type[Copied]) -> None:
        self._original, self._copier = original, copier
        self._own, self._kind = own, kind
        self.defaults = copier.defaults

    def _hosts(self) -> "CopiedHosts":
        hosts = CopiedHosts(self._original.hosts, lambda original: self._copier.host(original, self._kind))
        hosts[self._own.name] = self._own
        return hosts

    def _all_groups(self) -> "CopiedGroups":
        return CopiedGroups(self._original.groups, self._copier.group)


class _OnDemand(dict[str, Any]):
    """Elements by name, each copied when it is first looked at: thousands are never looked at."""

    def __init__(self, originals: dict[str, Any], copy: Callable[[Any], Any]) -> None:
        super().__init__(dict.fromkeys(originals))  # no way around `__getitem__` leads to an original
        self._originals = originals
        self._copy = copy

    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        if found is None:
            found = self[name] = self._copy(self._originals[name])
        return found

    def __iter__(self) -> Iterator[str]:
        # Its being here keeps `dict(...)` and `Hosts(...)` from copying past `__getitem__`.
        return super().__iter__()

    def get(self, name: str, default: Any = None) -> Any:
        """Return the copy of this name, or the default."""
        return self[name] if name in self else default  # noqa: SIM401  this is `get`

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        """Return every copy."""
        return ValuesView(self)

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        """Return every name with its copy."""
        return ItemsView(self)


class CopiedHosts(_OnDemand, Hosts):
    """The hosts of an inventory."""


class CopiedGroups(_OnDemand, Groups):
    """The groups of an inventory."""


_PLAIN = frozenset({str, int, float, bool})
"""Types of values that nobody can write to."""

_DATA, _GROUPS = vars(InventoryElement)["data"], vars(InventoryElement)["groups"]
_DATA_OF_DEFAULTS = vars(Defaults)["data"]


def _never_read(host: Copied) -> bool:
    return not (_is_set(_DATA, host) or _is_set(_GROUPS, host))


def _is_set(slot: Any, element: Any) -> bool:
    try:
        slot.__get__(element)
    except AttributeError:
        return False
    return True


_ATTRIBUTES: list[Any] = [vars(BaseAttributes)[name] for name in BaseAttributes.__slots__]


def _copy_attributes(original: Any, copy: Any) -> None:
    for slot in _ATTRIBUTES:  # past Host's own lookup, which would answer with what is inherited
        slot.__set__(copy, slot.__get__(original))


def _options(originals: dict[str, ConnectionOptions]) -> dict[str, ConnectionOptions]:
    return {name: ConnectionOptions(**deepcopy(options.dict())) for name, options in originals.items()}
