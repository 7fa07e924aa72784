"""Secrets of a vault: read as the site says, from listed paths alone, and by no way that leads elsewhere."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from netpulse_core import errors, hookimpl
from netpulse_core.builtins.vault.paths import allowed
from netpulse_core.builtins.vault.reader import Reader
from netpulse_core.builtins.vault.settings import Settings
from netpulse_core.testing import SecretContract
from tests.servers.certificates import Authority
from tests.servers.vault import JWT, ROLE_ID, SECRET_ID, Vault

PASSWORD = 'p"ss\\w0rd!ä '
Made = Callable[..., Reader]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who signed the vault's certificate."""
    return Authority(tmp_path)


@pytest.fixture
def vault(authority: Authority) -> Iterator[Vault]:
    """A vault with one secret in each version of its engine."""
    server = Vault(authority.issue("127.0.0.1"))
    server.secrets["secret/data", "netops/core"] = {"password": PASSWORD, "port": 22, "empty": ""}
    server.secrets["old", "netops/core"] = {"password": "of version 1"}
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def reader(vault: Vault, authority: Authority, tmp_path: Path) -> Made:
    """Read that vault, told so much otherwise."""
    token = tmp_path / "token"
    token.write_text("root\n")

    def made(**said: Any) -> Reader:
        login = {"method": "token", "token": f"file:{token}"}
        told = {"url": vault.url, "ca": authority.ca_file, "paths": ["netops"], "login": login, **said}
        settings = Settings.model_validate(told)
        return Reader(lambda: settings)

    return made


class TestOfAVault(SecretContract):
    """`vault:PATH#KEY`."""

    missing = "vault:netops/none#password"

    @pytest.fixture(autouse=True)
    def plugin_of_it(self, reader: Made) -> None:
        """The plugin with settings of its own, which those of the process are not."""
        read = reader().read

        class Plugin:
            @hookimpl
            def resolve_secret(self, reference: str) -> str | None:
                scheme, _, name = reference.partition(":")
                return read(name) if scheme == "vault" else None

        self.plugin = Plugin()

    @pytest.fixture
    def secret(self) -> tuple[str, str]:
        """One of version 2."""
        return "vault:netops/core#password", PASSWORD


def test_the_older_engine_is_read_too(reader: Made) -> None:
    assert reader(version=1, mount="old").read("netops/core#password") == "of version 1"


@pytest.mark.parametrize(
    "login",
    [
        {"method": "approle", "role_id": ROLE_ID, "secret_id": "env:NETPULSE_TEST_SECRET_ID"},
        {"method": "kubernetes", "role": "netpulse", "jwt": "env:NETPULSE_TEST_JWT"},
    ],
    ids=["approle", "kubernetes"],
)
def test_it_logs_in_once_and_again_when_its_token_has_ended(
    reader: Made, vault: Vault, monkeypatch: pytest.MonkeyPatch, login: dict[str, str]
) -> None:
    monkeypatch.setenv("NETPULSE_TEST_SECRET_ID", SECRET_ID)
    monkeypatch.setenv("NETPULSE_TEST_JWT", JWT)
    one = reader(login=login)
    assert [one.read("netops/core#password") for _ in range(3)] == [PASSWORD] * 3
    assert len(vault.logins) == 1
    vault.tokens.clear()
    assert one.read("netops/core#password") == PASSWORD
    assert len(vault.logins) == 2


def test_a_token_in_a_file_is_read_again_when_it_was_renewed(reader: Made, vault: Vault, tmp_path: Path) -> None:
    one = reader()
    assert one.read("netops/core#password") == PASSWORD
    vault.tokens = {"renewed"}
    (tmp_path / "token").write_text("renewed")
    assert one.read("netops/core#password") == PASSWORD


@pytest.mark.parametrize(
    "path",
    [
        "other/core",
        "netops-lab/core",
        "net",
        "netops/../other/core",
        "netops/./core",
        "netops//core",
        "/netops/core",
        "netops/core/",
        "netops/%2e%2e/other",
        "netops/core?version=1",
        "netops\\core",
        "",
    ],
)
def test_only_listed_paths_are_ever_asked_for(reader: Made, vault: Vault, path: str) -> None:
    with pytest.raises((errors.Refused, errors.NotFound)):
        reader().read(f"{path}#password")
    assert vault.asked == []


def test_a_path_allows_what_lies_below_it_by_whole_segments() -> None:
    assert allowed("core/r1", ["core"])
    assert allowed("core", ["lab", "core"])
    assert not allowed("core-lab/r1", ["core"])
    assert not allowed("core", ["core/r1"])


def test_what_is_denied_is_said_without_a_second_try(reader: Made, vault: Vault) -> None:
    vault.denied.add("netops/core")
    with pytest.raises(errors.Refused, match="does not let vault:netops/core#password be read"):
        reader().read("netops/core#password")
    assert len(vault.asked) == 1


@pytest.mark.parametrize("key", ["passwort", "empty", "port"])
def test_a_key_that_is_no_text_is_named(reader: Made, key: str) -> None:
    with pytest.raises(errors.NotFound, match="key of the secret") as caught:
        reader().read(f"netops/core#{key}")
    assert PASSWORD not in f"{caught.value} {caught.value.hint}"


def test_a_deleted_version_is_no_secret(reader: Made, vault: Vault) -> None:
    vault.deleted.add("netops/core")
    with pytest.raises(errors.NotFound):
        reader().read("netops/core#password")


def test_a_sealed_vault_may_answer_later(reader: Made, vault: Vault) -> None:
    vault.sealed = True
    with pytest.raises(errors.ServiceError, match="did not answer"):
        reader().read("netops/core#password")


def test_a_redirection_is_not_followed(reader: Made, vault: Vault, authority: Authority) -> None:
    other = Vault(authority.issue("127.0.0.1"))
    try:
        vault.elsewhere = other.url
        with pytest.raises(errors.ServiceError, match="something other than a secret"):
            reader().read("netops/core#password")
        assert other.asked == []
    finally:
        other.close()


def test_a_certificate_of_another_authority_is_not_believed(reader: Made, vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    with pytest.raises(errors.ServiceError, match="SSLError"):
        reader(ca=Authority(tmp_path / "others").ca_file).read("netops/core#password")
    assert vault.asked == []


def test_nothing_of_the_environment_says_where_to_go_or_as_whom(
    reader: Made, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "VAULT_ADDR"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("VAULT_TOKEN", "of somebody else")
    assert reader().read("netops/core#password") == PASSWORD
    assert {headers["X-Vault-Token"] for _, _, headers in vault.asked} == {"root"}


def test_a_namespace_goes_with_each_request(reader: Made, vault: Vault) -> None:
    reader(namespace="net").read("netops/core#password")
    assert {headers["X-Vault-Namespace"] for _, _, headers in vault.asked} == {"net"}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"login": None}, "login"),
        ({"paths": []}, "paths"),
        ({"paths": ["a/../b"]}, "is no path"),
        ({"url": "http://vault.example:8200"}, "not https"),
        ({"url": "https://user@vault.example"}, "url"),
        ({"login": {"method": "token", "token": "hvs.in-clear"}}, "token"),
        ({"ca": "/no/such/file.pem"}, "ca"),
    ],
)
def test_settings_that_could_not_work_or_tell_a_secret_are_refused(
    reader: Made, said: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem) as caught:
        reader(**said)
    assert "in-clear" not in str(caught.value)


def test_without_a_vault_a_reference_says_so() -> None:
    with pytest.raises(errors.NotFound) as caught:
        Reader(Settings).read("netops/core#password")
    assert "[plugins.vault]" in caught.value.hint
