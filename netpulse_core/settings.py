"""Settings of a process: a default, then `netpulse.toml`, then `NETPULSE_*`; frozen once read."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from netpulse_core import blame, environment, keptkeys, refusals
from netpulse_core.blame import PREFIX, blamed
from netpulse_core.bounds import BackupTable, CommandTable, Logins, LogLevel, Proxies, RoleTable
from netpulse_core.errors import SiteError

FILE = blame.FILE
STATE = ".netpulse"
ADMIN_KEY = "admin.key"
"""The file of an embedded site that holds the key of whoever holds its folder, beneath the state folder."""


def _named(folder: Any) -> Any:
    """Return no folder for an empty text, which by itself would mean the folder one happens to stand in."""
    return None if folder == "" else folder


class Settings(BaseSettings):
    """What a NetPulse process is told; durations are seconds, or the days their name says."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, toml_file=None, hide_input_in_errors=True
    )

    site: Path = Field(default=Path(), description="The site folder: inventory, plugins, schedules, templates.")
    ledger: str = Field(
        default="",
        repr=False,  # as with the broker's: it may hold a password
        description="URL of the ledger, or env:NAME or file:PATH where it is; empty is SQLite in the state folder.",
    )
    broker: str = Field(
        default="",
        repr=False,
        description="URL of Redis or of its sentinels, env:NAME or file:PATH; empty is in memory, in one process.",
    )
    standbys_have_all: bool = Field(default=False, description="A promoted standby of PostgreSQL lacks no commit.")
    secret_key: SecretStr | None = Field(
        default=None,
        description="Key that signs doorbells and hashes API keys; empty is one made in the state folder.",
    )
    store_keys: SecretStr | None = Field(
        default=None,
        repr=False,
        description="Keys of the secret store, newest first, each 64 hexadecimal digits; empty is those of the file.",
    )
    store_keys_file: Annotated[Path | None, BeforeValidator(_named)] = Field(
        default=None,
        description="File of these keys, beneath the site, one a line; empty is one an embedded site makes itself.",
    )
    allow_clear_secrets: bool = Field(
        default=False, description="Run over a broker although the inventory holds secrets in clear."
    )
    secret_cache: float = Field(
        default=60.0, ge=0, description="Seconds a worker keeps a secret that it has read; 0 reads it each time."
    )
    host: str = Field(default="127.0.0.1", description="Address the REST service listens on.")
    port: int = Field(default=8420, ge=0, le=65535, description="Port of the REST service; 0 is any free one.")
    node: str = Field(default="", description="Name of this worker; empty is the machine's name.")
    slots: int = Field(default=32, ge=1, le=1024, description="Jobs a worker runs at once.")
    one_core: bool = Field(
        default=True,
        description="Keep a worker's threads on one core, and move on where others want it: Python runs one at a time.",
    )
    fifo_only: bool = Field(default=False, description="This worker takes only jobs that keep no session.")
    connect_timeout: float = Field(default=15.0, gt=0, description="Seconds to open a session in.")
    idle_timeout: float = Field(default=300.0, gt=0, description="Seconds an unused session stays open.")
    max_session_age: float = Field(
        default=14400.0, gt=0, description="Seconds after which a session is closed however busy it was kept."
    )
    host_keys: Literal["pin", "strict", "known_hosts"] = Field(
        default="pin",
        description="Host keys believed: pinned on first use, only those approved, or those of the file `known_hosts`.",
    )
    known_hosts: str = Field(
        default="known_hosts", description="OpenSSH known_hosts file for `host_keys`, beneath the site folder."
    )
    logins: Logins = Field(default=Logins(), description="Logins at once and a second: all, a credential's, a group's.")
    breaker_failures: int = Field(
        default=5, ge=0, description="Failures to reach a device, or to log in to it in time, that open its breaker."
    )
    breaker_cooldown: float = Field(
        default=30.0, gt=0, description="Seconds a breaker first stays open; each time it stays open twice as long."
    )
    breaker_longest: float = Field(default=600.0, gt=0, description="Seconds a breaker stays open at most.")
    max_sessions: int = Field(default=2000, ge=1, description="Sessions a worker keeps open at once.")
    max_sessions_per_device: int = Field(
        default=4, ge=1, description="Sessions a worker has with one device at once, its goodbyes included."
    )
    keepalive: float = Field(
        default=30.0,
        ge=0,
        description="Seconds of silence after which the transport asks for a sign of life; 0 is never.",
    )
    probe_after: float = Field(
        default=60.0, ge=0, description="Seconds of quiet after which a session is asked whether it lives before reuse."
    )
    reconcile: bool = Field(
        default=True,
        description="Workers look into changes in doubt; false leaves each of them to a person.",
    )
    baselines: bool = Field(
        default=True,
        description="Read the running configuration before a change of a runbook that asks for it, to judge it by.",
    )
    backups: BackupTable = Field(default=BackupTable(), description="How configurations are kept: a table [backups].")
    max_jobs: int = Field(default=100_000, ge=0, description="Jobs of all runs that may be unfinished; 0 is no cap.")
    max_jobs_of_caller: int = Field(
        default=50_000,
        ge=0,
        description="Jobs of one caller that may be unfinished; a schedule is a caller of its own.",
    )
    max_jobs_of_device: int = Field(default=100, ge=0, description="Jobs that may be queued for one device.")
    grace: float = Field(default=120.0, ge=0, description="Seconds a stopping worker lets changes under way finish.")
    tls_certificate: Annotated[Path | None, BeforeValidator(_named)] = Field(
        default=None, description="PEM file of the service's certificate and its chain; empty is plain HTTP."
    )
    tls_key: Annotated[Path | None, BeforeValidator(_named)] = Field(
        default=None, description="PEM file of its key; empty is the certificate's own file."
    )
    trusted_proxies: Proxies = Field(
        default=(), description="Addresses and networks of proxies whose X-Forwarded-For and -Proto are believed."
    )
    requests_per_key: int = Field(
        default=12_000, ge=0, description="Requests a minute with one API key, at all API processes; 0 is any number."
    )
    requests_per_address: int = Field(
        default=24_000, ge=0, description="Requests a minute from one address, at all API processes; 0 is any number."
    )
    max_streams: int = Field(default=256, ge=1, description="Event streams of one caller at one API process.")
    max_parameters: int = Field(default=100_000, ge=1, description="Values the parameters of one run may hold.")
    max_output: int = Field(default=1 << 24, ge=1024, le=1 << 28, description="Bytes of output kept of one job.")
    max_file_size: int = Field(default=64 * 1024 * 1024, ge=1, description="Largest file a run may name, in bytes.")
    files_folder: Annotated[Path | None, BeforeValidator(_named)] = Field(
        default=None,
        description="Shared folder that keeps files, the same for each process; empty keeps them in the ledger.",
    )
    keep_runs_days: float = Field(default=365.0, ge=0, description="Days a finished run is kept; 0 is for ever.")
    keep_outputs_days: float = Field(
        default=90.0, ge=0, description="Days the outputs of a finished run are kept; 0 is as long as the run."
    )
    keep_events_days: float = Field(
        default=90.0, ge=0, description="Days the events of a finished run are kept; 0 is as long as the run."
    )
    keep_audit_days: float = Field(default=0.0, ge=0, description="Days the audit is kept; 0 is for ever.")
    keep_runs_at_least: int = Field(
        default=1000, ge=0, description="Newest runs that are kept whole, however old they are."
    )
    allow_plugins: tuple[str, ...] = Field(
        default=(),
        description="Plugins that may be loaded, as NAME==VERSION@sha256:HEX or less of it; empty is all of them.",
    )
    block_plugins: tuple[str, ...] = Field(default=(), description="Plugins that are left out, written the same way.")
    plugins: dict[str, dict[str, Any]] = Field(
        default_factory=dict, repr=False, description="What each plugin is told: a table [plugins.NAME]."
    )
    roles: dict[str, RoleTable] = Field(
        default_factory=dict, description="Roles of the site's own: a table [roles.NAME] with its `permissions`."
    )
    commands: dict[str, CommandTable] = Field(
        default_factory=dict,
        description="Lines a role may send: a table [commands.ROLE] with `allow` and `deny`; ROLE may be `all`.",
    )
    confirm_above: int = Field(
        default=50, ge=0, description="Devices beyond which a change is refused unless the request confirms how many."
    )
    schedule_role: str = Field(
        default="engineer", description="Role of the schedules whose files name none; each runs as `schedule:NAME`."
    )
    hook_role: str = Field(
        default="operator", description="Role of the hooks whose files name none; each runs as `hook:NAME`."
    )
    schedules_wait: bool = Field(default=False, description="Schedule files wait for `netpulse schedules apply`.")
    trace_hooks: bool = Field(default=False, description="Log each call of a hook before it is made.")
    inventory_plugin: str = Field(
        default="", description="Nornir inventory plugin; empty is the site's own YAML files."
    )
    inventory_options: dict[str, Any] = Field(
        default_factory=dict, repr=False, description="Options of the Nornir inventory plugin."
    )
    log_level: LogLevel = Field(default="INFO", description="Least level of the process's own log lines.")

    _kept: tuple[str, ...] = PrivateAttr(default=())

    @property
    def keys_kept_in(self) -> tuple[str, ...]:
        """The references, `env:NAME` or `file:PATH`, that ledger, broker and keys were read from, and the TLS key's.

        A copy that serves without TLS has them too.
        """
        return self._kept

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
    """Read the settings of a site; raise SiteError naming file, line and key, or the variable."""
    environment.examine(site, Settings.model_fields)
    return _load(site, overrides)


