"""Every check of a site: those its plugins offer, and each rule of its policies."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from netpulse_core.compliance.policies import files
from netpulse_core.compliance.rules.check import PolicyCheck
from netpulse_core.errors import NetPulseError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.site import Site
from netpulse_core.model.check import Check
from netpulse_core.model.policy import Policy


class Catalogue(Mapping[str, Check]):
    """Checks by name, as one revision of a site has them."""

    def __init__(self, plugins: Plugins, policies: Sequence[Policy], site: Site) -> None:
        self.policies = {policy.name: policy for policy in sorted(policies, key=lambda one: one.name)}
        self._plugins = plugins
        ours = {rule.name: rule for policy in self.policies.values() for rule in rules(policy, site)}
        self._checks: dict[str, Check] = dict(sorted({**plugins.checks, **ours}.items()))

    @classmethod
    def of(cls, folder: Path, plugins: Plugins, site: Site) -> Self:
        """Read the policies of a site; raise SiteError with the file, line and key of what is wrong."""
        return cls(plugins, files.load(folder), site)

    def __getitem__(self, name: str) -> Check:
        return self._checks[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._checks)

    def __len__(self) -> int:
        return len(self._checks)

    def source(self, name: str) -> str:
        """Return where a check comes from: the name of a plugin, or a policy's file within the site."""
        check = self._checks[name]
        return check.policy.file if isinstance(check, PolicyCheck) else self._plugins.check_source(name)


def rules(policy: Policy, site: Site) -> Iterator[PolicyCheck]:
    """Yield the rules of a policy, each with the devices it is for and those it is waived on.

    A scope that lost its meaning by an edit of the inventory keeps no service from starting: the rule is an error
    on every device. A waiver like that waives nothing.
    """
    waivers = [(_meant(one.devices, site)[0], one) for one in policy.waivers]
    scope, lost = _meant(policy.scope, site)
    for rule in policy.rules:
        mine = [(devices, waiver) for devices, waiver in waivers if {rule.id, "*"} & set(waiver.rules)]
        narrowed, astray = _meant(rule.scope, site) if rule.scope else (scope, "")
        yield PolicyCheck(policy, rule, scope & narrowed, mine, astray=lost or astray)


def _meant(expression: str, site: Site) -> tuple[frozenset[str], str]:
    """Return the devices of an expression, or why they cannot be told."""
    try:
        return frozenset(device.name for device in site.meant(expression)), ""
    except NetPulseError as error:
        return frozenset(), str(error)
