"""What a target expression means, and where one stops making sense."""

import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpulse_core.errors import InvalidParameters, Refused
from netpulse_core.inventory import targets
from netpulse_core.inventory.index import Index
from netpulse_core.model.device import Device

FLEET = (
    Device(name="leaf1", key="a", address="192.0.2.1", platform="cisco_ios", groups=("leaf", "ams"),
           data={"role": "leaf", "site": "ams", "bgp": {"asn": 65001}, "tags": ["edge", "new"], "enabled": True}),
    Device(name="leaf2", key="b", address="192.0.2.2", platform="cisco_ios", groups=("leaf", "fra"),
           data={"role": "leaf", "site": "fra", "bgp": {"asn": "65002"}, "tags": [], "enabled": False}),
    Device(name="spine1", key="c", address="spine1.example.net", platform="arista_eos", groups=("spine",),
           data={"role": "spine", "site": "ams", "vrf": "blue", "vlans": {10: {"name": "users"}}}),
    Device(name="größe 7", key="d", address="192.0.2.4",
           data={"role": None, "ports": [{"name": "Gi0/1"}, {"name": "Gi0/2"}], "name": "other", "or": "x=y"}),
)  # fmt: skip


def names(expression: str, fleet: tuple[Device, ...] = FLEET) -> list[str]:
    return [device.name for device in Index(fleet, ("empty",)).select(targets.parse(expression))]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("*", "leaf1 leaf2 spine1 größe_7"),
        ("leaf1", "leaf1"),
        ("leaf*", "leaf1 leaf2"),
        ("leaf?", "leaf1 leaf2"),
        ("leaf[12]", "leaf1 leaf2"),
        ("leaf[!1]", "leaf2"),
        ("spine1, leaf1", "leaf1 spine1"),
        ("leaf1,@spine", "leaf1 spine1"),
        ("@spine", "spine1"),
        ("@l*", "leaf1 leaf2"),
        ("group=ams", "leaf1"),
        ("role=leaf & !site=ams", "leaf2"),
        ("role==leaf && site!=ams", "leaf2"),
        ("role=leaf and not site=ams", "leaf2"),
        ("role=leaf AND NOT site=ams", "leaf2"),
        ("site=a?s", "leaf1 spine1"),
        ("role=[leaf,spine]", "leaf1 leaf2 spine1"),
        ("role=[leaf[12],sp*]", "spine1"),
        ("role in (leaf, spine)", "leaf1 leaf2 spine1"),
        ("role not in (leaf, spine)", "größe_7"),
        ("role!=[leaf,spine]", "größe_7"),
        ("name in (leaf1, leaf2)", "leaf1 leaf2"),
        ("bgp.asn=65001", "leaf1"),
        ("bgp.asn=65002", "leaf2"),
        ("bgp.asn=6500*", "leaf1 leaf2"),
        ("bgp=*", "leaf1 leaf2"),
        ("tags=edge", "leaf1"),
        ("tags=*", "leaf1 leaf2"),
        ("enabled=true", "leaf1"),
        ("enabled=false", "leaf2"),
        ("vrf=*", "spine1"),
        ("vrf=* | site=fra", "leaf2 spine1"),
        ("!vrf=*", "leaf1 leaf2 größe_7"),
        ("role=*", "leaf1 leaf2 spine1"),
        ("vlans.10.name=users", "spine1"),
        ("ports.name=Gi0/2", "größe_7"),
        ("platform=cisco*", "leaf1 leaf2"),
        ("platform!=*", "größe_7"),
        ("hostname=192.0.2.*", "leaf1 leaf2 größe_7"),
        ("hostname=spine1.example.net", "spine1"),
        ("'größe 7'", "größe_7"),
        ("größe*", "größe_7"),
        ('name="größe 7"', "größe_7"),
        ("'or'='x=y'", "größe_7"),
        ("leaf1 | leaf1", "leaf1"),
        ("(leaf1 | spine1) & site=ams & !(role=spine)", "leaf1"),
        ("leaf1 | spine1 & site=fra", "leaf1"),
        ("!leaf1,leaf2", "spine1 größe_7"),
        ("!!leaf1", "leaf1"),
        ("site=ams\n  & role=leaf", "leaf1"),
    ],
)
def test_an_expression_means_these_devices(expression: str, expected: str) -> None:
    assert [name.replace(" ", "_") for name in names(expression)] == expected.split()


