"""A site, read once: its inventory, its devices, and the revision that says which content this is."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from nornir.core.inventory import Inventory

from netpulse_core.errors import NetPulseError, Refused, SiteError
from netpulse_core.inventory import load, revision, targets
from netpulse_core.inventory.device import Inheritance
from netpulse_core.inventory.index import Index
from netpulse_core.inventory.notice import dotted
from netpulse_core.inventory.secrets import clear_secrets, clear_texts
from netpulse_core.model.device import Device
from netpulse_core.settings import Settings

SNAPSHOTS = "inventory"
CHANGED = "the site's files have changed since this process read them: restart it to use them"


class Site:
    """What a site's files said at one moment; load it again to see what they say now.

    `inventory` is for reading. Nornir writes merged options into objects its hosts share: run on copies.
    """

    def __init__(self, path: Path, revision: str, inventory: Inventory, *, files: str = "") -> None:
        self.path = path
        self.revision = revision
        self.inventory = inventory
        self._files = files or revision
        self._clear: dict[str, frozenset[str]] = {}

    def __repr__(self) -> str:
        return f"<site {self.path} {self.revision}, {len(self.inventory.hosts)} devices>"

    @classmethod
    def load(
        cls, settings: Settings, prepare: Callable[[Inventory], None] = lambda inventory: None, *, keep: bool = True
    ) -> "Site":
        """Read the site, and let plugins `prepare` it; raise SiteError with the file, line and key of what is wrong.

        What was read is kept in the site's state folder for the next time, unless `keep` says otherwise.
        """
        with _collector_paused():
            site = cls._read(settings, keep)
            prepare(site.inventory)
            if not settings.embedded and not settings.allow_clear_secrets:
                _refuse_clear_secrets(settings, site.inventory)
            return site

    @classmethod
    def _read(cls, settings: Settings, keep: bool) -> "Site":
        path = settings.site
        files = revision.contents(path)
        if not settings.inventory_plugin:
            inventory = load.of_yaml(path, files, settings.state / SNAPSHOTS if keep else None)
            return cls(path, revision.of_contents(files), inventory)
        inventory = load.of_plugin(settings.inventory_plugin, settings.inventory_options)
        return cls(path, revision.of_inventory(inventory, files), inventory, files=revision.of_contents(files))

    @cached_property
    def devices(self) -> Mapping[str, Device]:
        """Every device by its name, in the order of the inventory."""
        inherited = Inheritance(self.inventory)
        return MappingProxyType({name: inherited.device(host) for name, host in self.inventory.hosts.items()})

    @cached_property
    def clear_secrets(self) -> frozenset[str]:
        """Every secret that the inventory holds in clear."""
        return frozenset(clear_texts(self.inventory.dict()))

    def clear_secrets_of(self, name: str) -> frozenset[str]:
        """Return the secrets in clear that the inventory holds for one device, of its groups and the defaults too."""
        host = self.inventory.hosts.get(name)
        if host is None or not self.clear_secrets:
            return frozenset()
        if name not in self._clear:  # looked for once: every job of the device asks
            said = (host, *host.extended_groups(), self.inventory.defaults)
            self._clear[name] = frozenset(text for one in said for text in clear_texts(one.dict()))
        return self._clear[name]

    def select(self, expression: str) -> list[Device]:
        """Return the devices a target expression means, in the order of the inventory.

        Raise Refused where that is none, or fewer than it names, and InvalidParameters where it cannot be read or names
        an unknown key.
        """
        with self.as_read():
            return self._selected(expression, self._index.refuse_strangers_named, patterns=True)

    def kept(self, expression: str) -> list[Device]:
        """Return the devices of a target of the site's files as they are checked now; it raises as `select` does.

        Only a negated pattern may be like nothing today: it is meant for devices that come and go.
        """
        with self.as_read():
            return self._selected(expression, self._index.refuse_strangers_named, patterns=False)

    def narrowed(self, expression: str) -> list[Device]:
        """Return the devices of a target that was checked when it was written: of a key, a freeze, a schedule, a hook.

        An alternative that no device has any more means none of them; else it raises as `kept` does, also for a negated
        word that none has any more: where it was renamed, the devices that were to be spared would be meant.
        """
        with self.as_read():
            return self._selected(expression, lambda parsed: None, patterns=False)

    @contextmanager
    def as_read(self) -> Iterator[None]:
        """Say of an error, before what it hints itself, where the files say something else now than when read."""
        try:
            yield
        except NetPulseError as error:
            if self._has_changed():
                error.hint = "; ".join(filter(None, (CHANGED, error.hint)))
            raise

    def named(self, names: Sequence[str]) -> list[Device]:
        """Return these devices, or raise Refused for one that is not in the inventory."""
        for name in names:
            if name not in self.devices:
                raise Refused(f"no device is named {name!r} any more", hint="name those that are left")
        return [self.devices[name] for name in names]

    def meant(self, expression: str) -> list[Device]:
        """Return the devices that an expression written for another revision means here, which may be none.

        A device it names that is gone is left out; InvalidParameters where a key or a group it names is not known.
        """
        return self.meaning(targets.parse(expression))

    def meaning(self, expression: targets.Expression) -> list[Device]:
        """Return the devices that an expression that was read, or a part of one, means here; as `meant` does."""
        return self._index.select(self._index.without_strangers(expression))

    def _selected(
        self, expression: str, examine: Callable[[targets.Expression], None], *, patterns: bool
    ) -> list[Device]:
        parsed = targets.parse(expression)
        found = self._index.select(parsed)
        self._index.refuse_strangers_spared(parsed, patterns=patterns)
        if not found:
            reasons = "; ".join(self._index.empty_tests(parsed))
            because = f": {reasons}" if reasons else ""
            raise Refused(
                f"no device matches {expression!r}{because}", hint=f"preview it with `netpulse devices {expression!r}`"
            )
        examine(parsed)
        return found

    def _has_changed(self) -> bool:
        """Whether its files say something else now than when they were read."""
        return revision.of_contents(revision.contents(self.path)) != self._files

    @cached_property
    def _index(self) -> Index:
        return Index(tuple(self.devices.values()), self.inventory.groups)


def _refuse_clear_secrets(settings: Settings, inventory: Inventory) -> None:
    """Refuse an inventory of production that holds secrets themselves: whoever reads its repository has them."""
    found = [dotted(where) for where in clear_secrets(inventory.dict())]
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        raise SiteError(
            f"a secret in clear{more}, where a broker makes this production",
            path=settings.site,
            key=found[0],
            hint="write references, as secret:NAME (`netpulse check` lists each), or set allow_clear_secrets",
        )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Let the garbage collector rest: it would walk hundreds of thousands of new objects, none of them garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
