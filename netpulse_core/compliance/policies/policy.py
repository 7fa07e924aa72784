"""One policy file: what it says of itself, its rules, and its waivers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from netpulse_core.compliance.policies import kinds
from netpulse_core.compliance.policies.form import Form
from netpulse_core.errors import SiteError, did_you_mean
from netpulse_core.inventory.notice import Notice
from netpulse_core.inventory.yamlfile import YamlFile
from netpulse_core.model.check import FindingVerdict, Severity
from netpulse_core.model.policy import Origin, Policy, Rule, Waiver

KEYS = (
    "policy", "version", "severity", "owner", "description", "scope", "source", "max_age", "template", "platform",
    "rules", "waivers",
)  # fmt: skip

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_NAMED = "small letters, digits, `-` and `_`, a letter first, 64 at most"
_VIOLATION = (FindingVerdict.FAIL, FindingVerdict.WARN)
_AGE = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?", re.ASCII)


@dataclass(slots=True)
class PolicyFile:
    """What one file says: a policy, unless one of the notices is an error."""

    path: Path
    file: YamlFile | None = None
    policy: Policy | None = None
    notices: list[Notice] = field(default_factory=list)


def read(path: Path, content: bytes, name: str = "") -> PolicyFile:
    """Read one file and everything that is wrong with it by itself; `name` is its path within the site."""
    found = PolicyFile(path)
    try:
        found.file = YamlFile(path, content)
    except SiteError as error:
        wrong = Notice(
            severity="error", path=path, line=error.line, key=error.key, message=error.problem, hint=error.hint
        )
        found.notices = [wrong]
        return found
    found.notices = [*found.file.notices]
    if not isinstance(found.file.data, dict):
        problem = "there is no policy in this file" if found.file.data is None else "it is not a mapping"
        found.notices.append(found.file.error((), problem, "begin with `policy: NAME`"))
        return found
    policy = _policy(Form(found.file, (), found.file.data, found.notices), name or path.name)
    if not any(one.severity == "error" for one in found.notices):
        found.policy = policy
    return found


def _policy(form: Form, name: str) -> Policy:
    form.only(*KEYS)
    severity = form.choice("severity", Severity, Severity.MEDIUM)
    platforms = form.texts("platform")
    rules = [_rule(each, severity, platforms) for each in form.forms("rules")]
    if "rules" not in form:
        form.wrong("", "`rules` is missing: without one nothing is judged")
    _unique(form, [rule.id for rule in rules if rule is not None])
    known = {rule.id for rule in rules if rule is not None}
    origin = form.choice("source", Origin, Origin.LIVE)
    return Policy(
        name=_name(form, "policy"),
        version=form.text("version", counts=True, needed="a number to raise when what it wants changes"),
        severity=severity,
        owner=form.text("owner", needed="whom to ask about it"),
        description=form.text("description"),
        scope=form.target("scope", "*"),
        origin=origin,
        max_age=_max_age(form, origin),
        templates=_templates(form, origin),
        rules=tuple(rule for rule in rules if rule is not None),
        waivers=tuple(waiver for each in form.forms("waivers") if (waiver := _waiver(each, known)) is not None),
        file=name,
    )


def _rule(form: Form, severity: Severity, platforms: tuple[str, ...]) -> Rule | None:
    name, demand = _name(form, "id"), kinds.demand(form)
    if demand is None:
        return None
    return Rule(
        id=name,
        sentence=form.text("title", name.replace("-", " ").replace("_", " ")),
        severity=form.choice("severity", Severity, severity),
        demand=demand,
        platforms=form.texts("platform") or platforms,
        scope=form.target("scope"),
        remediation=form.text("remediation", "auto"),
        verdict=form.choice("verdict", FindingVerdict, FindingVerdict.FAIL, among=_VIOLATION),
    )


def _waiver(form: Form, known: set[str]) -> Waiver | None:
    form.only("rule", "devices", "reason", "until")
    rules = form.texts("rule")
    if not rules:
        form.wrong("", "`rule` is missing: the rules it is for, `*` for all")
    for one in rules:
        if one != "*" and one not in known:
            form.wrong("rule", f"no rule {one!r}{did_you_mean(one, known)}")
    devices = form.target("devices")
    if not devices:
        form.wrong("", "`devices` is missing: a target, such as r7 or `role=lab`")
    reason = form.text("reason", needed="what the next person will read")
    until = _until(form)
    if until is None:
        return None
    return Waiver(rules=rules, devices=devices, reason=reason, until=until.timestamp(), said=_said(form.raw("until")))


def _until(form: Form) -> datetime | None:
    """Return when a waiver ends: after a day that is named, in UTC."""
    value = form.raw("until")
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value or " " in value else date.fromisoformat(value)
        except ValueError:
            value = None
    match value:
        case datetime():
            return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=UTC) + timedelta(days=1)
    if "until" in form:
        form.wrong("until", f"{form.raw('until')!r} is not a day", "write the last day on which it holds: 2027-03-31")
    else:
        form.wrong("", "`until` is missing: a waiver must end", "write the last day on which it holds: 2027-03-31")
    return None


def _said(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _name(form: Form, key: str) -> str:
    name = form.text(key, needed=_NAMED)
    if name and not _NAME.fullmatch(name):
        form.wrong(key, f"{name!r} is no name", _NAMED)
    return name


def _unique(form: Form, names: list[str]) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        form.wrong("rules", f"two rules are called {name!r}", "rename one of them")


def _max_age(form: Form, origin: Origin) -> float:
    value = form.raw("max_age")
    if value is None:
        return 0.0
    if origin is not Origin.BACKUP:
        form.wrong("max_age", "only a backup has an age", "write `source: backup`, or leave it out")
    match = _AGE.fullmatch(value) if isinstance(value, str) and value else None
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    seconds = float(((days * 24 + hours) * 60 + minutes) * 60)
    if not seconds:
        form.wrong("max_age", f"{value!r} is not a duration", "write such as 26h, 2d, 1d12h")
    return seconds


def _templates(form: Form, origin: Origin) -> Mapping[str, str]:
    if "template" not in form:
        if origin is Origin.RENDERED:
            hint = "template: configs/{platform}.j2, or a mapping of platforms to templates"
            form.wrong("", "`template` is missing: what renders the whole configuration", hint)
        return {}
    if origin is not Origin.RENDERED:
        form.wrong("template", "only `source: rendered` renders the whole configuration")
    if isinstance(form.raw("template"), str):
        return {"": form.text("template")}
    each = form.below("template")
    return dict(_by_platform(each)) if each is not None else {}


def _by_platform(form: Form) -> Iterator[tuple[str, str]]:
    for platform in form:
        yield str(platform), form.text(str(platform), needed="the template of this platform")
