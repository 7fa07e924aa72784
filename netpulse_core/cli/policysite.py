"""The site as `policies` reads it: its checks, and which file is of which device."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from netpulse_core.cli.given import Given
from netpulse_core.cli.place import settings_of
from netpulse_core.compliance import saved
from netpulse_core.compliance.catalogue import Catalogue
from netpulse_core.compliance.rules.check import PolicyCheck
from netpulse_core.errors import InvalidParameters, NotFound
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.site import Site
from netpulse_core.model.device import Device
from netpulse_core.model.policy import Origin, Policy
from netpulse_core.text.service import Text


class Known:
    """The policies of a site, read by this command itself."""

    def __init__(self, given: Given) -> None:
        self.settings = settings_of(given)
        plugins = Plugins.load(self.settings)
        self.site = Site.load(self.settings, plugins.prepare_inventory, keep=False)
        self._catalogue = Catalogue.of(self.settings.site, plugins, self.site)

    @property
    def policies(self) -> Mapping[str, Policy]:
        """Every policy by its name."""
        return self._catalogue.policies

    def one(self, name: str) -> Policy:
        """Return one policy; raise NotFound with the closest name."""
        if name not in self.policies:
            raise NotFound("policy", name, known=self.policies, hint="`netpulse policies list` shows them")
        return self.policies[name]

    def checks(self, policy: str) -> list[PolicyCheck]:
        """Return the rules of a policy."""
        return [one for one in self._rules() if one.policy.name == policy]

    def chosen(self, patterns: Sequence[str]) -> list[PolicyCheck]:
        """Return the rules of the policies that patterns mean; raise NotFound for a pattern of none."""
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in self.policies):
                raise NotFound("policy", pattern, known=self.policies, hint="`netpulse policies list` shows them")
        return [one for one in self._rules() if any(fnmatchcase(one.policy.name, pattern) for pattern in patterns)]

    def _rules(self) -> Iterator[PolicyCheck]:
        return (one for one in self._catalogue.values() if isinstance(one, PolicyCheck))

    @contextmanager
    def text(self) -> Iterator[Text]:
        """Render and parse as the site does."""
        text = Text(self.settings, self.site)
        try:
            yield text
        finally:
            text.close()


@dataclass(frozen=True, slots=True)
class Places:
    """The devices to judge, the file of each, and what cannot be judged, with the reason."""

    devices: Mapping[str, Device]
    files: Mapping[str, Path]
    away: Mapping[str, str]


def places(
    known: Known, configs: Path | None, mapped: Path | None, target: str, checks: Sequence[PolicyCheck]
) -> Places:
    """Return what to judge: the devices there are files of, or those that templates render the configuration of."""
    if configs is not None and mapped is not None:
        raise InvalidParameters("judge", ["--configs and --map both say where the files are"], hint="give one of them")
    all_of_them = known.site.devices
    wanted = {device.name for device in known.site.select(target)} if target else set(all_of_them)
    if configs is None and mapped is None:
        names = {name for one in checks if one.policy.origin is Origin.RENDERED for name in one.devices} & wanted
        if not names:
            hint = "say --configs DIR: only policies of `source: rendered` are judged without"
            raise InvalidParameters("judge", ["there are no configurations to judge"], hint=hint)
        return Places({name: all_of_them[name] for name in all_of_them if name in names}, {}, {})
    read = saved.folder(configs, all_of_them) if configs is not None else saved.mapping(mapped or Path(), all_of_them)
    there = {name: device for name, device in all_of_them.items() if name in read.files and name in wanted}
    lacking = {name: "no configuration of it is here" for name in all_of_them if name in wanted - set(there)}
    return Places(there, read.files, {**read.strangers, **(lacking if target else {})})


def data(policy: Policy, checks: Sequence[PolicyCheck], now: float) -> dict[str, Any]:
    """Return a policy as JSON data."""
    rules = [
        {
            "id": one.rule.id,
            "title": one.sentence,
            "severity": one.severity,
            "kind": type(one.rule.demand).__name__.lower(),
            "platforms": list(one.platforms),
            "devices": sorted(one.devices),
            "evidence": list(one.evidence),
        }
        for one in checks
    ]
    waivers = [{"rules": list(one.rules), "devices": one.devices, **one.as_data(now)} for one in policy.waivers]
    return {
        "policy": policy.name,
        "version": policy.version,
        "severity": policy.severity,
        "owner": policy.owner,
        "description": policy.description,
        "scope": policy.scope,
        "source": policy.origin,
        "file": policy.file,
        "rules": rules,
        "waivers": waivers,
    }
