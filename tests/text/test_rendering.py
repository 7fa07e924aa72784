"""Rendering: what a template may know, reach and cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from netpulse_core.errors import InvalidParameters, NetPulseError, NotFound, PluginError, SiteError, TemplateFailed
from netpulse_core.inventory.site import CHANGED
from tests.text.conftest import Texts

PARENT = "hostname {{ name }}\n{% block body %}{% endblock %}end {{ footer }}\n"
CHILD = (
    "{% extends 'parent.j2' %}\n{% block body %}\n"
    "{% for server in ntp_servers %}\n{% include 'parts/ntp.j2' %}\n{% endfor %}\n{% endblock %}\n"
)
PART = "ntp server {{ server }} vrf {{ vrf }}{{ ' prefer' if prefer is defined }}\n"
FAMILY = {"parent.j2": PARENT, "child.j2": CHILD, "parts/ntp.j2": PART}


def test_a_template_is_rendered_with_what_the_inventory_says_of_a_device(texts: Texts) -> None:
    made = texts(FAMILY).render("child.j2", "leaf1", {"vrf": "mgmt", "footer": "."})
    lines = ["hostname leaf1", "ntp server 10.0.0.1 vrf mgmt", "ntp server 10.0.0.2 vrf mgmt", "end ."]
    assert made.text.splitlines() == lines
    assert (made.root, made.renderer) == ("site", "jinja2")
    assert made.version.startswith("sha256 ")


def test_every_missing_variable_is_named_with_file_and_line_before_anything_is_rendered(texts: Texts) -> None:
    with pytest.raises(TemplateFailed) as failed:
        texts(FAMILY).render("child.j2", "leaf1", {})
    assert failed.value.problems == (
        "templates/parent.j2:2: variable 'footer' is not set",
        "templates/parts/ntp.j2:1: variable 'vrf' is not set",
    )


LIST = "[{'a': 1}, {}]"
WRONG = {
    f"{{{{ {LIST} | map(attribute='a') | list }}}}": "1: 'dict object' has no attribute 'a'",
    "{{ [host.typo] }}": "1: 'dict object' has no attribute 'typo'",
    "\n{{ {'a': host.typo} }}": "2: 'dict object' has no attribute 'typo'",
    "{{ '%r' % (host.typo,) }}": "1: 'dict object' has no attribute 'typo'",
    "{{ host.typo is none }}": "1: 'dict object' has no attribute 'typo'",
    "{{ host.typo is string }}": "1: 'dict object' has no attribute 'typo'",
    "{% if host.typo is not mapping %}{% endif %}": "1: 'dict object' has no attribute 'typo'",
    "\nntp server {{ host.get('typo') }}": "2: {{ host.get('typo') }} is null, which would be rendered as None",
    "ntp server {{ empty -}}\n": "1: {{ empty }} is null, which would be rendered as None",
    "{{ name }} {{ empty }}": "1: one of {{ name }}, {{ empty }} is null, which would be rendered as None",
    "{{\n none\n}}": "is null, which would be rendered as None",
    "{{ empty | upper }}": "1: `| upper` is given a null in {{ empty | upper }}, which would be rendered as None",
    "\n{% set a = empty | trim %}": "2: `| trim` is given a null, which would be rendered as None",
    "{{ 'a-b' | replace('a', empty) }}": "1: `| replace` is given a null",
    "{{ empty | replace('a', 'b') }}": "1: `| replace` is given a null",
    "{{ empty | string | default('x', true) }}": "1: `| string` is given a null",
    "{{ [1, empty] | join(',') }}": "1: `| join` is given a null",
    "{{ [{'a': empty}] | join(',', attribute='a') }}": "1: `| join` is given a null",
    "{{ [empty] | map('upper') | join }}": "1: `| upper` is given a null",
    "{{ empty | multiline }}": "1: `| multiline` is given a null",
    "{{ 'x %s' % empty }}": "1: `%` is given a null",
    "{{ 'x %s %s' % (1, empty) }}": "1: `%` is given a null",
    "{{ 'x %(a)s' % {'a': empty} }}": "1: `%` is given a null",
    "{{ 'x %s' | format(empty) }}": "1: `| format` is given a null",
    "{{ 'x {} {a[b]}'.format(1, a={'b': empty}) }}": "1: `.format()` is given a null",
    "{{ 'x {b!r}'.format_map({'b': empty}) }}": "1: `.format()` is given a null",
    "{{ 'x' ~ empty }} {{ name }}": "1: `~` is given a null in one of {{ 'x' ~ empty }}, {{ name }}",
    "{% include 'nothing.j2' %}": "templates/nothing.j2:2: {{ empty }} is null",
    "{% macro m(a) %}x {{ a }}{% endmacro %}\n{{ m(empty) }}": "1: {{ a }} is null",
    "one\n{{ host.nothing.at_all }}\n": "2: 'dict object' has no attribute 'nothing'",
    "one\n\n{% for %}\n": "3: Expected an expression",
    "{% include 'gone.j2' %}": "1: no template 'gone.j2'",
    "\n{{ 1 / 0 }}": "2: ZeroDivisionError: division by zero",
    "{{ ''.__class__.__mro__ }}": "1: access to attribute '__class__' of 'str' object is unsafe.",
    "{{ ntp_servers.append('x') }}": "1: access to attribute 'append' of 'list' object is unsafe.",
    "{{ snmp_community }}": "1: variable 'snmp_community' is withheld, because its name says that it is secret",
    "{{ uplink.auth_key }}": "1: 'dict object' has no attribute 'auth_key'",
    "{{ host.password }}": "1: 'dict object' has no attribute 'password'",
    "{{ '%999999999d' % 1 }}{{ '%999999999d' % 1 }}": "it needs more memory than it may have",
}


def test_what_is_wrong_is_said_with_file_and_line(texts: Texts) -> None:
    files = {f"{number}.j2": wrong for number, wrong in enumerate(WRONG)}
    text = texts({**files, "nothing.j2": "\nntp {{ empty }}\n"})
    for number, problem in enumerate(WRONG.values()):
        with pytest.raises(TemplateFailed) as failed:
            text.render(f"{number}.j2", "leaf1", {"empty": None})
        assert f"{number}.j2" in str(failed.value)
        assert problem in failed.value.problems[0]
        assert "hush" not in str(failed.value)


def test_what_may_be_null_or_not_set_is_asked_for_as_ever(texts: Texts) -> None:
    asked = "{{ empty is none }} {{ empty or 7 }} {{ empty | default('x', true) }} {{ host.typo is defined }}"
    asked += " {{ host.typo | default('y') }} {{ 'z' if empty }}{{ empty is string }} {{ [1, 'a'] }}"
    said = "True 7 x False y False [1, 'a']"
    assert texts({"a.j2": asked}).render("a.j2", "leaf1", {"empty": None}).text == said


def test_what_makes_text_of_values_does_so_of_all_but_null(texts: Texts) -> None:
    made = {
        "{{ empty | default('x', true) | upper }}": "X",
        "{{ ' a ' | trim(none) }}{{ 'aa' | replace('a', 'b', 1) }}{{ [1, 'b'] | join('-') }}": "aba1-b",
        "{{ [{'a': 1}, {'a': 2}] | join(',', attribute='a') }}": "1,2",
        "{{ '%(a)s' % {'a': 1, 'b': empty} }} {{ '%s %5.1f' % ('a', 2) }} {{ 7 % 4 }}": "1 a   2.0 3",
        "{{ '{a} {0:>3}'.format(1, a=2, b=empty) }} {{ '{a}'.format_map({'a': 1, 'b': empty}) }}": "2   1 1",
        "{{ '%s-%s' | format(1, 'a') }} {{ 'a' ~ 1 ~ name }}": "1-a a1leaf1",
        "{{ empty | tojson }} {{ empty | int }}": "null 0",
    }
    text = texts({f"{number}.j2": template for number, template in enumerate(made)})
    for number, said in enumerate(made.values()):
        assert text.render(f"{number}.j2", "leaf1", {"empty": None}).text == said


def test_a_secret_is_rendered_where_it_is_said(texts: Texts) -> None:
    template = "snmp-server community {{ snmp_community }}"
    assert texts({"a.j2": template}).render("a.j2", "leaf1", {"snmp_community": "x"}).text.endswith(" x")


def test_a_template_that_was_written_since_is_told_of(texts: Texts, tmp_path: Path) -> None:
    text = texts({"a.j2": "old {{ name }}", "b.j2": "{{ ntp }}", "c.textfsm": "Value A (.)\n\nStart\n  ^${A}\n"})
    assert text.render("a.j2", "leaf1", {}).stale == ""
    (tmp_path / "templates" / "a.j2").write_text("new {{ name }}")
    made = text.render("a.j2", "leaf1", {})
    assert (made.text, made.stale) == ("old leaf1", CHANGED)
    with pytest.raises(TemplateFailed) as failed:
        text.render("b.j2", "leaf1", {})
    assert failed.value.hint == f"{CHANGED}; put it into the inventory, or say it: --var NAME=VALUE"
    for ask in (lambda: text.render("new.j2", "leaf1", {}), lambda: text.parse("x", template="new.textfsm")):
        with pytest.raises(NotFound) as missing:
            ask()
        assert missing.value.hint == f"{CHANGED}; `netpulse templates` lists them"


def test_a_name_leads_out_of_no_root(texts: Texts) -> None:
    text = texts({"a.j2": "{% include other %}"})
    for name in ("../inventory/hosts.yaml", "/etc/passwd", "a/../../x.j2", "site:../x.j2", "", "a\\b.j2"):
        with pytest.raises(InvalidParameters, match="leads out of the folder"):
            text.render(name, None, {})
        with pytest.raises(InvalidParameters, match="leads out of the folder"):
            text.render("a.j2", None, {"other": name})


def test_a_link_out_of_the_folder_is_refused_by_name(texts: Texts, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.j2").symlink_to(tmp_path / "secret")
    with pytest.raises(SiteError, match=r"templates/a\.j2: this link leads out"):
        texts({})


@pytest.mark.thorough
def test_an_endless_template_is_stopped_and_the_next_one_rendered(
    texts: Texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netpulse_core.text.service.RENDER", 1.0)
    loop = "{% for a in range(9999) %}" * 3 + "{% endfor %}" * 3
    text = texts({"endless.j2": loop, "good.j2": "{{ name }}"})
    with pytest.raises(TemplateFailed, match=r"'endless\.j2': render: not done within 1 s, and stopped"):
        text.render("endless.j2", None, {})
    assert text.render("good.j2", "leaf1", {}).text == "leaf1"


def test_a_text_without_end_is_cut_off(texts: Texts) -> None:
    text = texts({"a.j2": "{% for a in range(9999) %}{{ 'x' * 100 }}{% endfor %}"}, largest=100_000)
    with pytest.raises(TemplateFailed, match="renders more than 100,000 characters"):
        text.render("a.j2", None, {})


def test_filters_of_netutils_and_of_plugins_are_there_and_none_that_asks_the_network(texts: Texts) -> None:
    shout = "from netpulse_core import hookimpl\n\n@hookimpl\ndef prepare_jinja(environment):\n"
    shout += "    environment.filters['shout'] = str.upper\n"
    text = texts(
        {"a.j2": "{{ 'Gi0/1' | canonical_interface_name | shout }}", "b.j2": "{{ 'example.org' | fqdn_to_ip }}"},
        {"shout.py": shout},
    )
    assert text.render("a.j2", None, {}).text == "GIGABITETHERNET0/1"
    with pytest.raises(TemplateFailed, match="No filter named 'fqdn_to_ip'"):
        text.render("b.j2", None, {})


def test_a_plugin_that_fails_to_prepare_is_named(texts: Texts) -> None:
    bad = "from netpulse_core import hookimpl\n\n@hookimpl\ndef prepare_jinja(environment):\n    raise KeyError('x')\n"
    with pytest.raises(PluginError, match=r"plugin plugins/bad\.py failed in prepare_jinja: KeyError"):
        texts({"a.j2": "x"}, {"bad.py": bad}).render("a.j2", None, {})


@pytest.mark.parametrize(("name", "device"), [("chlid.j2", "leaf1"), ("child.j2", "leaf2")])
def test_what_is_not_there_is_said_with_what_is(texts: Texts, name: str, device: str) -> None:
    with pytest.raises(NotFound, match=r"did you mean '(child\.j2|leaf1)'"):
        texts(FAMILY).render(name, device, {})


def test_a_template_that_parses_renders_nothing(texts: Texts) -> None:
    with pytest.raises(NetPulseError, match="it parses, with textfsm"):
        texts({}).render("cisco_ios_show_version.textfsm", None, {})
