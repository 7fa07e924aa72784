"""What is offered as a check is one that can judge, under a name that nobody else has."""

from collections.abc import Mapping
from typing import Any

import pytest

from netpulse_core import Check, Device, Finding
from netpulse_core.errors import PluginError
from tests.hooks.test_questions import loaded, offering


class Whole(Check):
    """A check with all it needs."""

    name = "whole"
    sentence = "It is as it should be"

    def judge(self, device: Device, evidence: Mapping[str, Any]) -> Finding:
        return Finding.passed()


class Silent(Check):
    """A check that cannot judge."""

    name = "silent"
    sentence = "It says nothing"


def one(**told: Any) -> Check:
    check = Whole()
    for name, value in told.items():
        setattr(check, name, value)
    return check


def test_offers_add_up_by_name() -> None:
    first, second = one(name="b"), one(name="a")
    plugins = loaded(offering(register_checks=[first]), offering(register_checks=iter([second])))
    assert plugins.checks == {"a": second, "b": first}
    assert list(plugins.checks) == ["a", "b"]
    assert plugins.check_source("a") == "p1"


def test_two_checks_of_one_name_name_both_plugins() -> None:
    with pytest.raises(PluginError, match=r"check 'whole' is offered twice, by p\d and by p\d") as clash:
        loaded(offering(register_checks=[one()]), offering(register_checks=[one()]))
    assert {"p0", "p1"} <= set(str(clash.value).split())


@pytest.mark.parametrize("offered", [RuntimeError("no"), None, 7], ids=repr)
def test_an_offer_that_fails_stops_the_start_and_names_the_plugin(offered: Any) -> None:
    with pytest.raises(PluginError, match="plugin p0 failed in register_checks") as broken:
        loaded(offering(register_checks=offered))
    assert broken.value.plugin == "p0"


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        (Whole, "is no check"),
        ("whole", "is no check"),
        (Silent(), "it has no `judge`"),
        (one(name=""), "its name is not of small letters"),
        (one(name="no spaces"), "its name is not of small letters"),
        (one(name=None), "its name is not of small letters"),
        (one(sentence=" "), "it has no sentence"),
        (one(version=1), "it has no version"),
        (one(severity="urgent"), "its severity is 'urgent', and not one of info, low, medium, high, critical"),
        (one(platforms="cisco_ios"), "`platforms` is 'cisco_ios', which is no tuple of names"),
        (one(evidence="running_config"), "`evidence` is 'running_config', which is no tuple of names"),
        (one(evidence=()), "it asks for no evidence, and could only guess"),
        (one(evidence=("show version",)), "no source of evidence: 'show version'"),
    ],
    ids=str,
)
def test_what_could_never_judge_is_refused_at_the_start(offered: Any, said: str) -> None:
    with pytest.raises(PluginError) as refused:
        loaded(offering(register_checks=[offered]))
    assert said in str(refused.value)
    assert str(refused.value).startswith("plugin p0 offers ")
    assert refused.value.plugin == "p0"
