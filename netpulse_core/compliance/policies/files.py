"""The site's `templates/compliance/`: one file is one policy."""

from collections.abc import Callable, Iterator
from pathlib import Path

from netpulse_core.compliance.policies.form import worded
from netpulse_core.compliance.policies.policy import PolicyFile, read
from netpulse_core.compliance.rules import platforms
from netpulse_core.errors import NetPulseError, Refused, did_you_mean
from netpulse_core.inventory import yamlfolder
from netpulse_core.inventory.notice import Notice, Where, raise_first
from netpulse_core.inventory.site import Site
from netpulse_core.model.policy import Asserts, Intended, Policy

FOLDER = "templates/compliance"

type Find = Callable[[str], object]
"""Finds a template by its name; None where there is none."""


def load(site: Path) -> list[Policy]:
    """Return the site's policies by name; raise SiteError with the file, line and key of what is wrong."""
    found = read_all(site)
    raise_first([notice for each in found for notice in each.notices])
    return [each.policy for each in found if each.policy is not None]


def read_all(site: Path) -> list[PolicyFile]:
    """Return what each file says, and that two of them have one name."""
    files = yamlfolder.contents(site / FOLDER)
    found = [read(path, content, path.relative_to(site).as_posix()) for path, content in files.items()]
    first: dict[str, PolicyFile] = {}
    for each in found:
        if each.policy is None or each.file is None:
            continue
        if (other := first.setdefault(each.policy.name, each)) is not each:
            words = f"the policy {each.policy.name!r} is in {other.path.name} already"
            each.notices.append(each.file.error(("policy",), words, "rename one of them"))
            each.policy = None
    return found


def examine(folder: Path, site: Site | None, find: Find | None) -> list[Notice]:
    """Return everything that is wrong with the site's policies; without a site or templates, less is looked at."""
    found = list(yamlfolder.misnamed(folder / FOLDER, "policies"))
    for each in read_all(folder):
        found += each.notices
        if each.policy is not None:
            found += _judged(each, each.policy, site, find)
    return found


def _judged(each: PolicyFile, policy: Policy, site: Site | None, find: Find | None) -> Iterator[Notice]:
    assert each.file is not None
    for where, name in _templates(policy):
        if find is not None and "{" not in name and find(name) is None:
            yield each.file.error(where, f"there is no template {name!r}", "`netpulse templates` lists them")
    if site is None:
        return
    for where, expression in _targets(policy):
        try:
            site.kept(expression)
        except Refused as error:  # no device today may be one tomorrow
            yield each.file.warning(where, *worded(error))
        except NetPulseError as error:
            yield each.file.error(where, *worded(error))
    there = {device.platform for device in site.devices.values() if device.platform}
    for number, rule in enumerate(policy.rules):
        for platform in rule.platforms:
            if platform not in there and platform.lower() not in platforms.KNOWN:
                words = f"no device has the platform {platform!r}{did_you_mean(platform, {*there, *platforms.KNOWN})}"
                yield each.file.warning(("rules", number, "platform"), words, "the rule is for no device of it")


def _templates(policy: Policy) -> Iterator[tuple[Where, str]]:
    for platform, name in policy.templates.items():
        yield (("template", platform) if platform else ("template",)), name
    for number, rule in enumerate(policy.rules):
        match rule.demand:
            case Intended(template=name):
                yield ("rules", number, "intended"), name
            case Asserts(template=name) if name:
                yield ("rules", number, "template"), name


def _targets(policy: Policy) -> Iterator[tuple[Where, str]]:
    yield ("scope",), policy.scope
    for number, rule in enumerate(policy.rules):
        if rule.scope:
            yield ("rules", number, "scope"), rule.scope
    for number, waiver in enumerate(policy.waivers):
        yield ("waivers", number, "devices"), waiver.devices
