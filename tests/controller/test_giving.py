"""Nobody gives a key or a schedule what they may not send themselves, and nothing is recorded where they try."""

from pathlib import Path
from typing import Any

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.controller.scheduling import Scheduling
from netpulse_core.errors import NotPermitted
from netpulse_core.model.caller import Caller
from netpulse_core.model.commandrules import CommandRules
from tests.controller.conftest import Open

EVE = Caller(name="eve", role="engineer")
MAKER = Caller(name="mia", role="keymaker")
ADA = Caller(name="ada", role="admin")
PERMISSIONS = ["site.read", "reads.run", "changes.run", "schedules.write", "keys.write"]
ROLES: dict[str, Any] = {
    name: {"permissions": PERMISSIONS, "description": name}
    for name in ("keymaker", "same", "stricter", "looser", "open", "free")
}
ROLES["idle"] = {"permissions": ["site.read"], "description": "sends nothing"}
OWN = {"deny": ["write erase", "reload*"], "allow": ["show *", "ping *"]}
RULES: dict[str, Any] = {
    "all": {"deny": ["request system zeroize*"]},
    "engineer": OWN,
    "keymaker": {**OWN, "deny": [*OWN["deny"], "request system zeroize*"]},  # the last of which holds for all
    "same": {"deny": ["reload*", "write erase"], "allow": ["ping *", "show *"]},
    "stricter": {"deny": ["reload*", "write erase", "debug *"], "allow": ["show *"]},
    "looser": {"deny": ["reload*", "write erase"], "allow": ["show *", "copy *"]},
    "open": {"deny": ["reload*", "write erase"]},
}


def said(*lines: str, **more: str) -> dict[str, Any]:
    return {
        "runbook": "send_commands",
        "target": "leaf1",
        "parameters": {"commands": list(lines)},
        "every": "1h",
        **more,
    }


@pytest.fixture
def ruled(opened: Open) -> NetPulse:
    """A site whose engineers and makers of keys are held to rules."""
    return opened(roles=ROLES, commands=RULES)


@pytest.mark.parametrize(
    ("role", "lacks"),
    [
        ("looser", "allows 'copy *'"),
        ("open", "does not list what is allowed"),
        ("free", "does not deny 'write erase', 'reload*'"),
    ],
)
def test_a_looser_role_is_given_to_no_key_and_no_schedule(ruled: NetPulse, role: str, lacks: str) -> None:
    for give in (
        lambda: ruled.keyring.create("bot", role, MAKER),
        lambda: Scheduling(ruled).make("clocks", said("show clock", role=role), MAKER),
    ):
        with pytest.raises(NotPermitted, match="may send what mia may not") as refused:
            give()
        assert lacks in str(refused.value)
        assert refused.value.permission == "commands"
        assert f"let [commands.{role}] of netpulse.toml deny all that [commands.keymaker] denies" in refused.value.hint
    assert not ruled.keyring.all()
    assert not Scheduling(ruled).seen(ADA)
    assert {one.action for one in ruled.ledger.audit.page(limit=9)} == {"access.refused"}


@pytest.mark.parametrize("role", ["keymaker", "same", "stricter", "idle"])
def test_a_role_as_strict_or_one_that_sends_nothing_is_given(ruled: NetPulse, role: str) -> None:
    assert ruled.keyring.create("bot", role, MAKER).made.role == role


def test_who_is_held_to_no_rules_gives_any_role(ruled: NetPulse) -> None:
    assert ruled.keyring.create("bot", "looser", ADA).made.role == "looser"
    assert Scheduling(ruled).make("clocks", said("show clock", role="looser"), ADA).schedule.role == "looser"


def test_a_key_is_not_renewed_by_who_could_not_make_it(ruled: NetPulse) -> None:
    made = ruled.keyring.create("bot", "looser", ADA).made
    with pytest.raises(NotPermitted, match="may send what mia may not"):
        ruled.keyring.rotate(made.id, MAKER)
    assert [one.id for one in ruled.keyring.all()] == [made.id]


def test_the_lines_of_a_schedule_are_its_makers_and_its_roles(ruled: NetPulse) -> None:
    with pytest.raises(NotPermitted, match="role 'engineer' may not send this: 'copy a b'"):
        Scheduling(ruled).make("copies", said("copy a b"), EVE)
    with pytest.raises(NotPermitted, match="role 'stricter' may not send this: 'ping peer'"):
        Scheduling(ruled).make("pings", said("ping peer", role="stricter"), MAKER)
    assert not Scheduling(ruled).seen(ADA)
    assert Scheduling(ruled).make("clocks", said("show clock"), EVE).name == "clocks"
    with pytest.raises(NotPermitted, match="'show clock ; reload' is denied by 'reload\\*'"):
        Scheduling(ruled).replace("clocks", said("show clock ; reload"), EVE)
    kept = Scheduling(ruled).one("clocks", EVE).schedule.request
    assert kept.parameters == {"commands": ["show clock"]}


def test_a_schedule_of_somebody_with_no_rules_is_not_changed_into_ones_own(ruled: NetPulse) -> None:
    Scheduling(ruled).make("clocks", said("copy a b", role="looser"), ADA)
    with pytest.raises(NotPermitted, match="may send what mia may not"):
        Scheduling(ruled).replace("clocks", said("show clock", role="looser"), MAKER)


def test_files_are_applied_by_who_may_send_their_new_lines(site: Path, opened: Open) -> None:
    netpulse = opened(roles=ROLES, commands=RULES, schedules_wait=True)
    folder = site / "schedules"
    folder.mkdir()
    file = "runbook: send_commands\ntarget: leaf1\nevery: 1h\nrole: admin\nparameters: {{commands: [{}]}}\n"
    (folder / "copies.yaml").write_text(file.format("copy a b"))
    with pytest.raises(NotPermitted, match="role 'engineer' may not send this: 'copy a b'"):
        Scheduling(netpulse).apply(EVE)
    assert not Scheduling(netpulse).seen(ADA)
    Scheduling(netpulse).apply(ADA)
    (folder / "clocks.yaml").write_text(file.format("show clock"))
    Scheduling(netpulse).apply(EVE)  # what is known already is not hers
    assert {one.name for one in Scheduling(netpulse).seen(ADA)} == {"copies", "clocks"}
    (folder / "copies.yaml").write_text(file.format("copy a c"))
    with pytest.raises(NotPermitted, match="'copy a c'"):
        Scheduling(netpulse).apply(EVE)


@pytest.mark.parametrize(
    ("allow", "deny", "strict"),
    [
        ((), (), False),
        (("a *",), ("x", "y"), True),
        (("a *",), ("x", "y", "z"), True),
        (("a *", "b"), ("x", "y"), True),
        (("a *",), ("x",), False),
        (("a *", "c"), ("x", "y"), False),
        (("a b",), ("x", "y"), False),  # what two patterns mean is not compared
        ((), ("x", "y"), False),
    ],
)
def test_rules_are_as_strict_where_their_patterns_say_so(
    allow: tuple[str, ...], deny: tuple[str, ...], strict: bool
) -> None:
    others = CommandRules(allow=("a *", "b"), deny=("x", "y"))
    assert (CommandRules(allow, deny).beyond(others) == "") is strict
    assert CommandRules(allow, deny).beyond(CommandRules()) == ""
