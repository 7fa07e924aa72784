"""What plugins are asked: the first answer wins, core answers last, and a raise fails closed."""

import traceback
from types import SimpleNamespace
from typing import Any

import pytest

from netpulse_core import hookimpl
from netpulse_core.errors import NetPulseError, NotFound, PluginError, Refused
from netpulse_core.hooks.manager import Plugins
from netpulse_core.model.node import Node
from netpulse_core.model.runbook import Runbook, runbook
from netpulse_core.runs.redact import Redactor
from tests.runs.plugin_door import Door


def secret_of(answer: Any) -> object:
    """A plugin whose answer for a secret this is; an error is raised."""

    class Plugin:
        @hookimpl
        def resolve_secret(self, reference: str) -> Any:
            if isinstance(answer, BaseException):
                raise answer
            return answer

    return Plugin()


def placer(answer: Any) -> object:
    class Plugin:
        @hookimpl
        def place_device(self, device: str, nodes: Any) -> Any:
            if isinstance(answer, BaseException):
                raise answer
            return answer

    return Plugin()


def offering(**hooks: Any) -> object:
    """A plugin that answers the register hooks with these values."""
    plugin = SimpleNamespace()
    for name, value in hooks.items():

        def answer(value: Any = value) -> Any:
            if isinstance(value, BaseException):
                raise value
            return value

        setattr(plugin, name, hookimpl(answer))
    return plugin


def loaded(*plugins: object) -> Plugins:
    return Plugins((f"p{number}", plugin) for number, plugin in enumerate(plugins))


class Mine(Door):
    name = "mine"


@runbook
def spare(task: Any) -> None:
    """Do nothing."""


def test_core_answers_last() -> None:
    assert loaded(secret_of("core"), secret_of("site")).secret("env:X") == "site"
    assert loaded(secret_of("core"), secret_of(None)).secret("env:X") == "core"


def test_a_secret_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound, match="no secret under 'vault:x'"):
        loaded(secret_of(None)).secret("vault:x")


def test_a_question_that_raises_fails_closed_although_core_had_an_answer() -> None:
    class Store:
        @hookimpl
        def resolve_secret(self, reference: str) -> str:
            return {"env:Y": "y"}[reference]

    plugins = loaded(secret_of("core"), Store())
    with pytest.raises(PluginError, match="plugin p1 failed with KeyError in resolve_secret") as failed:
        plugins.secret("env:X")
    assert failed.value.plugin == "p1"


@pytest.mark.parametrize(
    "error", [KeyError("s3cret-value"), ValueError("cannot parse s3cret-value"), SystemExit("s3cret-value")]
)
def test_what_a_failing_secret_store_says_is_not_repeated(error: BaseException) -> None:
    with pytest.raises(PluginError) as failed:
        loaded(secret_of(error)).secret("env:X")
    assert "s3cret-value" not in "".join(traceback.format_exception(failed.value))
    assert str(failed.value) == f"plugin p0 failed with {type(error).__name__} in resolve_secret"
    # Nor may a log that walks the chain find it.
    assert (failed.value.__cause__, failed.value.__context__) == (None, None)


def test_a_failing_placement_is_said_in_its_words() -> None:
    with pytest.raises(PluginError, match="plugin p0 failed in place_device: ValueError: no rack"):
        loaded(placer(ValueError("no rack"))).place("d1", [])


def test_a_plugin_that_wraps_the_one_that_fails_is_not_blamed() -> None:
    class Wrapper:
        @hookimpl(wrapper=True)
        def resolve_secret(self, reference: str) -> Any:
            return (yield)

    with pytest.raises(PluginError, match="plugin p0 failed"):
        loaded(secret_of(KeyError("x")), Wrapper()).secret("env:X")


def test_of_two_plugins_of_one_class_both_are_named() -> None:
    with pytest.raises(PluginError, match="plugin p0 or p1 failed"):
        loaded(secret_of("core"), secret_of(KeyError("x"))).secret("env:X")


def test_an_error_of_ours_stays_what_it_is() -> None:
    with pytest.raises(Refused, match="not you"):
        loaded(secret_of(Refused("not you"))).secret("env:X")


@pytest.mark.parametrize("answer", [b"hunter2", 5, ["hunter2"]])
def test_a_secret_that_is_no_text_is_refused_and_not_shown(answer: Any) -> None:
    with pytest.raises(PluginError, match="plugin p0 answered resolve_secret with") as refused:
        loaded(secret_of(answer)).secret("env:X")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("answer", [None, 5, KeyError("s3cret-value")])
