"""What may be sent, and to how many devices, is judged before anything is recorded."""

from pathlib import Path

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.errors import InvalidParameters, NotPermitted, Refused, SiteError
from netpulse_core.model.caller import Caller, Scope
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import Conclusion, RerunRequest, RunRequest
from netpulse_core.model.schedule import Due, FireState, Schedule
from tests.controller.conftest import Open

ANN = Caller(name="ann", role="admin")
HELP = Caller(name="help", role="operator")
RULES = {"all": {"deny": ["reload*"]}, "operator": {"allow": ["show *"]}}


def _commands(*lines: str) -> RunRequest:
    return RunRequest(runbook="send_commands", target="leaf1", parameters={"commands": list(lines)})


@pytest.fixture
def ruled(opened: Open) -> NetPulse:
    """A site with rules for everybody and for a role."""
    return opened(commands=RULES)


def _nothing_recorded(netpulse: NetPulse) -> bool:
    return not netpulse.runs()


def test_a_role_sends_only_what_it_may(ruled: NetPulse) -> None:
    with pytest.raises(NotPermitted, match="role 'operator' may not send this: 'ping 1'") as refused:
        ruled.submit(_commands("show clock", "ping 1"), HELP)
    assert refused.value.permission == "commands"
    assert _nothing_recorded(ruled)
    assert ruled.submit(_commands("show clock"), HELP).created
    assert ruled.submit(_commands("ping 1"), ANN).created  # the list is of another role


def test_what_nobody_may_send_is_refused_to_everybody_and_in_every_parameter_of_lines(ruled: NetPulse) -> None:
    for runbook, parameters in (
        ("send_commands", {"commands": "show clock\nrel"}),
        ("send_config", {"lines": ["ntp server 192.0.2.1", " do reload"]}),
        ("send_dialog", {"turns": [{"send": "reload in 5", "expect": "confirm"}, {"send": "y"}]}),
        ("run_command", {"command": "reload"}),
        ("run_command", {"command": "true && sudo /sbin/reload"}),
        ("apply_config", {"config": "hostname x\nreload\n"}),
    ):
        with pytest.raises(NotPermitted, match="nobody may send this"):
            ruled.submit(RunRequest(runbook=runbook, target="leaf1", parameters=parameters), ANN)
    assert _nothing_recorded(ruled)
    assert {one.action for one in ruled.ledger.audit.page(limit=9)} == {"access.refused"}


def test_a_key_is_narrowed_to_lines(netpulse: NetPulse) -> None:
    bot = Caller(name="bot", role="admin", scope=Scope(commands=("show clock",)))
    assert netpulse.submit(_commands("show clock"), bot).created
    with pytest.raises(NotPermitted, match="bot is narrowed") as refused:
        netpulse.submit(_commands("show version"), bot)
    assert refused.value.permission == "scope.commands"


@pytest.mark.thorough
def test_a_keys_lines_are_kept_and_narrow_whoever_comes_with_it(netpulse: NetPulse) -> None:
    made = netpulse.keyring.create("bot", "operator", ANN, scope=Scope(commands=("show clock",)), lifetime=None)
    caller = netpulse.ledger.keys.identify(made.key)
    assert caller is not None
    assert caller.scope.commands == ("show clock",)
    with pytest.raises(NotPermitted):
        netpulse.submit(_commands("show version"), caller)


def test_a_pattern_that_could_mean_no_line_narrows_no_key(netpulse: NetPulse) -> None:
    with pytest.raises(InvalidParameters, match="commands: ' show' can mean no line"):
        netpulse.keyring.create("bot", "operator", ANN, scope=Scope(commands=(" show",)), lifetime=None)


def test_rules_of_a_role_that_is_none_do_not_start(site: Path, opened: Open) -> None:
    with pytest.raises(SiteError, match="no role 'operater'; did you mean 'operator'"):
        opened(commands={"operater": {"deny": ["reload*"]}})
    with pytest.raises(SiteError, match="can mean no line"):
        opened(commands={"all": {"deny": ["reload  now"]}})


@pytest.fixture
def careful(opened: Open) -> NetPulse:
    """A site where a change of more than two devices has to be confirmed."""
    return opened(confirm_above=2)


def _touch(confirm: int | None = None) -> RunRequest:
    return RunRequest(runbook="touch", target="role=leaf", confirm=confirm)


def test_a_change_of_many_devices_has_to_be_confirmed(careful: NetPulse) -> None:
    with pytest.raises(Refused, match="means 3 devices, and nobody confirmed so many") as refused:
        careful.submit(_touch(), ANN)
    assert "--confirm 3" in refused.value.hint
    with pytest.raises(Refused, match="means 3 devices, and 2 were confirmed"):
        careful.submit(_touch(confirm=2), ANN)
    assert _nothing_recorded(careful)
    assert careful.submit(_touch(confirm=3), ANN).devices == 3
    assert careful.submit(RunRequest(runbook="touch", target="leaf1,leaf2"), ANN).created
    assert careful.submit(RunRequest(runbook="look", target="role=leaf"), ANN).created  # reading is not asked about
    with pytest.raises(InvalidParameters, match="confirm 0"):
        careful.submit(_touch(confirm=0), ANN)


def test_a_confirmation_does_not_make_another_request_of_it(careful: NetPulse) -> None:
    first = careful.submit(RunRequest(runbook="touch", target="role=leaf", confirm=3, idempotency_key="k"), ANN)
    again = careful.submit(RunRequest(runbook="touch", target="role=leaf", confirm=4, idempotency_key="k"), ANN)
    assert (again.run, again.created) == (first.run, False)


def test_a_schedule_is_held_to_it_too(careful: NetPulse) -> None:
    for name, confirm, state in (("nightly", None, FireState.REFUSED), ("told", 3, FireState.FIRED)):
        schedule = Schedule(name=name, request=_touch(confirm), every=60.0)
        [known] = careful.ledger.schedules.know([schedule])
        fire = careful.firing.fire(Due(schedule=schedule, digest=known.digest, due_at=1.0))
        assert fire is not None
        assert fire.state is state
        assert ("nobody confirmed so many" in fire.problem) is (state is FireState.REFUSED)


def test_a_repeated_change_of_many_devices_has_to_be_confirmed_again(careful: NetPulse) -> None:
    careful.ledger.nodes.join("n1", name="n1", revision=careful.site.revision, slots=8, fifo_only=False)
    run = careful.submit(_touch(confirm=3), ANN).run
    claims, _ = careful.ledger.claims.turn("n1", [], 100)
    careful.ledger.claims.turn("n1", [(claim, Conclusion(outcome=Outcome.UNREACHABLE)) for claim in claims], 0)
    with pytest.raises(Refused, match="nobody confirmed"):
        careful.rerun(RerunRequest(run=run), ANN)
    assert careful.rerun(RerunRequest(run=run, confirm=3), ANN).devices == 3
