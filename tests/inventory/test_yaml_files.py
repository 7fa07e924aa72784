"""A mistake in the form of a file is told with its file, line and key."""

from pathlib import Path

import pytest

from netpulse_core.errors import SiteError
from netpulse_core.inventory.yamlfile import YamlFile


def read(text: str) -> object:
    return YamlFile(Path("hosts.yaml"), text.encode()).data


def refusal(text: str | bytes) -> SiteError:
    with pytest.raises(SiteError) as caught:
        YamlFile(Path("hosts.yaml"), text if isinstance(text, bytes) else text.encode())
    return caught.value


def test_a_route_distinguisher_is_text_and_no_is_not_false() -> None:
    assert read("{rd: 65000:10, mac: 00:11:22:33:44:55, answer: no, on: on}") == {
        "rd": "65000:10",
        "mac": "00:11:22:33:44:55",
        "answer": "no",
        "on": "on",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("1_000", 1000),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("~", None),
        ("", None),
        ("True", True),
        ("'true'", "true"),
        ("!!str 5", "5"),
        ("10.0.0.1", "10.0.0.1"),
        ("+", "+"),
    ],
)
def test_words_mean_what_they_mean_to_nornir(text: str, value: object) -> None:
    assert read(f"a: {text}") == {"a": value}


def test_a_duplicate_key_is_named_at_its_second_line() -> None:
    file = YamlFile(Path("hosts.yaml"), b"leaf1:\n  port: 22\n  port: 23\nleaf1: {}\n")
    assert [(notice.line, notice.key) for notice in file.notices] == [(3, "leaf1.port"), (4, "leaf1")]


def test_a_tab_is_called_a_tab() -> None:
    error = refusal("leaf1:\n\thostname: a\n")
    assert error.line == 2
    assert "tab" in str(error)


def test_broken_yaml_names_its_line() -> None:
    assert refusal("a: 1\nb: [1, 2\n").line >= 2


def test_a_control_character_is_refused() -> None:
    assert "not valid YAML" in str(refusal("a: \x01\n"))


def test_what_is_not_utf_8_names_its_line() -> None:
    assert refusal(b"a: 1\nb: \xff\n").line == 2


def test_a_byte_order_mark_is_not_part_of_the_first_name() -> None:
    assert read("\ufeffleaf1: 1") == {"leaf1": 1}


def test_an_alias_repeats_a_block_without_sharing_it() -> None:
    data = read("a: &x {k: [1]}\nb: *x\n")
    assert data == {"a": {"k": [1]}, "b": {"k": [1]}}
    assert isinstance(data, dict)
    assert data["a"] is not data["b"]


def test_a_merged_block_loses_to_what_is_written() -> None:
    assert read("a: &x {k: 1, l: 1}\nb: {<<: *x, l: 2}\nc: {<<: [*x, {m: 3, k: 9}]}\n") == {
        "a": {"k": 1, "l": 1},
        "b": {"k": 1, "l": 2},
        "c": {"k": 1, "l": 1, "m": 3},
    }


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "aliases repeat more than" in str(refusal("\n".join(lines)))


def test_an_alias_inside_its_own_anchor_is_refused() -> None:
    assert "inside its own anchor" in str(refusal("a: &x [*x]"))


def test_an_unknown_alias_is_refused() -> None:
    assert refusal("a: 1\nb: *nobody\n").line == 2


def test_bottomless_nesting_is_refused_rather_than_crashing_the_process() -> None:
    assert "nest" in str(refusal("[" * 100_000))  # PyYAML has a limit of its own from 6.0.4 on


def test_nesting_by_alias_is_nesting_too() -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 900))
    assert "nested deeper" in str(refusal(chain))


@pytest.mark.parametrize("text", ["a: !!python/name:os.system x", "a: !vault x", "a: !!set {x}", "a: !!int x"])
def test_a_tag_that_is_not_plain_data_is_refused(text: str) -> None:
    assert "tag" in str(refusal(text))


def test_a_mapping_cannot_be_a_key() -> None:
    assert "cannot be a key" in str(refusal("{a: 1}: b"))
    assert "cannot be a key" in str(refusal("x: &x [1]\n*x : b"))


def test_a_second_document_is_refused() -> None:
    assert refusal("a: 1\n---\nb: 1\n").line == 2


def test_lines_are_found_for_keys_and_for_list_items() -> None:
    file = YamlFile(Path("hosts.yaml"), b"leaf1:\n  groups:\n    - a\n    - b\n  data:\n    x: 1\n")
    assert file.line(("leaf1", "groups", 1)) == 4
    assert file.line(("leaf1", "data", "x")) == 6
    assert file.line(("leaf1", "data", "absent")) == 5
    assert file.line(("nobody",)) == 0