def problems(site: Path) -> Iterator[SiteError]:
    """Yield all that is wrong with the variables of the environment, and the first problem of the settings."""
    yield from environment.problems(site, Settings.model_fields)
    try:
        _load(site, {})
    except SiteError as error:
        yield error


def _load(site: Path, overrides: Mapping[str, Any]) -> Settings:
    path = site / FILE

    class _OfThisSite(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        found = _OfThisSite(site=site, **overrides)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise SiteError(f"not valid TOML: {error}", path=path, line=int(line[1]) if line else 0) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SiteError(f"cannot be read: {error}", path=path) from error
    except SettingsError as error:  # a variable whose text should have been JSON
        raise refusals.of_json(error, Settings) from error
    except ValidationError as error:
        raise refusals.of_value(error, Settings, path, overrides) from error
    told, kept = keptkeys.read(site, {key: getattr(found, key) for key in keptkeys.MAY_REFER})
    read = found.model_copy(update=told)
    read._kept = kept if read.tls_key is None else (*kept, f"file:{read.tls_key}")
    _require_ledger(read)
    return read


def nearest(folder: Path) -> Path | None:
    """Return this folder or the nearest above it that is a site, because it holds a netpulse.toml; or None."""
    return next((one for one in (folder, *folder.parents) if (one / FILE).is_file()), None)


def existing(settings: Settings, key: str) -> Path | None:
    """Return the file that a setting names, beneath the site; raise SiteError, with its line, where it is missing."""
    named: Path | None = getattr(settings, key)
    if named is None:
        return None
    path = settings.site / named
    if not path.is_file():
        raise blamed(settings.site, key, f"there is no file {path}")
    return path


def _require_ledger(settings: Settings) -> None:
    """Refuse a broker without a ledger: each process would take a private one for the one they share."""
    if settings.broker and not settings.ledger:
        raise blamed(
            settings.site,
            "broker",
            "a broker is set, and no ledger: each process would keep one of its own, so that two schedulers fire twice"
            " and two workers push to one device",
            hint="set NETPULSE_LEDGER, the same for each process: postgresql+psycopg://USER@HOST/NAME, or"
            " sqlite:///PATH where all of them run on one machine; a single process needs no broker",
        )
