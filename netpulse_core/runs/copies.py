"""Copies of inventory elements: what a job may write to, the site's own left as they are."""

from collections.abc import Callable, ItemsView, Iterator, ValuesView
from copy import deepcopy
from typing import Any

from nornir.core.inventory import ConnectionOptions, Defaults, Group, Groups, Host, Hosts, Inventory, ParentGroups


class Copier:
    """Copies what one job sees; a group is the same object wherever the job reaches it."""

    def __init__(self, inventory: Inventory) -> None:
        self.defaults = Defaults(
            **_attributes(inventory.defaults),
            data=deepcopy(inventory.defaults.data),
            connection_options=_options(inventory.defaults.connection_options),
        )
        self._groups: dict[int, Group] = {}

    def host[T: Host](self, original: Host, kind: Callable[..., T]) -> T:
        """Return a copy of a host, or of a group, as another kind of host."""
        return kind(
            name=original.name,
            **_attributes(original),
            groups=ParentGroups([self.group(group) for group in original.groups]),
            data=deepcopy(original.data),
            connection_options=_options(original.connection_options),
            defaults=self.defaults,
        )

    def group(self, original: Group) -> Group:
        """Return the job's copy of a group."""
        if id(original) not in self._groups:
            self._groups[id(original)] = self.host(original, Group)
        return self._groups[id(original)]


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


def _attributes(element: Host | Defaults) -> dict[str, Any]:
    # Past Host's own lookup, which would answer with what is inherited.
    names = ("hostname", "port", "username", "password", "platform")
    return {name: object.__getattribute__(element, name) for name in names}


def _options(originals: dict[str, ConnectionOptions]) -> dict[str, ConnectionOptions]:
    return {name: ConnectionOptions(**deepcopy(options.dict())) for name, options in originals.items()}
