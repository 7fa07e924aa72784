"""What netpulse.toml names is there before a process works, or the line that names it is told."""

from contextlib import closing
from pathlib import Path

import pytest

from netpulse_core import settings as configuration
from netpulse_core.api import process as api
from netpulse_core.controller import NetPulse
from netpulse_core.errors import Refused, SiteError
from netpulse_core.incoming.files import require_secrets
from netpulse_core.worker.node import Node

WEBHOOKS = '[plugins.webhooks.endpoints.pager]\nevents = ["*"]\n'
VAULT = '[plugins.vault]\nurl = "https://vault.example.net"\npaths = ["netops"]\n'


def opened(site: Path, text: str) -> NetPulse:
    (site / "netpulse.toml").write_text(f"# ours\n{text}\n")
    return NetPulse.open(configuration.load(site))


@pytest.mark.parametrize("named", ["gone.keys", "{outside}/gone.keys"])
def test_nothing_opens_over_a_missing_file_of_store_keys(site: Path, tmp_path: Path, named: str) -> None:
    named = named.format(outside=tmp_path)
    with pytest.raises(SiteError, match=r"netpulse\.toml:2:store_keys_file: there is no file .*gone\.keys") as wrong:
        opened(site, f'store_keys_file = "{named}"')
    assert wrong.value.line == 2


def test_a_file_of_store_keys_lies_beneath_the_site_wherever_a_process_stands(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (site / "our.keys").write_text("17" * 32)
    with closing(opened(site, 'store_keys_file = "our.keys"')) as netpulse:
        netpulse.ledger.secrets.set("core", "hunter2-of-the-core", by="ann")
        (site / "our.keys").rename(site / "their.keys")
        with pytest.raises(Refused, match="has no key"):
            netpulse.ledger.secrets.set("core", "another", by="ann")


def test_keys_that_are_given_need_no_file(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPULSE_STORE_KEYS", "17" * 32)
    opened(site, 'store_keys_file = "gone.keys"').close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('host_keys = "known_hosts"', r"netpulse\.toml:2:host_keys: there is no file .*/known_hosts"),
        (
            'host_keys = "known_hosts"\nknown_hosts = "ours/hosts"',
            r"netpulse\.toml:3:known_hosts: there is no file .*/ours/hosts",
        ),
        (
            f'{WEBHOOKS}url = "https://a.example/x"\nsecret = "env:NO_SUCH"',
            r"netpulse\.toml:5:plugins\.webhooks\.endpoints\.pager\.secret: the variable NO_SUCH is not set",
        ),
        (
            f'{WEBHOOKS}url = "file:/no/such"\nsecret = ["env:THERE"]',
            r"netpulse\.toml:4:plugins\.webhooks\.endpoints\.pager\.url: there is no file /no/such",
        ),
        (
            f'{WEBHOOKS}url = "https://a.example/x"\nsecret = ["env:THERE", "env:NO_SUCH"]',
            r"netpulse\.toml:5:plugins\.webhooks\.endpoints\.pager\.secret: the variable NO_SUCH is not set",
        ),
        (
            f'{VAULT}[plugins.vault.login]\nmethod = "token"\ntoken = "file:/no/such"',
            r"netpulse\.toml:7:plugins\.vault\.login\.token: there is no file /no/such",
        ),
        (
            '[backups]\nremote_password = "env:NO_SUCH"',
            r"netpulse\.toml:3:backups\.remote_password: the variable NO_SUCH is not set",
        ),
    ],
)
def test_no_worker_starts_over_what_is_not_there(
    site: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.setenv("THERE", "hunter2-of-the-pager")
    with closing(opened(site, text)) as netpulse, pytest.raises(SiteError, match=said) as wrong:
        Node(netpulse)
    assert "hunter2" not in str(wrong.value)


def test_a_worker_starts_where_all_of_it_is_there(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERE", "hunter2-of-the-pager")
    (site / "known_hosts").write_text("")
    text = f'host_keys = "known_hosts"\n{WEBHOOKS}url = "env:THERE"\nsecret = "file:{site / "known_hosts"}"'
    with closing(opened(site, text)) as netpulse:
        assert Node(netpulse).name


def test_what_a_plugin_that_is_blocked_is_told_is_not_looked_at(site: Path) -> None:
    text = f'block_plugins = ["webhooks"]\n{WEBHOOKS}url = "https://a.example/x"\nsecret = "env:NO_SUCH"'
    with closing(opened(site, text)) as netpulse:
        assert Node(netpulse).name


def test_what_the_environment_says_is_told_by_its_variable(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPULSE_BACKUPS", '{"remote_password": "env:NO_SUCH"}')
    with closing(opened(site, "")) as netpulse, pytest.raises(SiteError, match=r"^NETPULSE_BACKUPS: the variable NO_S"):
        Node(netpulse)


@pytest.mark.parametrize("secret", ["env:NO_SUCH_HOOK", "[env:PATH, env:NO_SUCH_HOOK]", "file:/no/such/file"])
def test_the_api_does_not_start_over_a_hook_whose_secret_is_not_there(site: Path, secret: str) -> None:
    hook = f"runbook: send_commands\ntarget: leaf1\nparameters: {{commands: [show clock]}}\nsecret: {secret}\n"
    path = site / "schedules" / "hooks" / "alert.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(hook)
    with pytest.raises(SiteError, match=r"alert\.yaml:4:secret: (the variable NO_SUCH_HOOK|there is no file)"):
        api.run(configuration.load(site))
    path.write_text(hook + "enabled: false\n")
    require_secrets(site)
