"""A NAPALM driver as a task holds it: arguments looked at, refusals told, and commits judged by what they left."""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from netpulse_core import errors
from netpulse_core.builtins.napalm.links import Link
from netpulse_core.builtins.napalm.platforms import ABILITIES, RESTORES_ITSELF, can
from netpulse_core.builtins.netmiko.platforms import rejection, without_secrets

GETTERS = frozenset(
    {
        "get_arp_table", "get_bgp_config", "get_bgp_neighbors", "get_bgp_neighbors_detail", "get_config",
        "get_environment", "get_facts", "get_firewall_policies", "get_interfaces", "get_interfaces_counters",
        "get_interfaces_ip", "get_ipv6_neighbors_table", "get_lldp_neighbors", "get_lldp_neighbors_detail",
        "get_mac_address_table", "get_network_instances", "get_ntp_peers", "get_ntp_servers", "get_ntp_stats",
        "get_optics", "get_probes_config", "get_probes_results", "get_route_to", "get_snmp_information", "get_users",
        "get_vlans", "ping", "traceroute",
    }
)  # fmt: skip
"""What only asks; their text arguments become part of a line, and are looked at first."""

CHANGES = frozenset(
    {"commit_config", "compare_config", "confirm_commit", "discard_config", "load_merge_candidate",
     "load_replace_candidate", "rollback"}
)  # fmt: skip
"""Loading writes a file on IOS and opens a session on EOS; comparing writes one on NX-OS."""

_HARMLESS = re.compile(r"[\w ./:,@%+*()\[\]-]*", re.ASCII)

_NO_CONFIGURATION = re.compile(
    r"\s*(?:!.*|Building configuration.*|Current configuration.*|ntp clock-period.*|file prompt quiet)?"
)

ERRORS_OF_A_REFUSAL = frozenset(
    {"CommandErrorException", "CommandError", "CommitConfirmException", "CommitError", "ConfigInvalidException",
     "LockError", "MergeConfigException", "ReplaceConfigException", "SessionLockedException", "ConfigLoadError",
     "InvalidInputError", "XMLCLIError"}
)  # fmt: skip
"""NAPALM's, and those of the libraries below it, that say: the device was asked, and said no."""


_TAKEN_BACK = frozenset({"MergeConfigException", "ReplaceConfigException"})
"""What NAPALM raises once it has put the old configuration back."""


