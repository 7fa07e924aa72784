"""What a rule demands, by the key that says its kind."""

from collections.abc import Callable, Mapping

from netpulse_core.compliance.policies import datakinds
from netpulse_core.compliance.policies.form import Form
from netpulse_core.compliance.rules import each, patterns
from netpulse_core.model.check import FindingVerdict
from netpulse_core.model.policy import Contains, Demand, Extra, Intended, Line

COMMON = ("id", "title", "severity", "platform", "scope", "remediation", "verdict")

_NOTHING = (FindingVerdict.NOT_APPLICABLE, FindingVerdict.FAIL, FindingVerdict.WARN, FindingVerdict.ERROR)
"""What may be said where there is nothing to judge: never that it is well."""


def demand(form: Form) -> Demand | None:
    """Return what a rule demands; None where that cannot be read, which is told."""
    kinds = {kind for key in form if (kind := _KIND.get(key)) is not None}
    if len(kinds) != 1:
        said = f"it is of {len(kinds)} kinds at once: {', '.join(sorted(kinds))}" if kinds else "it says no kind"
        form.wrong("", said, f"write one of {', '.join(_KIND)}")
        form.only(*COMMON, *{key for keys in _KEYS.values() for key in keys})
        return None
    (kind,) = kinds
    form.only(*COMMON, *_KEYS[kind])
    return _READ[kind](form)


def _contains(form: Form) -> Contains:
    wanted = Contains(
        must=tuple(_lines(form, "must_contain", counts=True)),
        must_not=tuple(_lines(form, "must_not_contain", counts=False)),
        within=form.patterns("within"),
        having=form.patterns("having"),
        not_having=form.patterns("not_having"),
        where=form.patterns("where"),
        each=next(iter(form.patterns("each", places=True)), ""),
        unless=form.patterns("unless", places=True),
        inherits=form.patterns("inherits", places=True),
        anywhere=form.flag("anywhere"),
        ignore=form.patterns("ignore"),
        absent=form.choice("absent", FindingVerdict, FindingVerdict.NOT_APPLICABLE, among=_NOTHING),
    )
    _named(form, wanted)
    return wanted


def _named(form: Form, wanted: Contains) -> None:
    """Tell names that nothing can be found to be: a line with one would never be found, and so never be forbidden."""
    if not wanted.each and (wanted.unless or wanted.inherits):
        form.wrong("", "`unless` and `inherits` are of things that `each` names", "write `each`, or leave them out")
    if wanted.each and not isinstance(form.raw("each"), str):
        form.wrong("each", "it is one regular expression, and not a list", "write a rule for each of them")
    elif wanted.each and not patterns.groups(wanted.each):
        form.wrong("each", "it names nothing", 'name a part of it, such as "^neighbor (?P<peer>\\S+) remote-as"')
    for name in each.unknown(wanted):
        form.wrong(
            "", f"nothing names `{{{name}}}`", f"name a part of `each` or `within` (?P<{name}>...), or write \\{{"
        )


def _lines(form: Form, key: str, *, counts: bool) -> list[Line]:
    if isinstance(form.raw(key), str):
        return [Line(text=one) for one in form.texts(key)]
    found = []
    for number, value in form.items(key):
        if isinstance(value, str) and value.strip():
            found.append(Line(text=value))
        elif (item := form.item(key, number, value)) is not None and (line := _line(item, counts)) is not None:
            found.append(line)
    return found


def _line(form: Form, counts: bool) -> Line | None:
    form.only("line", "regex", *(("at_least", "at_most") if counts else ()))
    text, pattern = form.text("line"), form.text("regex")
    if bool(text) == bool(pattern):
        form.wrong("", "it says neither `line` nor `regex`" if not text else "it says both `line` and `regex`")
        return None
    if pattern:
        form.seekable("regex", pattern, places=True)
    most = form.count("at_most", 0) if "at_most" in form else None
    least = form.count("at_least", 1 if most is None else 0)
    if most is not None and most < least:
        form.wrong("at_most", f"at most {most} is less than at least {least}")
    if most is None and not least:
        form.wrong("at_least", "at least 0 is true of everything")
    return Line(text=text, pattern=pattern, least=least, most=most)


def _intended(form: Form) -> Intended:
    return Intended(
        template=form.text("intended", needed="the template that renders it"),
        section=form.patterns("section"),
        ordered=form.flag("ordered"),
        extra=form.choice("extra", Extra, Extra.FAIL),
        ignore=form.patterns("ignore"),
        absent=form.choice("absent", FindingVerdict, FindingVerdict.NOT_APPLICABLE, among=_NOTHING),
    )


_KEYS: Mapping[str, tuple[str, ...]] = {
    "contains": (
        "must_contain", "must_not_contain", "within", "having", "not_having", "where", "each", "unless", "inherits",
        "anywhere", "ignore", "absent",
    ),
    "data": ("getter", "command", "template", "parser", "assert", "schema"),
    "napalm": ("napalm",),
    "software": ("software",),
    "intended": ("intended", "section", "ordered", "extra", "ignore", "absent"),
}  # fmt: skip

_KIND = {
    "must_contain": "contains",
    "must_not_contain": "contains",
    "intended": "intended",
    "assert": "data",
    "schema": "data",
    "napalm": "napalm",
    "software": "software",
}
"""The keys that say a rule's kind."""

_READ: Mapping[str, Callable[[Form], Demand | None]] = {
    "contains": _contains,
    "intended": _intended,
    "data": datakinds.asserts,
    "napalm": datakinds.validates,
    "software": datakinds.versions,
}
