"""A site whose every secret is a canary, by a reference of each kind, served by processes of their own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from signal import SIGTERM
from typing import Any

import pytest
import yaml

from netpulse_core.client import Client
from netpulse_core.lab import Lab
from tests.e2e.conftest import COMMAND, wait_for_workers
from tests.runs.service import write_site
from tests.servers.certificates import Authority
from tests.servers.device_https import HttpsDevice
from tests.servers.process import Process, free_port
from tests.servers.vault import Vault

CANARY = "c4n4ry"
"""In each of the secrets, so that one search finds them all."""
CONTROL = "c0ntr0l"
"""What is no secret and goes the same ways: where the search does not find it, it would find no secret either."""

USER, PASSWORD, ENABLE = "netops", f"{CANARY}-p4ssw0rd", f"{CANARY}-enable"
CLEAR = f"{CANARY}-written-in-the-inventory"
"""The password of one device, which the inventory holds in clear."""
DEVICE_SAYS = (
    f"snmp-server community {CANARY}Community ro",
    f"enable secret 5 $1${CANARY}$hx5rVt7rPNoS4wqbXKX7m0",
    f"username bob privilege 15 password 7 0822{CANARY}",
)
"""Lines of the device itself, whose secrets nobody told NetPulse of."""

SECRETS = {
    "CANARY_PASSWORD": PASSWORD,
    "CANARY_COMMUNITY": f"{CANARY}-community",
    "CANARY_AUTH": f"{CANARY}-v3-authentication",
    "CANARY_PRIV": f"{CANARY}-v3-privacy",
    "CANARY_JUMP": f"{CANARY}-jump",
    "CANARY_TOKEN": f"{CANARY}-http-token",
    "CANARY_HEADER": f"{CANARY}-http-header",
    "CANARY_HOOK_OUT": f"{CANARY}-signs-what-is-told-elsewhere",
    "CANARY_HOOK_IN": f"{CANARY}-signs-what-happened-elsewhere",
    "CANARY_VAULT": f"{CANARY}-vault-token",
    "CANARY_GIT": f"{CANARY}-of-the-remote-repository",
    "CANARY_KEYS": f"{CANARY.encode().hex():0<64}",
}

TOML = """
log_level = "DEBUG"
allow_clear_secrets = true
grace = 5.0
secret_cache = 0.0
tls_certificate = "{certificate}"
[backups]
history = "{history}"
remote = "https://127.0.0.1:9/configs.git"
remote_user = "git"
remote_password = "env:CANARY_GIT"
[plugins.webhooks]
allow_http = true
allow_networks = ["127.0.0.0/8"]
[plugins.webhooks.endpoints.{control}-pager]
url = "env:CANARY_URL"
secret = "env:CANARY_HOOK_OUT"
events = ["*"]
[plugins.vault]
url = "{vault}"
ca = "{ca}"
paths = ["netops"]
[plugins.vault.login]
method = "token"
token = "env:CANARY_VAULT"
"""
HOOK = {
    "runbook": "send_commands", "target": f"{CONTROL}-1", "device": "device",
    "parameters": {"commands": ["show clock"]}, "secret": "env:CANARY_HOOK_IN",
}  # fmt: skip
SCHEDULE = {
    "runbook": "send_commands",
    "target": f"{CONTROL}-1",
    "parameters": {"commands": ["show clock"]},
    "every": "15s",
}

BLACKOUT = {
    "kind": "blackout", "target": f"{CONTROL}-jump", "timezone": "UTC", "reason": "long ago",
    "when": [{"dates": "2020-12-20..2020-12-21"}],
}  # fmt: skip
PLUGIN = f"""
from netpulse_core import Result, Task, runbook

@runbook
def {CONTROL}(task: Task) -> Result:
    \"\"\"Say nothing.\"\"\"
    return Result(host=task.host)
"""


@dataclass(frozen=True, kw_only=True)
class Served:
    """The site as it is served, and what it tells others."""

    life: str
    client: Client
    url: str
    key: str
    folder: Path
    env: Mapping[str, str]
    logs: Path
    pager: HttpsDevice
    lab: Lab
    private_key: str
    """A line of the service's own TLS key."""
    history: Path
    """The git history of configurations."""
    heard: list[str] = field(default_factory=list)
    """Events as they came."""

    def says(self, *words: str) -> str:
        """Return what a command says on both of its streams."""
        done = subprocess.run([*COMMAND, *words], env=self.env, check=False, capture_output=True, text=True)
        return f"$ netpulse {' '.join(words)}\n{done.stdout}\n{done.stderr}"