class NapalmConnection:
    """One NAPALM driver object that is open; the names of its methods are NAPALM's."""

    def __init__(self, napalm: Any, link: Link, *, device: str, platform: str) -> None:
        self._napalm = napalm
        self._link = link
        self._device = device
        self.platform = platform
        self.hostname = napalm.hostname
        self.username = napalm.username
        self._loaded = False
        self._pending = False
        self._before: list[str] = []

    @property
    def untouched(self) -> bool:
        """Whether nothing is loaded, waits for a confirmation, or is set on the device for the time of a session."""
        return not (self._loaded or self._pending or getattr(self._napalm, "prompt_quiet_changed", False))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in GETTERS:
            return self._getter(name)
        if name in CHANGES:
            return self._plain(name)
        raise AttributeError(name)

    def clean_up(self) -> None:
        """Throw away what is loaded, and take back what NAPALM set on the device for the time of the session."""
        if self._loaded:
            self._napalm.discard_config()
        self._tidy()

    def has_pending_commit(self) -> bool:
        """Whether a commit waits for its confirmation; never, where the platform has none."""
        return can(self.platform, "revert_in") and bool(self._napalm.has_pending_commit())

    def is_alive(self) -> Mapping[str, bool]:
        """Return NAPALM's form of whether the transport is up."""
        return {"is_alive": self._link.alive()}

    def cli(self, commands: Sequence[str], encoding: str = "text") -> Mapping[str, Any]:
        """Return the answer to each command; raise CommandRejected at the first one refused."""
        answers: dict[str, Any] = {}
        for command in commands:
            answers |= self._told(f"cli({without_secrets(command)!r})", self._napalm.cli, [command], encoding)
            refused = rejection(self.platform, str(answers[command])) if encoding == "text" else None
            if refused is not None:
                raise self._no(f"{without_secrets(command)!r} refused: {without_secrets(refused)}")
        return answers

    def compliance_report(
        self, validation_file: str | None = None, validation_source: Sequence[Mapping[str, Any]] | None = None
    ) -> Mapping[str, Any]:
        """Return NAPALM's report; whatever the source names besides getters is refused."""
        from napalm.base import validate  # noqa: PLC0415 - loaded when a session is opened

        source: Any = validate._get_validation_file(validation_file) if validation_file else validation_source
        source = list(source or ())  # looked at twice, which an iterator bears once
        if not source:
            raise self._no("nothing was sent: the validation names nothing to compare, and so would always comply")
        others = [name for check in source for name in check if name not in GETTERS]
        if others:
            raise self._no(f"nothing was sent: {', '.join(map(repr, others))} is no getter of NAPALM's")
        return dict(validate.compliance_report(_Readers(self), validation_source=source))

    def load_merge_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        """Load lines to be merged; on IOS and NX-OS they wait in a file."""
        self._load("load_merge_candidate", filename, config)

    def load_replace_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        """Load a whole configuration."""
        self._load("load_replace_candidate", filename, config)

    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        """Commit what was loaded; where it is refused, say what stands, by reading the configuration again.

        Raises RolledBack, PartlyApplied or CommandRejected; any other error leaves it open what became of it.
        """
        if revert_in is not None:
            require(self.platform, self._device, "revert_in")
        if message:
            require(self.platform, self._device, "message")
        self._before = self._running()
        try:
            self._napalm.commit_config(message=message, **({} if revert_in is None else {"revert_in": revert_in}))
        except Exception as error:
            if not is_refusal(error):
                raise
            raise self._what_stands(error) from error
        self._loaded, self._pending = False, revert_in is not None
        if not self._pending:
            self._tidy_while_held()

    def confirm_commit(self) -> None:
        """Keep what was committed with `revert_in`; where that is refused, say what stands."""
        try:
            self._told("confirm_commit", self._napalm.confirm_commit)
        except Exception as error:
            if not is_refusal(error) or not self._pending:
                raise
            raise self._what_stands(error) from error
        self._pending = False
        self._tidy_while_held()

    def discard_config(self) -> None:
        """Throw away what was loaded."""
        self._told("discard_config", self._napalm.discard_config)
        self._loaded = False
        self._tidy_while_held()

    def rollback(self) -> None:
        """Go back to before the last commit of this session; raise CommandRejected where the device would not."""
        self._told("rollback", self._napalm.rollback)
        self._loaded = self._pending = False
        self._tidy_while_held()

    def _tidy_while_held(self) -> None:
        """Take back at once what NAPALM set: when the session says goodbye, the device may be another job's already."""
        with contextlib.suppress(Exception):  # the call has done what it was asked for; the goodbye tries once more
            self._tidy()

    def _tidy(self) -> None:
        if getattr(self._napalm, "prompt_quiet_changed", False):
            self._napalm.device.send_config_set(["no file prompt quiet"])
            self._napalm.prompt_quiet_changed = False

    def _getter(self, name: str) -> Callable[..., Any]:
        def get(*args: Any, **kwargs: Any) -> Any:
            for value in (*args, *kwargs.values()):
                if not _is_plain(value):
                    raise self._no(f"nothing was sent: {value!r} cannot be an argument of {name}")
            refusals: list[str | None] = getattr(self._link, "refusals", [])
            refusals.clear()
            found = self._told(name, getattr(self._napalm, name), *args, **kwargs)
            if refusals and all(refusals):  # NAPALM tries the next command, and finds nothing in the last refusal
                raise self._no(f"{name}: the device refused each of its commands: {refusals[-1]}")
            return found

        return get

    def _plain(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return self._told(name, getattr(self._napalm, name), *args, **kwargs)

        return call

    def _told(self, what: str, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except NotImplementedError as error:
            raise self._no(f"NAPALM has no {what} for {self.platform}") from error
        except ValueError as error:
            if str(error).startswith("Unable to execute command"):
                raise self._no(without_secrets(str(error))) from error
            raise

    def _load(self, name: str, filename: str | None, config: str | None) -> None:
        self._loaded = True  # before: a candidate loaded by half is one
        self._told(name, getattr(self._napalm, name), filename=filename, config=config)

    def _running(self) -> list[str]:
        text = self._napalm.get_config(retrieve="running")["running"]
        return [line.rstrip() for line in text.splitlines() if not _NO_CONFIGURATION.fullmatch(line)]

    def _what_stands(self, error: Exception) -> errors.CommandRejected:
        said = first_line(error)
        if self._running() != self._before:
            return errors.PartlyApplied(f"the commit was refused, and part of it stands: {said}", device=self._device)
        if self.platform in RESTORES_ITSELF and type(error).__name__ in _TAKEN_BACK:
            return errors.RolledBack(f"the commit was refused and taken back: {said}", device=self._device)
        return self._no(f"the commit was refused, and nothing of it stands: {said}")

    def _no(self, sentence: str) -> errors.CommandRejected:
        return errors.CommandRejected(sentence, device=self._device)


class _Readers:
    """What a validation may call."""

    def __init__(self, connection: NapalmConnection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Callable[..., Any]:
        get = self._connection._getter(name)

        def asked(*args: Any, **kwargs: Any) -> Any:
            try:
                return get(*args, **kwargs)
            except errors.CommandRejected as error:
                if isinstance(error.__cause__, NotImplementedError):
                    raise error.__cause__ from None  # which NAPALM reports as skipped
                raise

        return asked


def _is_plain(value: Any) -> bool:
    """Whether a value stands in a line as it looks here: what is no text is written by a method of its own."""
    if type(value) is str:
        return _HARMLESS.fullmatch(value) is not None
    return value is None or type(value) in (bool, int, float)


def require(platform: str | None, device: str, ability: str) -> None:
    """Raise CommandRejected where the platform cannot do this, before anything is sent."""
    if not can(platform, ability):
        able = ", ".join(name for name, abilities in ABILITIES.items() if ability in abilities)
        raise errors.CommandRejected(
            f"nothing was committed: NAPALM has no {ability} for {platform}",
            device=device,
            hint=f"it has for {able}; see `netpulse drivers napalm`",
        )


def is_refusal(error: BaseException) -> bool:
    """Whether a library's error says that the device was asked and said no."""
    return any(kind.__name__ in ERRORS_OF_A_REFUSAL for kind in type(error).__mro__)


def first_line(error: BaseException) -> str:
    """Return an error's first lines as one, short, and cut at what may be a secret."""
    return without_secrets(" ".join(_lines(str(error))))[:300]


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip(" ^"))
