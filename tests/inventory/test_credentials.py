"""Several credentials in order, as the inventory says them, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from nornir.core.inventory import ConnectionOptions

from netpulse_core import settings
from netpulse_core.errors import SiteError
from netpulse_core.inventory.check import examine
from netpulse_core.inventory.credentials import IN_CLEAR, Written, candidates
from netpulse_core.inventory.reach import CREDENTIALS
from netpulse_core.inventory.site import Site


def options(**changed: Any) -> ConnectionOptions:
    said: dict[str, Any] = {"hostname": "r1", "port": 22, "username": "netops", "password": "secret:new"}
    return ConnectionOptions(**{**said, "platform": "cisco_ios", "extras": {}, **changed})


def of(told: ConnectionOptions, *listed: dict[str, str]) -> tuple[Written, ...]:
    return candidates("r1", told, {CREDENTIALS: list(listed)})


def test_its_own_credential_is_the_first_and_the_list_comes_after_it() -> None:
    own, second, third = of(options(), {"password": "secret:old"}, {"username": "admin", "password": "env:OLDEST"})
    assert [one.name for one in (own, second, third)] == ["secret:new", "secret:old", "env:OLDEST"]
    assert [one.position for one in (own, second, third)] == [1, 2, 3]
    assert [(one.options.username, one.options.password) for one in (own, second, third)] == [
        ("netops", "secret:new"),
        ("netops", "secret:old"),
        ("admin", "env:OLDEST"),
    ]
    assert second.references == ("secret:old",)


def test_the_first_may_be_said_in_the_list_too_and_is_tried_once() -> None:
    assert [one.name for one in of(options(), {"password": "secret:new"}, {"password": "secret:old"})] == [
        "secret:new",
        "secret:old",
    ]
    assert [one.name for one in of(options(password=None), {"password": "secret:new"})] == ["secret:new"]


def test_without_a_list_there_is_one_whatever_it_holds() -> None:
    for told in (options(), options(password=None), options(extras={"use_keys": True})):
        (only,) = candidates("r1", told, {})
        assert (only.options.password, only.options.extras) == (told.password, told.extras)


def test_what_goes_with_a_login_is_replaced_where_the_connection_has_it() -> None:
    entry = {"password": "secret:old", "secret": "secret:old-enable", "token": "secret:old-token"}
    netmiko, napalm = {"secret": "secret:enable", "conn_timeout": 5}, {"optional_args": {"secret": "secret:enable"}}
    assert of(options(extras=netmiko), entry)[1].options.extras == {"secret": "secret:old-enable", "conn_timeout": 5}
    assert of(options(extras=napalm), entry)[1].options.extras == {"optional_args": {"secret": "secret:old-enable"}}
    assert of(options(extras={}), entry)[1].options.extras == {}
    token = of(options(password=None, extras={"token": "secret:token"}), {"token": "secret:old-token"})
    assert [one.name for one in token] == ["secret:token", "secret:old-token"]
    assert (netmiko["secret"], napalm["optional_args"]) == ("secret:enable", {"secret": "secret:enable"})


def test_an_entry_that_changes_nothing_of_a_connection_is_none_of_its_candidates() -> None:
    assert len(of(options(), {"token": "secret:old-token"})) == 1


def test_each_has_a_name_of_its_own_and_none_holds_a_secret() -> None:
    same = of(options(), {"username": "admin"})
    assert [one.name for one in same] == ["secret:new as netops", "secret:new as admin"]
    enable = of(options(extras={"secret": "secret:e1"}), {"secret": "secret:e2"})
    assert [one.name for one in enable] == [
        "secret:new as netops with secret:e1",
        "secret:new as netops with secret:e2",
    ]
    clear = of(options(password="hushhush"), {"password": "hush-hush-too"})
    assert [one.name.startswith(IN_CLEAR) for one in clear] == [True, True]
    assert len({one.name for one in clear}) == 2
    assert "hush" not in repr([one.name for one in clear])


WRONG: list[tuple[Any, str, str]] = [
    ({"password": "secret:old"}, "", "expected a list of credentials"),
    (["secret:old"], ".0", "expected a mapping"),
    ([{}], ".0", "expected a mapping"),
    (
        [{"password": "secret:a"}, {"pasword": "secret:b"}],
        ".1.pasword",
        "unknown key 'pasword'; did you mean 'password'?",
    ),
    ([{"password": 12345}], ".0.password", "expected text"),
    ([{"password": ""}], ".0.password", "expected text"),
]


@pytest.mark.parametrize("place", ["hosts", "groups", "defaults", "options"])
@pytest.mark.parametrize(("listed", "where", "said"), WRONG)
def test_what_is_wrong_is_said_where_it_stands(tmp_path: Path, place: str, listed: Any, where: str, said: str) -> None:
    files: dict[str, dict[str, Any]] = {"hosts": {"r1": {"groups": ["dc1"]}}, "groups": {"dc1": {}}, "defaults": {}}
    files["defaults"]["username"] = "netops"
    if place == "options":
        files["hosts"]["r1"]["connection_options"] = {"netmiko": {"extras": {CREDENTIALS: listed}}}
        key = f"r1.connection_options.netmiko.extras.{CREDENTIALS}"
    else:
        element = {"hosts": "r1", "groups": "dc1"}.get(place)
        (files[place][element] if element else files[place])["data"] = {CREDENTIALS: listed}
        key = ".".join([*([element] if element else []), "data", CREDENTIALS])
    (tmp_path / "inventory").mkdir()
    for name, content in files.items():
        (tmp_path / "inventory" / f"{name}.yaml").write_text(yaml.safe_dump(content))
    file = "hosts" if place == "options" else place
    with pytest.raises(SiteError) as wrong:
        Site.load(settings.load(tmp_path))
    notices = examine(settings.load(tmp_path))  # a number for a password is in clear besides
    (notice,) = [one for one in notices if one.severity == "error"]
    assert said in notice.message
    assert (notice.key, notice.path.name) == (key + where, f"{file}.yaml")
    text = (tmp_path / "inventory" / f"{file}.yaml").read_text().splitlines()
    last = where.rpartition(".")[2]
    wanted = last if last and not last.isdigit() else "- " if where else CREDENTIALS
    assert wanted in text[notice.line - 1]
    assert (wrong.value.key, wrong.value.line) == (notice.key, notice.line)
    assert not [one for one in notices if "12345" in f"{one} {one.hint}"]


def test_a_clear_one_is_warned_of_and_keeps_production_from_starting(tmp_path: Path) -> None:
    (tmp_path / "inventory").mkdir()
    hosts = f"r1:\n  username: u\n  password: secret:new\n  data:\n    {CREDENTIALS}:\n    - password: hushhush\n"
    (tmp_path / "inventory" / "hosts.yaml").write_text(hosts)
    (notice,) = examine(settings.load(tmp_path))
    assert (notice.severity, notice.line, notice.key) == ("warning", 6, f"r1.data.{CREDENTIALS}.0.password")
    assert "hushhush" not in f"{notice} {notice.hint}"
    with pytest.raises(SiteError, match="a secret in clear") as refused:
        Site.load(settings.load(tmp_path, broker="redis://broker.example/0", ledger="postgresql://h/n"))
    assert refused.value.key == f"hosts.r1.data.{CREDENTIALS}.0.password"
