"""What a login's end says of its device, its jump hosts and its credential, and what it costs to ask beforehand."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import settings
from netpulse_core.errors import (
    AuthenticationFailed,
    CommandRejected,
    DeviceError,
    HostKeyChanged,
    LoginDelayed,
    PrivilegeRefused,
    SessionLost,
    TimedOut,
    Unreachable,
)
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.model.connection import ConnectionParameters
from netpulse_core.sessions.admission import MARGIN, Admission
from netpulse_core.sessions.identity import identity

JUMP = ConnectionParameters(
    device="bastion", address="192.0.2.9", port=22, username="ops", password="jump secret", platform=None
)


class ForbiddenThere(AuthenticationFailed, CommandRejected):
    """The device knows who it is, and refuses what was asked for."""


def to(name: str = "leaf1", **changed: object) -> ConnectionParameters:
    told: dict[str, object] = {
        "device": name,
        "address": f"{name}.example",
        "port": 22,
        "username": "netops",
        "password": "device secret",
        "platform": "cisco_ios",
    }
    return ConnectionParameters(**{**told, **changed})  # type: ignore[arg-type]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")) as opened:
        opened.upgrade()
        yield opened


@pytest.fixture
def rung() -> list[str]:
    return []


@pytest.fixture
def door(ledger: Ledger, tmp_path: Path, rung: list[str]) -> Admission:
    told = settings.load(tmp_path, breaker_failures=2, breaker_cooldown=600.0, connect_timeout=5.0)
    return Admission(ledger, told, key=b"key", ring=rung.extend)


def log_in(
    door: Admission, parameters: ConnectionParameters, error: BaseException | None = None, *, time_left: float = 30.0
) -> None:
    try:
        with door.admit("ssh", parameters, until=time.monotonic() + time_left):
            if error is not None:
                raise error
    except BaseException as raised:
        if raised is not error:
            raise


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (Unreachable("no route", device="leaf1"), True),
        (TimedOut("no answer", device="leaf1"), True),
        (SessionLost("closed", device="leaf1"), True),
        (AuthenticationFailed("refused", device="leaf1"), False),
        (PrivilegeRefused("refused", device="leaf1"), False),
        (HostKeyChanged("changed", device="leaf1"), False),
        (CommandRejected("refused", device="leaf1"), False),
        (DeviceError("no algorithm in common", device="leaf1"), False),
        (ValueError("a bug"), False),
        (SystemExit(), False),
    ],
)
def test_only_a_device_that_was_not_reached_counts_as_down(
    door: Admission, ledger: Ledger, error: BaseException, counted: bool
) -> None:
    for _ in range(2):
        log_in(door, to(), error)
    assert [breaker.failures for breaker in ledger.breakers.all()] == ([2] if counted else [])
    if counted:
        with pytest.raises(LoginDelayed, match="the breaker of leaf1 is open"):
            log_in(door, to())
        log_in(door, to(in_change=True))
        assert ledger.breakers.all() == [], "a login in the middle of a change goes ahead, and is heard"
    log_in(door, to("leaf2"))


def test_a_login_cut_short_by_its_job_says_nothing(door: Admission, ledger: Ledger) -> None:
    for _ in range(4):
        log_in(door, to(), TimedOut("no answer", device="leaf1"), time_left=2.0)
    assert ledger.breakers.all() == []


@pytest.mark.parametrize(
    "error", [AuthenticationFailed("refused", device="leaf1"), CommandRejected("x", device="leaf1")]
)
def test_a_device_that_answers_is_reached(door: Admission, ledger: Ledger, error: DeviceError) -> None:
    log_in(door, to(), Unreachable("no route", device="leaf1"))
    log_in(door, to(), error)
    assert ledger.breakers.all() == []


@pytest.mark.parametrize(
    ("kind", "counted"),
    [(AuthenticationFailed, True), (PrivilegeRefused, False), (ForbiddenThere, False), (HostKeyChanged, False)],
)
def test_only_a_refused_login_counts_against_its_credential(
    door: Admission, ledger: Ledger, kind: type[DeviceError], counted: bool
) -> None:
    for name in ("leaf1", "leaf2", "leaf3"):
        log_in(door, to(name), kind("no", device=name))
    assert len(ledger.brakes.all()) == counted
    if counted:
        with pytest.raises(LoginDelayed, match="the credential of 'netops'"):
            log_in(door, to("leaf4"))
        log_in(door, to("leaf4", password="another secret"))
        log_in(door, to("leaf4", extras={"key_file": "/etc/netpulse/id"}))


def test_an_enable_secret_makes_no_other_credential(door: Admission, ledger: Ledger) -> None:
    for number, name in enumerate(("leaf1", "leaf2", "leaf3")):
        log_in(door, to(name, extras={"secret": str(number)}), AuthenticationFailed("no", device=name))
    assert len(ledger.brakes.all()) == 1


def test_a_jump_host_that_fails_is_to_blame_for_all_behind_it(door: Admission, ledger: Ledger) -> None:
    for name in ("leaf1", "leaf2"):
        log_in(door, to(name, jumps=(JUMP,)), Unreachable("no route", device=name, jump="bastion"))
    (breaker,) = ledger.breakers.all()
    assert (breaker.device, breaker.driver, breaker.endpoint) == ("bastion", "jump host", "192.0.2.9")
    with pytest.raises(LoginDelayed, match="the breaker of bastion is open"):
        log_in(door, to("leaf3", jumps=(JUMP,)))
    log_in(door, to("leaf3"))


def test_a_credential_that_jump_hosts_refuse_is_theirs(door: Admission, ledger: Ledger) -> None:
    for name in ("a", "b", "c"):
        jump = ConnectionParameters(
            device=name, address=f"{name}.example", port=22, username="ops", password="jump secret", platform=None
        )
        log_in(door, to(jumps=(jump,)), AuthenticationFailed("refused", device="leaf1", jump=name))
    (brake,) = ledger.brakes.all()
    assert brake.user == "ops"


def test_a_device_behind_a_jump_host_that_works_is_to_blame_itself(door: Admission, ledger: Ledger) -> None:
    for _ in range(2):
        log_in(door, to(jumps=(JUMP,)), Unreachable("no route", device="leaf1"))
    (breaker,) = ledger.breakers.all()
    assert (breaker.device, breaker.endpoint) == ("leaf1", "leaf1.example via 192.0.2.9")


def test_without_the_ledger_nothing_is_logged_in_to_but_a_change_goes_on(
    door: Admission, ledger: Ledger, tmp_path: Path
) -> None:
    ledger.close()
    (tmp_path / "ledger.sqlite3").unlink()
    (tmp_path / "ledger.sqlite3").mkdir()
    with pytest.raises(LoginDelayed, match="while the ledger is away") as delayed:
        log_in(door, to())
    assert delayed.value.waits_on == "ledger"
    log_in(door, to(in_change=True))


def test_a_job_that_finds_no_place_among_the_logins_waits_in_the_queue(ledger: Ledger, tmp_path: Path) -> None:
    told = settings.load(tmp_path, logins={"at_once": 1})
    door = Admission(ledger, told, key=b"key", ring=lambda keys: None)
    with (
        door.admit("ssh", to(), until=time.monotonic() + 30),
        pytest.raises(LoginDelayed, match="no login could begin in the job's time"),
    ):
        log_in(door, to("leaf2"), time_left=0.05)


def test_the_probe_of_a_node_that_died_is_over_soon_however_long_its_job_had(
    ledger: Ledger, tmp_path: Path, rung: list[str]
) -> None:
    told = settings.load(tmp_path, breaker_failures=1, breaker_cooldown=0.01, connect_timeout=5.0)
    door = Admission(ledger, told, key=b"key", ring=rung.extend)
    log_in(door, to(), Unreachable("no route", device="leaf1"))
    probing = door.admit("ssh", to(), until=time.monotonic() + 3600)
    limit = time.monotonic() + 20
    while True:
        try:
            probing.__enter__()
        except LoginDelayed:
            assert time.monotonic() < limit
            probing = door.admit("ssh", to(), until=time.monotonic() + 3600)
        else:
            break
    with pytest.raises(LoginDelayed, match="one login is trying it now") as delayed:
        log_in(Admission(ledger, told, key=b"key", ring=rung.extend), to())
    assert delayed.value.retry_in <= 5.0 + MARGIN
    probing.__exit__(None, None, None)


def test_a_brake_holds_from_the_third_refusal_on_whoever_looked_meanwhile(
    door: Admission, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = ledger.brakes.refused

    def refused(*told: Any) -> None:
        log_in(door, to("leaf9", password="another secret"))  # looks at the ledger before the refusal is in it
        counted(*told)

    monkeypatch.setattr(ledger.brakes, "refused", refused)
    for name in ("leaf1", "leaf2", "leaf3"):
        log_in(door, to(name), AuthenticationFailed("no", device=name))
    with pytest.raises(LoginDelayed, match="the credential of 'netops'"):
        log_in(door, to("leaf4"))


def test_no_secret_is_in_what_waits(door: Admission, ledger: Ledger) -> None:
    for name in ("leaf1", "leaf2", "leaf3"):
        log_in(door, to(name), AuthenticationFailed("no", device=name))
    with pytest.raises(LoginDelayed) as delayed:
        log_in(door, to("leaf4"))
    said = f"{delayed.value} {delayed.value.hint} {ledger.brakes.all()} {ledger.audit.page()}"
    assert "device secret" not in said


def test_a_session_through_a_jump_host_is_nobody_elses() -> None:
    other = ConnectionParameters(
        device="bastion2", address="192.0.2.8", port=22, username="ops", password="jump secret", platform=None
    )
    ways = [(), (JUMP,), (other,), (JUMP, other)]
    assert len({identity("ssh", to(jumps=way)) for way in ways}) == len(ways)
