"""Who chooses a secret for a device: nobody NetPulse's own, a narrowed key none, and few what lies on a worker."""

from pathlib import Path
from typing import Any

import pytest

from netpulse_core.controller import NetPulse
from netpulse_core.controller.ownkeys import OwnKeys
from netpulse_core.controller.scheduling import Scheduling
from netpulse_core.errors import NotPermitted
from netpulse_core.model.caller import LOCAL, Caller, Scope
from netpulse_core.model.run import RunRequest
from netpulse_core.model.schedule import Due, FireState, Schedule
from netpulse_core.settings import load
from tests.controller.conftest import Open

EVE = Caller(name="eve", role="engineer")
LAB = Caller(name="lab", role="admin", scope=Scope(target="leaf1"))
PLUGIN = '''
from pydantic import BaseModel

from netpulse_core import Result, Secret, Task, runbook


class Account(BaseModel):
    name: str = ""
    password: Secret = "env:ITS_OWN"


@runbook(changes=True)
def gives(
    task: Task, password: Secret = "env:ITS_DEFAULT", keys: dict[str, Secret] | None = None, note: str = "",
    users: list[Account] | None = None,
) -> Result:
    """Give."""
    return Result(host=task.host)
'''
OWN = [
    "env:NETPULSE_STORE_KEYS", "file:.netpulse/store.keys",
    "file:./schedules/../.netpulse/x", "file:/proc/self/environ",
    "file:/srv/other/.netpulse/store.keys", "file:/proc/1/environ",
]  # fmt: skip


@pytest.fixture
def giving(site: Path, opened: Open) -> NetPulse:
    (site / "plugins" / "gives.py").write_text(PLUGIN)
    return opened()


def ask(netpulse: NetPulse, caller: Caller, **parameters: Any) -> str:
    return netpulse.submit(RunRequest(runbook="gives", target="leaf1", parameters=parameters), caller).run


def refused(netpulse: NetPulse, caller: Caller, **parameters: Any) -> NotPermitted:
    before = len(netpulse.runs())
    with pytest.raises(NotPermitted) as raised:
        ask(netpulse, caller, **parameters)
    assert len(netpulse.runs()) == before
    assert netpulse.ledger.audit.page(action="access.refused")[0].body["permission"] == raised.value.permission
    return raised.value


def fired(netpulse: NetPulse, reference: str) -> FireState:
    """Have a schedule of the site's files, which gives this reference, come due."""
    request = RunRequest(runbook="gives", target="leaf1", parameters={"password": reference})
    schedule = Schedule(name="nightly", request=request, every=3600.0, role="engineer")
    [known] = netpulse.ledger.schedules.know([schedule])
    fire = netpulse.firing.fire(Due(schedule=schedule, digest=known.digest, due_at=1.0))
    assert fire is not None
    return fire.state


@pytest.mark.parametrize("reference", OWN)
def test_what_netpulse_keeps_its_keys_in_is_nobodys_to_give(giving: NetPulse, site: Path, reference: str) -> None:
    for one in (reference, f"file:{site}/.netpulse/store.keys"):
        assert "NetPulse itself" in str(refused(giving, LOCAL, password=one))
        assert "NetPulse itself" in str(refused(giving, LOCAL, users=[{"password": one}]))
    assert "parameter 'keys'" in str(refused(giving, LOCAL, keys={"a": reference}))
    link = site / "looks-like-nothing"
    link.symlink_to(site / ".netpulse")
    assert refused(giving, LOCAL, password=f"file:{link}/store.keys").permission == "secrets.own"
    assert fired(giving, reference) is FireState.REFUSED