def test_a_quoted_star_is_a_star() -> None:
    with pytest.raises(Refused, match="no device is named"):
        names("'*'")


@pytest.mark.parametrize("number", ["[10-12]", "[10:12]", "[1:3]", "[1,12]", "[9-10]", "[01-02]", "[1..12]"])
@pytest.mark.parametrize("before", ["leaf", "role=spine | leaf"])
def test_a_range_of_numbers_is_refused_because_a_class_is_one_character(before: str, number: str) -> None:
    with pytest.raises(InvalidParameters, match="is no range of numbers") as caught:
        targets.parse(f"{before}{number}")
    assert caught.value.hint is not None
    assert caught.value.hint.splitlines()[1].index("^") == len(before)
    assert "leaf1[0-2]" in caught.value.hint


def test_a_quoted_name_may_hold_what_looks_like_a_range() -> None:
    odd = Device(name="leaf[10-12]", key="z", address="192.0.2.9")
    assert names("'leaf[10-12]'", (*FLEET, odd)) == ["leaf[10-12]"]
    assert names("leaf[0-2]") == names("leaf[12]") == ["leaf1", "leaf2"]


@pytest.mark.parametrize(
    ("expression", "words", "caret"),
    [
        ("role=", "expected a value at the end", 5),
        ("role=leaf &", "expected a device name or a test at the end", 11),
        ("role=leaf site=ams", "expected `&`, `|` or the end at position 11", 10),
        ("(leaf1", "expected `)` at the end", 6),
        ("leaf1)", "expected `&`, `|` or the end at position 6", 5),
        ("role in leaf", "expected a list", 8),
        ("role=[leaf", "expected `,` or `]`", 10),
        ("role=[]", "expected a value", 6),
        ("leaf1,role=leaf", "a test cannot stand in a list of names", 10),
        ("leaf1,,leaf2", "expected a device name", 6),
        ("asn>65000", "unexpected '>'", 3),
        ("  'leaf1", "this quote is not closed", 2),
        ("& leaf1", "expected a device name or a test at position 1", 0),
        ("@", "expected a group", 1),
        ("not", "expected a device name", 3),
    ],
)
def test_a_syntax_error_has_a_caret(expression: str, words: str, caret: int) -> None:
    with pytest.raises(InvalidParameters) as caught:
        targets.parse(expression)
    assert words in caught.value.problems[0]
    assert caught.value.hint.splitlines()[1].index("^") == caret


@pytest.mark.parametrize("expression", ["!" * 1000 + "a", "(" * 1000 + "a" + ")" * 1000])
def test_bottomless_nesting_is_refused(expression: str) -> None:
    with pytest.raises(InvalidParameters, match="nested deeper"):
        targets.parse(expression)


def test_an_endless_expression_is_refused() -> None:
    with pytest.raises(InvalidParameters, match="longer than"):
        targets.parse("a" * 300_000)


def test_a_thousand_names_are_not_too_many() -> None:
    fleet = tuple(Device(name=f"d{n}", key=str(n), address="") for n in range(1000))
    assert len(names(",".join(device.name for device in fleet), fleet)) == 1000


@pytest.mark.thorough
def test_ten_thousand_names_take_as_long_each_as_a_thousand() -> None:
    def seconds(count: int) -> float:
        fleet = tuple(Device(name=f"leaf-{n:015d}", key=str(n), address="") for n in range(count))
        index, wanted = Index(fleet), targets.parse(targets.naming(device.name for device in fleet))
        index.select(targets.parse("*"))
        best = 60.0
        for _ in range(5):
            began = time.perf_counter()
            assert index.select(wanted) == list(fleet)
            best = min(best, time.perf_counter() - began)
        return best

    assert seconds(10_000) < 70 * seconds(1000)  # it was a hundred times as long where each name costs all devices


