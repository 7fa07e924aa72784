"""Settings of a process: a default, then `netpulse.toml`, then `NETPULSE_*`; frozen once read."""

import os
import re
import secrets
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from netpulse_core.errors import SiteError, did_you_mean

FILE = "netpulse.toml"
STATE = ".netpulse"


class Settings(BaseSettings):
    """What a NetPulse process is told; durations are seconds, sizes are counts."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="NETPULSE_", toml_file=None)

    site: Path = Field(default=Path(), description="The site folder: inventory, plugins, schedules, templates.")
    ledger: str = Field(
        default="", description="SQLAlchemy URL of the ledger; empty is SQLite in the site's state folder."
    )
    broker: str = Field(default="", description="Redis URL of the broker; empty is in memory, in this one process.")
    secret_key: SecretStr | None = Field(
        default=None,
        description="Key that signs doorbells and hashes API keys; empty is one made in the state folder.",
    )
    host: str = Field(default="127.0.0.1", description="Address the REST service listens on.")
    port: int = Field(default=8420, ge=0, le=65535, description="Port of the REST service; 0 is any free one.")
    node: str = Field(default="", description="Name of this worker; empty is the machine's name.")
    slots: int = Field(default=32, ge=1, le=1024, description="Jobs a worker runs at once.")
    fifo_only: bool = Field(default=False, description="This worker takes only jobs that keep no session.")
    connect_timeout: float = Field(default=15.0, gt=0, description="Seconds to open a session in.")
    idle_timeout: float = Field(default=300.0, gt=0, description="Seconds an unused session stays open.")
    max_sessions: int = Field(default=2000, ge=1, description="Sessions a worker keeps open at once.")
    grace: float = Field(default=120.0, ge=0, description="Seconds a stopping worker lets running jobs finish.")
    inventory_plugin: str = Field(
        default="", description="Nornir inventory plugin; empty is the site's own YAML files."
    )
    inventory_options: dict[str, Any] = Field(
        default_factory=dict, description="Options of the Nornir inventory plugin."
    )
    log_level: str = Field(default="INFO", description="Least level of the process's own log lines.")

    @property
    def state(self) -> Path:
        """The folder of what this site's own processes keep: ledger, keys, lock."""
        return self.site / STATE

    @property
    def embedded(self) -> bool:
        """Whether broker and ledger live in one process, which then owns the site."""
        return not self.broker

    @property
    def ledger_url(self) -> str:
        """The ledger's SQLAlchemy URL with the default filled in."""
        return self.ledger or f"sqlite:///{(self.state / 'ledger.sqlite3').resolve()}"

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, then the file."""
        toml = TomlConfigSettingsSource(settings_cls)
        return named["init_settings"], named["env_settings"], toml


def load(site: Path, **overrides: Any) -> Settings:
    """Read the settings of a site; raise SiteError naming file, line and key."""
    path = site / FILE

    class _OfThisSite(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        return _OfThisSite(site=site, **overrides)
    except tomllib.TOMLDecodeError as error:
        raise SiteError(f"not valid TOML: {error}", path=path) from error
    except ValidationError as error:
        raise _explained(error, path) from error


def _explained(error: ValidationError, path: Path) -> SiteError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        message = f"unknown setting{did_you_mean(key, Settings.model_fields)}"
    else:
        message = f"{first['msg']} (got {first['input']!r})"
    line = _line_of(key, path)
    if not line and key in Settings.model_fields:
        return SiteError(f"NETPULSE_{key.upper()}: {message}")
    return SiteError(message, path=path, line=line, key=key)


def _line_of(key: str, path: Path) -> int:
    if not path.is_file():
        return 0
    pattern = re.compile(rf"^\s*{re.escape(key.partition('.')[0])}\s*=")
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if pattern.match(line)), 0)


def secret_key(settings: Settings) -> bytes:
    """Return the key that signs doorbells and hashes API keys; an embedded site makes its own at first use."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    if not settings.embedded:
        raise SiteError(
            "no secret key: processes that share a broker must share one",
            key="secret_key",
            hint="set NETPULSE_SECRET_KEY, the same for each process: `openssl rand -hex 32` makes one",
        )
    return private_file(settings.state / "secret.key", lambda: secrets.token_hex(32)).encode()


def private_file(path: Path, make: Callable[[], str]) -> str:
    """Return the text of a file only its owner can read, making it first where it is not there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    text = make()
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return text