def test_nor_is_what_the_settings_refer_to_where_services_are_given_their_keys(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials, mounted = tmp_path / "credentials" / "netpulse-api.service", tmp_path / "secrets"
    (mounted / "..2026_11_01").mkdir(parents=True)
    credentials.mkdir(parents=True)
    (credentials / "secret_key").write_text("a" * 64)
    (mounted / "..2026_11_01" / "ledger").write_text(f"sqlite:///{tmp_path}/there.sqlite3")
    (mounted / "ledger").symlink_to(Path("..2026_11_01") / "ledger")
    (mounted / "core_password").write_text("of a device")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    monkeypatch.setenv("NETPULSE_SECRET_KEY", f"file:{credentials}/secret_key")
    monkeypatch.setenv("NETPULSE_LEDGER", f"file:{mounted}/ledger")
    monkeypatch.setenv("NETPULSE_STORE_KEYS", "env:KEYS_OF_THE_SITE")
    monkeypatch.setenv("KEYS_OF_THE_SITE", "b" * 64)
    (site / "plugins" / "gives.py").write_text(PLUGIN)
    with NetPulse.open(site) as netpulse:
        for reference in (
            f"file:{credentials}/secret_key",
            f"file:{credentials.parent}/netpulse-worker@1.service/secret_key",
            "file:/run/credentials/netpulse-worker@1.service/secret_key",
            f"file:{mounted}/ledger",
            f"file:{mounted}/../secrets/./ledger",
            f"file:{mounted}/..2026_11_01/ledger",
            f"file:{mounted}/..2026_11_02/ledger",
            f"file:{mounted}/..data/ledger",
            "env:KEYS_OF_THE_SITE",
        ):
            error = refused(netpulse, LOCAL, users=[{"password": reference}])
            assert "NetPulse itself" in str(error), reference
        assert fired(netpulse, f"file:{credentials}/secret_key") is FireState.REFUSED
        assert ask(netpulse, LOCAL, password=f"file:{mounted}/core_password", keys={"a": "env:OF_A_DEVICE"})


@pytest.mark.parametrize("reference", ["env:ANYTHING", "file:/etc/shadow"])
def test_what_lies_on_a_worker_is_read_for_who_makes_the_keys(giving: NetPulse, reference: str) -> None:
    assert "lacks keys.write" in str(refused(giving, EVE, users=[{"password": "secret:a"}, {"password": reference}]))
    error = refused(giving, EVE, password=reference)
    assert "lacks keys.write" in str(error)
    assert "secret:NAME" in error.hint
    assert ask(giving, LOCAL, password=reference)
    assert ask(giving, EVE, password="secret:core/enable", keys={"a": "vault:x#y"}, note=reference)


@pytest.mark.parametrize("reference", ["secret:core/enable", "env:ANYTHING", "vault:x#y"])
def test_a_narrowed_key_chooses_none(giving: NetPulse, reference: str) -> None:
    error = refused(giving, LAB, password=reference)
    assert "lab is narrowed, and parameter 'password' would choose" in str(error)
    assert "a key without a scope" in error.hint
    assert refused(giving, LAB, users=[{"name": "ada", "password": reference}]).permission == "scope.secrets"
    assert ask(giving, LAB, note="secret:core/enable", users=[{"name": "secret:core/enable"}])


def test_a_default_is_the_runbooks_own_word(giving: NetPulse) -> None:
    assert ask(giving, LAB)
    assert ask(giving, LAB, password="env:ITS_DEFAULT")


def test_a_schedule_is_judged_when_it_is_made_by_api_and_a_file_is_the_sites_word(giving: NetPulse) -> None:
    said = {"runbook": "gives", "target": "leaf1", "every": "1h", "parameters": {"password": "env:ANYTHING"}}
    with pytest.raises(NotPermitted, match=r"lacks keys\.write"):
        Scheduling(giving).make("hers", said, EVE)
    assert fired(giving, "env:ANYTHING") is FireState.FIRED


@pytest.mark.parametrize("folder", ["/creds", "/creds/", "/srv/../creds"])
def test_a_credentials_folder_in_the_root_makes_no_other_file_netpulses_own(
    giving: NetPulse, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", folder)
    own = OwnKeys.of(giving.settings)
    assert own.hold("file:/creds/secret_key")
    assert not own.hold("file:/srv/devices/password")


def test_a_file_of_a_device_may_be_called_as_the_tls_key_is(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPULSE_TLS_KEY", "tls.key")
    settings = load(site)
    passing = settings.model_copy(update={"tls_certificate": None, "tls_key": None})  # of one command, without TLS
    for own in (OwnKeys.of(settings), OwnKeys.of(passing)):
        assert own.hold("file:tls.key")
        assert own.hold("file:..data/tls.key")
        assert own.hold("file:..2026_11_01/tls.key")
        assert not own.hold("file:secrets/leaf1/tls.key")
        assert not own.hold("file:..data/core_password")