def write(lab: Lab, folder: Path, **told: str) -> None:
    """Write the site."""
    write_site(lab, folder)
    inventory = folder / "inventory"
    hosts = yaml.safe_load((inventory / "hosts.yaml").read_text())
    first, second, third = list(hosts.values())[:3]
    clear = lab.devices[list(hosts)[1]]
    clear.account = replace(clear.account, password=CLEAR)
    nowhere: dict[str, Any] = {"hostname": "127.0.0.1", "port": 9, "platform": "linux"}
    options = first["connection_options"] = {
        "snmp": {"port": 9, "extras": {"community": "env:CANARY_COMMUNITY"}},
        "http": {"port": 9, "extras": {"token": "env:CANARY_TOKEN", "headers": {"X-Api-Key": "env:CANARY_HEADER"}}},
    }
    keys = {"auth_password": "env:CANARY_AUTH", "priv_password": "env:CANARY_PRIV"}
    v3 = {"port": 9, "username": "ops", "extras": {"auth_protocol": "SHA", "priv_protocol": "AES-128", **keys}}
    hosts = {
        f"{CONTROL}-1": first,
        f"{CONTROL}-clear": second | {"password": CLEAR, "connection_options": {"snmp": v3, "http": options["http"]}},
        f"{CONTROL}-vault": third | {"password": "vault:netops/core#password"},
        f"{CONTROL}-jump": nowhere
        | {
            "data": {
                "netpulse_jump": {"hostname": "127.0.0.1", "port": 9, "username": "j", "password": "env:CANARY_JUMP"}
            }
        },
    }
    (inventory / "hosts.yaml").write_text(yaml.safe_dump(hosts))
    defaults = yaml.safe_load((inventory / "defaults.yaml").read_text())
    defaults["username"], defaults["password"] = USER, f"file:{folder / 'password'}"
    defaults["connection_options"]["netmiko"]["extras"]["secret"] = "secret:lab/enable"
    (folder / "password").write_text(f"{PASSWORD}\n")
    (inventory / "defaults.yaml").write_text(yaml.safe_dump(defaults))
    (folder / "netpulse.toml").write_text(TOML.format(control=CONTROL, **told))
    (folder / "plugins" / f"{CONTROL}.py").write_text(PLUGIN)
    (folder / "templates" / f"{CONTROL}.j2").write_text(f"hostname {CONTROL}\n")
    (folder / "schedules" / "hooks").mkdir(parents=True)
    (folder / "schedules" / "windows").mkdir()
    (folder / "schedules" / "windows" / f"{CONTROL}.yaml").write_text(yaml.safe_dump(BLACKOUT))
    (folder / "schedules" / "hooks" / f"{CONTROL}.yaml").write_text(yaml.safe_dump(HOOK))
    (folder / "schedules" / f"{CONTROL}.yaml").write_text(yaml.safe_dump(SCHEDULE))


@contextmanager
def served(life: str, lab: Lab, folder: Path, urls: Mapping[str, str]) -> Iterator[Served]:
    """Serve it until left: `urls` are where the ledger and the broker of a distributed one are."""
    with ExitStack() as stack:
        authority = Authority(folder)
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("SSL_CERT_FILE", str(authority.ca_file))
        certificate = authority.issue("127.0.0.1")
        pager = HttpsDevice(None)
        pager.answers[f"/{CANARY}-hook-token"] = lambda handler: handler.say(204)
        stack.callback(pager.close)
        vault = Vault(certificate)
        stack.callback(vault.close)
        vault.tokens = {SECRETS["CANARY_VAULT"]}
        vault.secrets["secret/data", "netops/core"] = {"password": PASSWORD}
        site, logs, history = folder / f"{CONTROL}-site", folder / "logs", folder / f"{CONTROL}.git"
        logs.mkdir()
        write(lab, site, certificate=str(certificate), vault=vault.url, ca=str(authority.ca_file), history=str(history))
        port = free_port()
        env = dict(os.environ) | SECRETS | dict(urls) | {
            "CANARY_URL": f"http://127.0.0.1:{pager.port}/{CANARY}-hook-token",
            "NETPULSE_SITE": str(site), "NETPULSE_PORT": str(port), "NETPULSE_STORE_KEYS": "env:CANARY_KEYS",
            "SSL_CERT_FILE": str(authority.ca_file), "NETPULSE_NODE": f"{CONTROL}-node", "COLUMNS": "400",
        }  # fmt: skip
        stdin = [(["db", "upgrade"], ""), (["secrets", "set", "lab/enable"], ENABLE)]
        stdin.append((["secrets", "set", f"{CONTROL}/parameter"], f"{CANARY}-parameter\n{CANARY}-second-line"))
        for words, text in stdin:
            subprocess.run([*COMMAND, *words], env=env, check=True, capture_output=True, input=text.encode())
        made = subprocess.run(
            [*COMMAND, "keys", "create", f"{CONTROL}-key", "--role", "admin", "--json"],
            env=env,
            check=True,
            capture_output=True,
        )
        key = json.loads(made.stdout)["key"]
        for name in ("up",) if life == "embedded" else ("api", "scheduler", "worker"):
            process = Process([*COMMAND, name], logs / f"{name}.log", env=env)
            stack.callback(process.end, SIGTERM)
        url = f"https://127.0.0.1:{port}"
        client = stack.enter_context(Client(url, key))
        wait_for_workers(client, 1, 120)
        yield Served(
            life=life, client=client, url=url, key=key, folder=site, logs=logs, pager=pager, lab=lab,
            env=env | {"NETPULSE_URL": url, "NETPULSE_API_KEY": key},
            history=history, private_key=certificate.read_text().splitlines()[1],
        )  # fmt: skip


def hits(content: bytes, *secrets: str) -> list[bytes]:
    """Return where any of these secrets, or a canary, stands in something; as it is, as base64 or as hexadecimal."""
    found = []
    for secret in (CANARY, *secrets):
        word = secret.encode()
        forms = [word, word.hex().encode(), word.hex().upper().encode()]
        # In base64 a word is written in three ways, by where it begins; its edges are shared with its neighbours.
        coded = [base64.b64encode(b"\0" * gap + word) for gap in range(3)]
        forms += [one[-(-8 * gap // 6) : 8 * (gap + len(word)) // 6] for gap, one in enumerate(coded)]
        for form in forms:
            at = content.find(form)
            if at >= 0:
                found.append(content[max(0, at - 200) : at + 60])
    return found
