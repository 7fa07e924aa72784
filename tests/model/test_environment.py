"""Variables that begin with NETPULSE_: a misspelt one is refused, and what is somebody else's is let be."""

import os
from pathlib import Path

import pytest

from netpulse_core.errors import SiteError
from netpulse_core.inventory.check import examine
from netpulse_core.settings import Settings, load


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of ours but the test's own."""
    for name in [name for name in os.environ if name.upper().startswith("NETPULSE_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("NETPULSE_SLOT", "NETPULSE_SLOTS"),
        ("netpulse_slot", "NETPULSE_SLOTS"),
        ("NETPULSE_LEDGR", "NETPULSE_LEDGER"),
        ("NETPULSE_LEDGER_URL", "NETPULSE_LEDGER"),
        ("NETPULSE_BROKER_URL", "NETPULSE_BROKER"),
        ("NETPULSE_LOGLEVEL", "NETPULSE_LOG_LEVEL"),
        ("NETPULSE_STORE_KEY", "NETPULSE_STORE_KEYS"),
        ("NETPULSE_KEEP_RUNS", "NETPULSE_KEEP_RUNS_DAYS"),
        ("NETPULSE_BACKUPS__HISTORY", "NETPULSE_BACKUPS"),
        ("NETPULSE_LEESE", "NETPULSE_LEASE"),
        ("NETPULSE_API_KY", "NETPULSE_API_KEY"),
        ("NETPULSE_APIKEY", "NETPULSE_API_KEY"),
        ("NETPULSE_API_KEYS", "NETPULSE_API_KEY"),
        ("netpulse_lease", "NETPULSE_LEASE"),
        ("Netpulse_Url", "NETPULSE_URL"),
        ("Netpulse_Site", "NETPULSE_SITE"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_one_it_resembles_and_without_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, meant: str
) -> None:
    monkeypatch.setenv(variable, "hunter2")
    with pytest.raises(SiteError, match=rf"^{variable}: unknown setting; did you mean {meant}\?$") as refused:
        load(tmp_path)
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"


def test_the_first_of_several_is_told_with_how_many_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NETPULSE_SLOT", "NETPULSE_LEDGR", "NETPULSE_API_KY"):
        monkeypatch.setenv(variable, "x")
    with pytest.raises(SiteError, match=r"^NETPULSE_API_KY") as refused:
        load(tmp_path)
    assert refused.value.hint.endswith("; 2 more variables are wrong: `netpulse check` lists them all")


def test_check_tells_them_all_and_blames_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netpulse.toml").write_text("slotz = 4\n")
    for variable, value in (("NETPULSE_SLOT", "4"), ("NETPULSE_LEDGR", "x"), ("NETPULSE_PORT", "4")):
        monkeypatch.setenv(variable, value)
    notices = examine(Settings.model_construct(site=tmp_path))
    assert [str(one) for one in notices if one.severity == "error" and "unknown setting" in one.message] == [
        "environment: NETPULSE_LEDGR: unknown setting; did you mean NETPULSE_LEDGER?",
        "environment: NETPULSE_SLOT: unknown setting; did you mean NETPULSE_SLOTS?",
        f"{tmp_path}/netpulse.toml:1:slotz: unknown setting; did you mean 'slots'?",
    ]


def test_check_blames_the_environment_for_a_value_that_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETPULSE_SLOTS", "many")
    (found,) = (one for one in examine(Settings.model_construct(site=tmp_path)) if "NETPULSE" in one.message)
    assert str(found).startswith("environment: NETPULSE_SLOTS: ")


@pytest.mark.parametrize(
    "variable",
    [
        "NETPULSE_PASSWORD",
        "NETPULSE_ENABLE_PASSWORD",
        "NETPULSE_LAB_PASSWORD",
        "NETPULSE_API_KEY",
        "NETPULSE_API_TOKEN",
        "NETPULSE_API_KEY_LAB",
        "NETPULSE_NETBOX_API_KEY",
        "NETPULSE_TACACS_KEY",
        "NETPULSE_SSH_KEY",
        "NETPULSE_NETBOX_TOKEN",
        "NETPULSE_USERNAME",
        "NETPULSE_HOOK",
        "NETPULSE_PAGER_SECRET",
        "NETPULSE_PROXY_SECRET",
        "NETPULSE_",
        "NETPULSE",
        "NETPULSE_" + "X" * 300,
        "NETPULS_SLOT",
    ],
)
def test_what_resembles_no_setting_is_somebodys_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "x")
    load(tmp_path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("inventory/defaults.yaml", "password: env:NETPULSE_SECRET\n"),
        ("plugins/ours.py", 'import os\nSECRET = os.environ["NETPULSE_SECRET"]\n'),
        ("netpulse.toml", 'secret_key = "env:NETPULSE_SECRET"\n'),
    ],
)
def test_a_variable_that_the_site_names_is_let_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str
) -> None:
    monkeypatch.setenv("NETPULSE_SECRET", "x")
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace("NETPULSE_SECRET", "NETPULSE_SECRET_OF_OURS"))
    with pytest.raises(SiteError):
        load(tmp_path)
    path.write_text(text)
    load(tmp_path)


SERVICE = {
    "SERVICE_HOST": "10.0.0.1",
    "SERVICE_PORT": "8420",
    "SERVICE_PORT_HTTP": "8420",
    "PORT": "tcp://10.0.0.1:8420",
    "PORT_8420_TCP": "tcp://10.0.0.1:8420",
    "PORT_8420_TCP_PROTO": "tcp",
    "PORT_8420_TCP_PORT": "8420",
    "PORT_8420_TCP_ADDR": "10.0.0.1",
}


@pytest.mark.parametrize("service", ["API", "BROKER", "LEDGER", "SLOT", "WORKER", "NODES"])
def test_services_of_kubernetes_are_no_misspellings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    for name, value in SERVICE.items():
        monkeypatch.setenv(f"NETPULSE_{service}_{name}", value)
    load(tmp_path)


def test_a_service_that_kubernetes_puts_over_the_port_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SERVICE.items():
        monkeypatch.setenv(f"NETPULSE_{name}", value)
    with pytest.raises(SiteError, match=r"^NETPULSE_PORT: .*tcp://10.0.0.1:8420.* a Service is called") as refused:
        load(tmp_path)
    assert "enableServiceLinks: false" in refused.value.hint
    monkeypatch.setenv("NETPULSE_PORT", "8421")
    assert load(tmp_path).port == 8421