@pytest.mark.thorough
@given(st.text(max_size=40) | st.text(alphabet="ab=*?[]!&|(),@'\" .", max_size=20))
def test_any_text_selects_devices_or_is_refused(text: str) -> None:
    try:
        selected = names(text)
    except (InvalidParameters, Refused):
        return
    assert set(selected) <= {device.name for device in FLEET}


Holds = Callable[[Device], bool]
WORDS = ("leaf", "spine", "ams", "1", "true", "null")


def scalars(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from scalars(item)
    elif value is not None and not isinstance(value, dict):
        yield str(value).lower() if isinstance(value, bool) else str(value)


def holds(path: str, pattern: str) -> Holds:
    """Say slowly what `path=pattern` means for one device."""

    def one(device: Device) -> bool:
        value: Any = device.data
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if pattern == "*" and value == []:
            return True
        return any(fnmatchcase(text, pattern) for text in scalars(value))

    return one


values = st.one_of(
    st.sampled_from(WORDS), st.booleans(), st.integers(0, 2), st.lists(st.sampled_from(WORDS), max_size=2)
)
devices = st.lists(
    st.fixed_dictionaries({"role": values, "site": values, "bgp": st.fixed_dictionaries({"asn": values})}),
    min_size=1,
    max_size=6,
).map(lambda rows: tuple(Device(name=f"d{n}", key=str(n), address="", data=row) for n, row in enumerate(rows)))
patterns = st.sampled_from((*WORDS, "*", "l*", "?", "s[op]*", "*e", "false"))
comparisons = st.tuples(st.sampled_from(("role", "site", "bgp.asn")), patterns).map(
    lambda test: (f"{test[0]}={test[1]}", holds(*test))
)


def joined(parts: tuple[tuple[str, Holds], tuple[str, Holds]], sign: str) -> tuple[str, Holds]:
    (left, first), (right, second) = parts
    if sign == "|":
        return f"({left} | {right})", lambda device: first(device) or second(device)
    return f"({left} & {right})", lambda device: first(device) and second(device)


def negated(part: tuple[str, Holds]) -> tuple[str, Holds]:
    return f"!{part[0]}", lambda device: not part[1](device)


expressions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: joined(pair, "|")),
        st.tuples(inner, inner).map(lambda pair: joined(pair, "&")),
        inner.map(negated),
    ),
    max_leaves=6,
)


@given(devices, expressions)
def test_the_index_agrees_with_asking_each_device(fleet: tuple[Device, ...], expression: tuple[str, Holds]) -> None:
    text, expected = expression
    assert names(text, fleet) == [device.name for device in fleet if expected(device)]


KINDS = {
    "credential_set": "tacacs", "auth_method": "radius", "password_policy": "strict", "key-type": "ed25519",
    "token_ring": "yes", "pass_through": "yes", "bgp_auth_profile": "core", "secret_name": "core",
}  # fmt: skip
SECRETS = (
    "password_list", "key_ring", "secret_id", "token_id", "key_set", "community_name", "snmp_community_group",
    "bgp_community", "password", "tacacs_key", "credential_set.main", "password_policy.old",
)  # fmt: skip


@pytest.mark.parametrize(("key", "value"), KINDS.items())
def test_what_names_a_kind_or_a_choice_is_a_key(key: str, value: str) -> None:
    index = Index(
        [
            Device(name="leaf1", key="a", address="", data={key: value}),
            Device(name="leaf2", key="b", address="", data={key: "other"}),
        ]
    )
    assert [device.name for device in index.select(targets.parse(f"{key}={value}"))] == ["leaf1"]
    with pytest.raises(InvalidParameters, match=f"did you mean '{key}'"):
        index.select(targets.parse(f"x{key}=x"))


@pytest.mark.parametrize("key", SECRETS)
def test_a_secret_is_hidden_in_the_same_words_whether_it_is_there_or_not(key: str) -> None:
    first, *rest = key.split(".")
    told = set()
    for data in ({first: {rest[0]: "hush"} if rest else "hush"}, {}):
        with pytest.raises(InvalidParameters) as error:
            Index([Device(name="leaf1", key="a", address="", data=data)]).select(targets.parse(f"{key}=hu*"))
        told.add((str(error.value), error.value.hint))
    assert len(told) == 1
    assert "is hidden from targets, being secret by its name" in str(error.value)
