"""A contract is worth what it catches: each of these plugins is wrong in one way, and its test says so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

SECRETS = """
import pytest
from netpulse_core import errors, hookimpl
from netpulse_core.testing import SecretContract

class Right:
    @hookimpl
    def resolve_secret(self, reference):
        scheme, _, name = reference.partition("://")
        if scheme == "store":
            if name != "core":
                raise errors.NotFound("secret", reference)
            return "hunter2"

class Unmarked:
    def resolve_secret(self, reference):
        return Right().resolve_secret(reference)

class Greedy:
    @hookimpl
    def resolve_secret(self, reference):
        return "hunter2" if reference.endswith("core") else Right().resolve_secret(reference) or "x"

class Empty:
    @hookimpl
    def resolve_secret(self, reference):
        try:
            return Right().resolve_secret(reference)
        except errors.NotFound:
            return ""

class Talkative:
    @hookimpl
    def resolve_secret(self, reference):
        try:
            return Right().resolve_secret(reference)
        except errors.NotFound as error:
            raise errors.NotFound("secret", reference, hint="there is only hunter2") from error

class Trimming:
    @hookimpl
    def resolve_secret(self, reference):
        return (Right().resolve_secret(reference) or "")[:-1] or None

class Base(SecretContract):
    missing = "store://nothing"

    @pytest.fixture
    def secret(self):
        return "store://core", "hunter2"

class TestRight(Base): plugin = Right()
class TestUnmarked(Base): plugin = Unmarked()
class TestGreedy(Base): plugin = Greedy()
class TestEmpty(Base): plugin = Empty()
class TestTalkative(Base): plugin = Talkative()
class TestTrimming(Base): plugin = Trimming()
class TestNoReference(Base):
    plugin = Right()
    missing = "store:nothing"
"""

PLACEMENTS = """
import itertools
from netpulse_core import hookimpl
from netpulse_core.testing import PlacementContract

def able(nodes):
    return [node for node in nodes if node.alive and not node.draining and not node.fifo_only]

class Right:
    @hookimpl
    def place_device(self, device, nodes):
        return min((node.id for node in able(nodes)), default=None)

class First:
    @hookimpl
    def place_device(self, device, nodes):
        return next((node.id for node in able(nodes)), None)

class Draining:
    @hookimpl
    def place_device(self, device, nodes):
        return min((node.id for node in nodes if node.alive and not node.fifo_only), default=None)

class Named:
    @hookimpl
    def place_device(self, device, nodes):
        return min((node.name for node in able(nodes)), default=None)

class Failing:
    @hookimpl
    def place_device(self, device, nodes):
        return min(node.id for node in able(nodes))

class Shy:
    @hookimpl
    def place_device(self, device, nodes):
        return None

class TestRight(PlacementContract): plugin = Right()
class TestFirst(PlacementContract): plugin = First()
class TestDraining(PlacementContract): plugin = Draining()
class TestNamed(PlacementContract): plugin = Named()
class TestFailing(PlacementContract): plugin = Failing()
class TestShy(PlacementContract): plugin = Shy()
"""

DRIVERS = r"""
import asyncssh
import pytest
from netpulse_core.builtins.ssh import Platform, Ssh
from netpulse_core.testing import DriverContract, FirstSeen, HostKeyContract, OnFakeDevice
from dataclasses import replace

class Right(Ssh):
    name = "right"
    platforms = (Platform.model_validate(
        {"name": "box", "sentence": "a box", "like": "box", "prompts": {"user": r"(?P<host>\w+)>"}}
    ),)

class Mute(Right):
    def translate(self, error, device):
        return None

class Credulous(Right):
    def open(self, parameters, *, timeout):
        return super().open(replace(parameters, host_keys=FirstSeen()), timeout=timeout)

class Undead(Right):
    def alive(self, connection):
        return True

class Base(OnFakeDevice, DriverContract, HostKeyContract):
    script = {"prompt": "box1> ", "lines": [{"command": "show version", "answer": "1.0"}]}
    question = "show version"

class TestRight(Base): driver_class = Right
class TestMute(Base): driver_class = Mute
class TestCredulous(Base): driver_class = Credulous
class TestUndead(Base): driver_class = Undead
"""


def failed(text: str, tmp_path: Path, *words: str) -> set[tuple[str, str]]:
    """Class and test of what fails; of a test asked with several values, once."""
    file = tmp_path / "test_it.py"
    file.write_text(text)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", str(file), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=110,
    )
    assert "::TestRight::" not in ran.stdout, ran.stdout
    assert " passed" in ran.stdout, ran.stdout
    return set(re.findall(r"^(?:FAILED|ERROR) \S+::Test(\w+)::test_(\w+)", ran.stdout, re.MULTILINE))


@pytest.mark.thorough
def test_what_is_wrong_with_secrets_is_caught(tmp_path: Path) -> None:
    assert failed(SECRETS, tmp_path) == {
        ("Unmarked", "it_is_a_hook"),
        ("Greedy", "a_reference_of_another_scheme_is_left_to_others"),
        ("Empty", "what_is_not_there_is_an_error_of_ours_and_no_empty_secret"),
        ("Talkative", "what_is_not_there_is_an_error_of_ours_and_no_empty_secret"),
        ("Trimming", "what_is_behind_a_reference_comes_back_whole"),
        ("Trimming", "many_sessions_may_ask_at_once"),
        ("NoReference", "its_references_are_references"),
        ("NoReference", "what_is_not_there_is_an_error_of_ours_and_no_empty_secret"),
    }


@pytest.mark.thorough
def test_what_is_wrong_with_a_placement_is_caught(tmp_path: Path) -> None:
    assert failed(PLACEMENTS, tmp_path) == {
        ("First", "every_process_proposes_the_same"),
        ("Draining", "a_node_that_takes_no_devices_is_given_none"),
        ("Named", "it_places_its_device_on_a_node_that_is_there"),
        ("Named", "a_name_it_does_not_know_is_no_error"),
        ("Named", "a_node_that_takes_no_devices_is_given_none"),
        ("Failing", "without_a_node_there_is_no_place"),
        ("Failing", "a_node_that_takes_no_devices_is_given_none"),
        ("Shy", "it_places_its_device_on_a_node_that_is_there"),
        ("Shy", "a_node_that_takes_no_devices_is_given_none"),
    }


def test_what_is_wrong_with_a_driver_is_caught(tmp_path: Path) -> None:
    found = failed(DRIVERS, tmp_path)
    assert ("Mute", "refused_credentials_are_told_as_such") in found
    assert ("Mute", "an_error_of_nobody_is_left_alone") not in found
    assert ("Credulous", "nothing_is_sent_where_no_key_is_believed") in found
    assert ("Credulous", "a_changed_key_is_refused_before_a_login") in found
    assert ("Undead", "a_closed_connection_is_dead_and_may_be_closed_again") in found
    assert {name for name, _ in found} == {"Mute", "Credulous", "Undead"}
