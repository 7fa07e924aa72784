"""The SNMP driver and its runbooks on a real net-snmp agent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.snmp import oids
from netpulse_core.builtins.snmp.driver import Snmp
from netpulse_core.builtins.snmp.runbooks import snmp_get, snmp_walk
from netpulse_core.model.outcome import Outcome
from netpulse_core.testing import DriverContract, opened, refusal
from netpulse_core.testing.contracts.sessions import opened_by_one_of
from tests.builtins.site import serving
from tests.servers.snmpd import AUTH_PASSWORD, COMMUNITY, LOCATION, LOOPING, OCTETS, PRIV_PASSWORD, SnmpAgent

NAME, PLACE, SYSTEM = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0", "1.3.6.1.2.1.1"
driver_of_tests = Snmp()
V3 = {
    "md5-des": ("MD5", "DES"),
    "sha-aes": ("SHA1", "aes"),
    "sha256-aes": ("sha-256", "AES128"),
    "sha512-aes256": ("SHA512", "AES-256"),
    "sha384": ("SHA-384", None),
    "open": (None, None),
}


def v3_extras(user: str) -> dict[str, Any]:
    auth, priv = V3[user]
    return {
        "auth_protocol": auth,
        "auth_password": auth and AUTH_PASSWORD,
        "priv_protocol": priv,
        "priv_password": priv and PRIV_PASSWORD,
    }


@pytest.fixture
def v2c(snmp_agent: SnmpAgent) -> ConnectionParameters:
    return ConnectionParameters(
        device="core1",
        address="127.0.0.1",
        port=snmp_agent.port,
        username="netops",
        password=None,
        platform=None,
        extras={"community": COMMUNITY},
    )


@pytest.fixture
def v3(v2c: ConnectionParameters) -> Callable[..., ConnectionParameters]:
    def of_user(user: str, **other: Any) -> ConnectionParameters:
        return replace(v2c, username=user, extras={**v3_extras(user), **other})

    return of_user


@pytest.fixture
def connection(v2c: ConnectionParameters) -> Iterator[Any]:
    with opened(driver_of_tests, v2c) as connection:
        yield connection


@contextmanager
def frozen(agent: SnmpAgent) -> Iterator[None]:
    agent.pause()
    try:
        yield
    finally:
        agent.resume()


class OfSnmp(DriverContract):
    """The contract over UDP."""

    @pytest.fixture
    def driver(self) -> Snmp:
        return Snmp()

    @pytest.fixture(autouse=True)
    def _the_agent(self, snmp_agent: SnmpAgent) -> None:
        self.agent = snmp_agent

    def read(self, connection: Any) -> object:
        return connection.get(NAME, read_timeout=30.0)

    def silenced(self) -> Any:
        return frozen(self.agent)


class TestV2c(OfSnmp):
    @pytest.fixture
    def parameters(self, v2c: ConnectionParameters) -> ConnectionParameters:
        return v2c

    @pytest.mark.thorough
    def test_refused_credentials_are_told_as_such(self, driver: Any, parameters: ConnectionParameters) -> None:
        """An agent does not answer a wrong community, so both things it may be are said."""
        wrong = replace(parameters, extras={"community": "wrong-netpulse-secret"})
        said = refusal(driver, wrong, timeout=1.5)
        assert isinstance(said, errors.TimedOut)
        assert "not reached" in str(said)
        assert "does not know the community" in str(said)
        assert "wrong-netpulse-secret" not in f"{said} {said.hint}"

    @pytest.mark.thorough
    def test_of_two_credentials_the_second_opens_what_the_first_did_not(
        self, driver: Any, parameters: ConnectionParameters
    ) -> None:
        """Silence is no refusal: an agent that does not answer a community is asked with no other."""
        wrong = replace(parameters, extras={"community": "wrong-netpulse-secret"})
        with (
            pytest.raises(errors.TimedOut, match="not reached"),
            opened_by_one_of(driver, wrong, parameters, timeout=1.5),
        ):
            pass


class TestV3(OfSnmp):
    @pytest.fixture
    def parameters(self, v3: Callable[..., ConnectionParameters]) -> ConnectionParameters:
        return v3("sha256-aes")

    def wrong(self, parameters: ConnectionParameters) -> ConnectionParameters:
        return replace(parameters, extras={**parameters.extras, "auth_password": "wrong-netpulse-secret"})


@pytest.mark.parametrize("user", V3)
def test_each_level_and_protocol_of_v3(user: str, v3: Callable[..., ConnectionParameters]) -> None:
    with opened(driver_of_tests, v3(user)) as connection:
        assert connection.get(NAME) == {NAME: "core1"}


@pytest.mark.parametrize("user", ["nobody-here", "sha384"])
def test_an_unknown_user_and_too_little_security_are_refused(
    user: str, v3: Callable[..., ConnectionParameters]
) -> None:
    said = refusal(driver_of_tests, replace(v3("open"), username=user))
    assert isinstance(said, errors.AuthenticationFailed)
    assert repr(user) in str(said)


@pytest.mark.thorough
def test_a_wrong_privacy_password_is_silence_and_told_as_what_it_may_be(
    v3: Callable[..., ConnectionParameters],
) -> None:
    said = refusal(driver_of_tests, v3("sha256-aes", priv_password="wrong-netpulse-secret"), timeout=1.5)
    assert isinstance(said, errors.TimedOut)
    assert "privacy password" in str(said)
    assert "wrong-netpulse-secret" not in f"{said} {said.hint}"


def test_values_are_what_json_can_say(connection: Any) -> None:
    assert connection.get([PLACE, f".{NAME}"]) == {PLACE: LOCATION, NAME: "core1"}
    expected = {
        f"{OCTETS}.1": "0x02fc00000001",
        f"{OCTETS}.2": 2**64 - 1,
        f"{OCTETS}.3": "192.0.2.7",
        f"{OCTETS}.4": "plain text",
        f"{OCTETS}.5": "1.3.6.1.4.1.9",
    }
    assert connection.walk(OCTETS) == expected
    assert connection.bulk(OCTETS, max_repetitions=2) == expected


def test_what_is_not_there_is_told_as_none(connection: Any) -> None:
    wanted = [NAME, f"{SYSTEM}.99.0", "1.3.9.1", *(f"{NAME}.{number}" for number in range(50))]
    found = connection.get(wanted)
    assert list(found) == wanted
    assert {oid for oid, value in found.items() if value is not None} == {NAME}
    assert connection.walk("1.3.6.1.4.1.424242") == connection.bulk("1.9") == {}


def test_walk_and_bulk_find_the_same_in_order(connection: Any) -> None:
    walked, bulked = connection.walk(f"{SYSTEM}.9"), connection.bulk(f"{SYSTEM}.9", max_repetitions=7)
    assert list(walked) == list(bulked) == sorted(walked, key=oids.numbers)
    assert len(walked) > 20
    assert all(oid.startswith(f"{SYSTEM}.9.") for oid in walked)
    assert connection.walk(NAME) == connection.bulk(NAME) == {NAME: "core1"}, "an instance is walked as itself"


@pytest.mark.parametrize("method", ["walk", "bulk"])
def test_an_agent_that_goes_round_in_circles_is_not_walked_for_ever(connection: Any, method: str) -> None:
    with pytest.raises(errors.DeviceError, match="do not increase") as caught:
        getattr(connection, method)(LOOPING)
    assert f"{LOOPING}.5" in str(caught.value)
    assert connection.get(NAME) == {NAME: "core1"}


def test_a_walk_is_bounded_in_rows_and_in_time(connection: Any, snmp_agent: SnmpAgent) -> None:
    with pytest.raises(errors.DeviceError, match="more than 5 rows stand below"):
        connection.bulk(SYSTEM, most=5)
    with frozen(snmp_agent), pytest.raises(errors.TimedOut, match=r"not finished within 0\.4 s: 0 rows"):
        connection.walk(SYSTEM, read_timeout=0.4)


def test_a_late_answer_is_never_the_next_ones(connection: Any, snmp_agent: SnmpAgent) -> None:
    with frozen(snmp_agent):
        for _ in range(3):
            with pytest.raises(errors.TimedOut):
                connection.get(NAME, read_timeout=0.2)
    for _ in range(3):
        assert connection.get(PLACE) == {PLACE: LOCATION}
    assert driver_of_tests.at_rest(connection)


@pytest.mark.parametrize("user", ["sha256-aes", "open"])
def test_an_agent_that_was_started_again_is_known_again(
    user: str, v3: Callable[..., ConnectionParameters], snmp_agent: SnmpAgent
) -> None:
    with opened(driver_of_tests, v3(user)) as connection:
        snmp_agent.stop()
        try:
            with pytest.raises(errors.Unreachable):
                connection.get(NAME)
        finally:
            snmp_agent.start()
        assert connection.get(NAME) == {NAME: "core1"}


@pytest.mark.parametrize(
    "wrong", ["sysName.0", "", ".", "1", "1.3.", "1..3", "3.1", "1.40.1", "1.3.4294967296", "1.3\n", f"1.3{'.1' * 127}"]
)
def test_what_is_no_oid_is_refused_before_anything_is_sent(connection: Any, snmp_agent: SnmpAgent, wrong: str) -> None:
    with frozen(snmp_agent):  # whoever is sent something now does not answer
        for ask in (connection.get, connection.walk, connection.bulk):
            with pytest.raises(errors.InvalidParameters, match="OID"):
                ask(wrong)
    with pytest.raises(errors.InvalidParameters, match="OID"):
        snmp_get.validated({"oids": [NAME, wrong]})
    with pytest.raises(errors.InvalidParameters, match="OID"):
        snmp_walk.validated({"oid": wrong})


def test_set_is_refused_with_the_reason(connection: Any) -> None:
    with pytest.raises(errors.CommandRejected, match=r"nothing was sent: this driver reads only"):
        connection.set(NAME, "another")
    assert connection.get(NAME) == {NAME: "core1"}


def test_a_port_of_ssh_is_pointed_out(v2c: ConnectionParameters) -> None:
    said = refusal(driver_of_tests, replace(v2c, port=22, address="127.77.0.1"))
    assert isinstance(said, errors.Unreachable)
    assert "port 22 is not SNMP's" in said.hint


def test_an_unknown_name_is_unreachable(v2c: ConnectionParameters) -> None:
    said = refusal(driver_of_tests, replace(v2c, address="no-such-device.invalid"))
    assert isinstance(said, errors.Unreachable)


def test_runbooks_in_a_run(snmp_agent: SnmpAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTS_COMMUNITY", COMMUNITY)
    monkeypatch.setenv("TESTS_AUTH", AUTH_PASSWORD)
    reached = {"hostname": "127.0.0.1", "port": snmp_agent.port}
    wrong = {"auth_protocol": "SHA", "auth_password": "env:TESTS_AUTH"}
    hosts = {
        "core1": {
            "hostname": "127.0.0.1",
            "port": 22,
            "connection_options": {"snmp": {**reached, "extras": {"community": "env:TESTS_COMMUNITY"}}},
        },
        "core2": {
            "hostname": "127.0.0.2",
            "connection_options": {"snmp": {**reached, "username": "sha384", "extras": wrong}},
        },
    }
    with serving(tmp_path / "site", hosts) as run:
        done = run("snmp_get", "core1", oids=[NAME, PLACE])
        assert done.outcome is Outcome.OK
        assert done.steps[0].body == {NAME: "core1", PLACE: LOCATION}
        assert run("snmp_get", "core1", oids=f"{OCTETS}.2").steps[0].body == {f"{OCTETS}.2": 2**64 - 1}
        done = run("snmp_walk", "core1", oid=OCTETS)
        assert done.outcome is Outcome.OK
        assert done.job.session_reused
        assert list(done.steps[0].body) == [f"{OCTETS}.{number}" for number in range(1, 6)]
        assert run("snmp_walk", "core1", oid=OCTETS, bulk=False).steps[0].body == done.steps[0].body
        done = run("snmp_get", "core2", oids=NAME)
        assert done.outcome is Outcome.AUTH_FAILED
        assert AUTH_PASSWORD not in done.everything
        assert COMMUNITY not in done.everything
