"""Whether what was asked stands in what was read back."""

import pytest

from netpulse_core.builtins.netconf import compare, xml

BASE = f'xmlns:nc="{xml.BASE}"'


def data(inside: str) -> str:
    return f"<nc:data {BASE}>{inside}</nc:data>"


def missing(edit: str, now: str) -> list[str]:
    return compare.missing(xml.config(edit.replace("<system", f"<system {BASE}", 1)), xml.parsed(data(now)))


STANDS = {
    "the same": ("<system><host>r1</host></system>", "<system><host>r1</host></system>"),
    "among others": (
        "<system><user><name>b</name><role>op</role></user></system>",
        "<system><host>r1</host><user><name>a</name><role>op</role></user>"
        "<user><name>b</name><uid>7</uid><role>op</role></user></system>",
    ),
    "white space and numbers": ("<system><mtu> 1500 </mtu><load>0.50</load></system>",
                                "<system><mtu>1500</mtu><load>0.5</load></system>"),
    "an identity under another prefix": (
        '<system><type xmlns:a="urn:t">a:eth</type></system>', '<system><type xmlns:b="urn:t">b:eth</type></system>',
    ),
    "a clear password kept as a hash": ("<system><secret>$0$clear</secret></system>",
                                        "<system><secret>$6$salt$hash</secret></system>"),
    "a deletion": ('<system><user nc:operation="delete"><name>a</name></user></system>',
                   "<system><user><name>b</name></user></system>"),
    "a leaf deleted inside an entry": (
        '<system><user><name>a</name><role nc:operation="remove"/></user></system>',
        "<system><user><name>a</name></user><user><name>b</name><role>op</role></user></system>",
    ),
    "a value of a leaf-list deleted": ('<system><dns nc:operation="delete">192.0.2.1</dns></system>',
                                       "<system><dns>192.0.2.2</dns></system>"),
    "an empty leaf": ("<system><bare/></system>", "<system><bare/></system>"),
}  # fmt: skip
STANDS_NOT = {
    "nothing there": ("<system><host>r1</host></system>", "", ["/system"]),
    "another value": ("<system><host>r1</host></system>", "<system><host>r2</host></system>", ["/system/host"]),
    "a big counter that differs in its last digit": (
        "<system><big>18446744073709551615</big></system>", "<system><big>18446744073709551614</big></system>",
        ["/system/big"],
    ),
    "a leaf of another entry": (
        "<system><user><name>a</name><role>op</role></user></system>",
        "<system><user><name>a</name></user><user><name>b</name><role>op</role></user></system>",
        ["/system/user/role"],
    ),
    "an identity of another namespace": (
        '<system><type xmlns:a="urn:t">a:eth</type></system>', '<system><type xmlns:a="urn:u">a:eth</type></system>',
        ["/system/type"],
    ),
    "still there": (
        '<system><user nc:operation="delete"><name>a</name></user></system>',
        "<system><user><name>a</name><uid>1</uid></user></system>", ["/system/user (still there)"],
    ),
    "a leaf still there": (
        '<system><host nc:operation="remove"/></system>', "<system><host>r1</host></system>",
        ["/system/host (still there)"],
    ),
    "another namespace": ('<system xmlns="urn:a"><x/></system>', '<system xmlns="urn:b"><x/></system>', ["/system"]),
}  # fmt: skip


@pytest.mark.parametrize("case", STANDS)
def test_it_stands(case: str) -> None:
    assert missing(*STANDS[case]) == []


@pytest.mark.parametrize("case", STANDS_NOT)
def test_it_does_not_stand(case: str) -> None:
    edit, now, paths = STANDS_NOT[case]
    assert missing(edit, now) == paths


LEFT = {
    "a leaf of an entry": (
        '<system><user nc:operation="replace"><name>a</name></user></system>',
        "<system><user><name>a</name><role>op</role></user></system>", ["/system/user/role (still there)"],
    ),
    "an entry of a list": (
        '<system nc:operation="replace"><user><name>a</name></user></system>',
        "<system><user><name>a</name></user><user><name>b</name></user></system>", ["/system/user (still there)"],
    ),
    "deep below": (
        '<system nc:operation="replace"><user><name>a</name></user></system>',
        "<system><user><name>a</name><key><id>1</id></key></user></system>", ["/system/user/key (still there)"],
    ),
    "nothing": (
        '<system nc:operation="replace"><user><name>a</name></user></system>',
        "<system><user><name>a</name></user></system>", [],
    ),
    "no replacement": (
        "<system><user><name>a</name></user></system>",
        "<system><user><name>a</name><role>op</role></user></system>", [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT)
def test_what_a_replacement_should_have_removed(case: str) -> None:
    asked, now, left = LEFT[case]
    edit, before = xml.config(asked.replace("<system", f"<system {BASE}", 1)), xml.parsed(data(now))
    assert compare.leftovers(edit, before, before) == left
    bare = xml.parsed(data("<system><user><name>a</name></user></system>"))
    assert compare.leftovers(edit, before, bare) == []
    assert compare.leftovers(edit, bare, before) == [], "what the server added is nobody's leftover"


def test_a_list_of_thousands_is_compared_entry_by_key() -> None:
    def entries(first: int) -> str:
        return "".join(f"<user><name>u{one}</name><uid>{one}</uid></user>" for one in range(first, first + 5000))

    edit, now = f"<system>{entries(0)}</system>", f"<system>{entries(4999)}</system>"
    assert missing(edit, now) == ["/system/user"] * 4999
    replaced = xml.config(edit.replace("<system>", f'<system {BASE} nc:operation="replace">'))
    assert compare.leftovers(replaced, *[xml.parsed(data(now))] * 2) == ["/system/user (still there)"] * 4999


def test_the_stamp_of_a_commit_is_no_difference() -> None:
    def shown(at: int) -> str:
        stamps = f'xmlns:junos="{xml.JUNOS}24.4R1/junos" junos:changed-seconds="{at}" junos:commit-user="u{at}"'
        return xml.outline(xml.parsed(data(f"<configuration {stamps}><x>1</x></configuration>")))

    assert shown(1) == shown(2)


@pytest.mark.parametrize(
    "given",
    [
        "<system><x>1</x></system>",
        '<?xml version="1.0"?>\n<config><system><x>1</x></system></config>',
        f"<nc:config {BASE}><system><x>1</x></system></nc:config>",
    ],
)
def test_an_edit_is_given_whole_or_as_what_stands_in_it(given: str) -> None:
    edit = xml.config(given)
    assert edit.tag == f"{{{xml.BASE}}}config"
    assert [child.tag for child in edit] == ["system"]
    assert "<system/>" in xml.subtree(edit)