def test_redaction_leaves_what_an_operator_needs_of_a_secret_that_is_not_had(answer: Any) -> None:
    with pytest.raises(NetPulseError) as failed:
        loaded(secret_of(answer)).secret("mine://gone")
    assert Redactor()(str(failed.value)) == str(failed.value)
    assert ("mine://gone" if answer is None else "plugin p0") in str(failed.value)


def test_the_plugin_that_gave_no_text_is_named_and_not_those_of_netpulse() -> None:
    plugins = Plugins([("builtin:secrets", secret_of(None)), ("site:mine", secret_of(5))])
    with pytest.raises(PluginError, match="plugin site:mine answered resolve_secret with int, not str") as failed:
        plugins.secret("mine://gone")
    assert failed.value.plugin == "site:mine"


def test_a_proposal_is_an_id_or_nothing() -> None:
    node = Node(
        id="n1", name="n1", revision="r", slots=1, fifo_only=False, started_at=0, seen_at=0, alive=True,
        draining=False, devices=0, sessions=0, running=0,
    )  # fmt: skip
    assert loaded(placer("n1"), placer(None)).place("d1", [node]) == "n1"
    assert loaded(placer(None)).place("d1", [node]) is None
    with pytest.raises(PluginError, match="plugin p0 answered place_device with Node, not str"):
        loaded(placer(node)).place("d1", [node])


def test_hooks_offer_runbooks_and_drivers() -> None:
    driver = Mine()
    plugins = loaded(offering(register_runbooks=[spare]), offering(register_drivers=[driver]))
    assert plugins.runbooks == {"spare": spare}
    assert plugins.drivers == {"mine": driver}
    assert plugins.driver_source("mine") == "p1"
    with pytest.raises(NotFound, match="did you mean 'spare'"):
        plugins.runbook("spair")


@pytest.mark.parametrize(
    ("hooks", "sentence"),
    [
        ({"register_runbooks": RuntimeError("no")}, "plugin p0 failed in register_runbooks: RuntimeError: no"),
        ({"register_runbooks": SystemExit(3)}, "plugin p0 failed in register_runbooks: SystemExit: 3"),
        ({"register_runbooks": None}, "plugin p0 failed in register_runbooks: TypeError"),
        ({"register_runbooks": [print]}, "plugin p0 offers <built-in function print> as a runbook"),
        ({"register_drivers": [object()]}, "plugin p0 offers <object object at "),
        ({"register_drivers": [Mine]}, "plugin p0 offers the class Mine as a driver, and not an object of it"),
    ],
)
def test_an_offer_that_is_none_stops_the_start_and_names_the_plugin(hooks: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PluginError) as broken:
        loaded(offering(**hooks))
    assert str(broken.value).startswith(sentence)
    assert broken.value.plugin == "p0"


def test_two_drivers_of_one_name_name_both_plugins() -> None:
    one, two = (offering(register_drivers=[Mine()]) for _ in range(2))
    with pytest.raises(PluginError, match=r"driver 'mine' is offered twice, by p\d and by p\d") as clash:
        loaded(one, two)
    assert {"p0", "p1"} <= set(str(clash.value).split())


def test_a_hook_we_do_not_have_is_refused() -> None:
    with pytest.raises(PluginError, match="register_runbook"):
        loaded(offering(register_runbook=[spare]))


def test_a_hook_that_asks_for_what_it_is_not_given_is_refused() -> None:
    class Plugin:
        @hookimpl
        def place_device(self, device: str, weather: str) -> None: ...

    with pytest.raises(PluginError, match="weather") as refused:
        loaded(Plugin())
    assert refused.value.plugin == "p0"


def test_one_plugin_through_two_doors_is_refused() -> None:
    plugin = offering(register_runbooks=[spare])
    with pytest.raises(PluginError, match="p1 could not be registered"):
        loaded(plugin, plugin)


def test_the_same_runbook_offered_by_name_and_by_hook_is_one() -> None:
    module = SimpleNamespace(__name__=__name__, spare=spare, register_runbooks=hookimpl(lambda: [spare]))
    found: dict[str, Runbook] = loaded(module).runbooks
    assert found == {"spare": spare}
