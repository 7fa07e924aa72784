"""Configurations of devices as people ask for them: who may see which copy, what changed, what leads back."""

from netpulse_core.configs import comparing, ordering, trees
from netpulse_core.configs.platforms import fitting
from netpulse_core.configs.redacting import MASK
from netpulse_core.controller.access import Access
from netpulse_core.errors import InvalidParameters
from netpulse_core.ledger.backups import Backups
from netpulse_core.model.backup import ConfigDiff, ConfigText, ConfigVersion, Copy, RestorePlan, Suspect, SuspectText
from netpulse_core.model.caller import Caller
from netpulse_core.model.roles import Permission

LONGEST_REASON = 500


class Configs:
    """The configurations of a site."""

    def __init__(self, backups: Backups, access: Access) -> None:
        self._backups = backups
        self._access = access

    def current(self, caller: Caller) -> list[ConfigVersion]:
        """Return the last good version of each device that is there for a caller."""
        return [one for one in self._backups.current() if self._access.sees(caller, one.device)]

    def log(self, device: str, caller: Caller) -> list[ConfigVersion]:
        """Return the versions of a device's configuration, the newest first; raise NotFound where there is none."""
        self._access.require_device(caller, device)
        self._backups.version(device)
        return self._backups.versions(device)

    def show(
        self, device: str, caller: Caller, *, number: int | None = None, at: float | None = None, copy: Copy
    ) -> ConfigText:
        """Return a copy of a version: that of a number, the one that stood at an instant, or the last good one."""
        if number is not None and at is not None:
            raise InvalidParameters("config", ["both `version` and `at` say which version"])
        self._access.require_device(caller, device)
        version = self._backups.version(device, number, at=at)
        text = self._read(device, version.number, copy, caller)
        return ConfigText(version=version, which=copy, text=text)

    def diff(self, device: str, caller: Caller, before: int | None = None, after: int | None = None) -> ConfigDiff:
        """Return what changed between two versions, secrets masked; by itself what the last change did."""
        self._access.require_device(caller, device)
        newer = self._backups.version(device, after)
        older = self._older(device, newer, before)
        texts = ["" if one is None else self._backups.text(device, one.number, Copy.REDACTED) for one in (older, newer)]
        names = (f"{device} version {older.number}" if older else "/dev/null", f"{device} version {newer.number}")
        found = comparing.changed(*texts)
        return ConfigDiff(
            device=device,
            before=older,
            after=newer,
            diff=comparing.unified(*texts, names=names),
            added=len(found.added),
            removed=len(found.removed),
            secrets_only=older is not None and texts[0] == texts[1] and older.digest != newer.digest,
        )

    def plan(self, device: str, caller: Caller, number: int, copy: Copy) -> RestorePlan:
        """Return what leads from the last good configuration to a version; only made, never applied."""
        self._access.require_device(caller, device)
        if copy is Copy.RAW:
            raise InvalidParameters("plan", ["copy: a plan is made of the redacted or the normalised copies"])
        running, wanted = self._backups.version(device), self._backups.version(device, number)
        # What was kept before its platform had a form of its own is read as what is kept now.
        platform = fitting(running.form if wanted.form == "running-config" else wanted.form)
        now, then = (self._read(device, one.number, copy, caller) for one in (running, wanted))
        lines = trees.remediation(now, then, platform)
        unreached = ordering.unreached(now, then, lines, platform)
        return RestorePlan(
            device=device,
            running=running,
            wanted=wanted,
            which=copy,
            lines=lines,
            incomplete=bool(unreached) or (copy is Copy.REDACTED and (MASK in now or MASK in then)),
            unreached=unreached,
        )

    def suspects(self, device: str | None, caller: Caller, *, decided: bool = False) -> list[Suspect]:
        """Return captures in quarantine, of one device or of all that are there for a caller."""
        if device is not None:
            self._access.require_device(caller, device)
        found = self._backups.suspects(device, decided=decided)
        return [one for one in found if self._access.sees(caller, one.device)]

    def suspect(self, id: str, caller: Caller, copy: Copy) -> SuspectText:
        """Return a capture in quarantine, and a copy of it."""
        found = self._suspect(id, caller)
        if copy is not Copy.REDACTED:
            self._access.require(caller, Permission.CONFIGS_REVEAL, found.device)
        text = self._backups.suspect_text(id, copy)
        if copy is not Copy.REDACTED:
            self._backups.revealed(found.device, id, copy, by=caller.name)
        return SuspectText(suspect=found, which=copy, text=text)

    def accept(self, id: str, caller: Caller, reason: str) -> Suspect:
        """Take a capture in quarantine for the configuration of its device."""
        problems = [] if reason.strip() else ["reason is empty: it is what the next person will read"]
        problems += [f"reason is longer than {LONGEST_REASON} characters"] if len(reason) > LONGEST_REASON else []
        if problems:
            raise InvalidParameters("accept", problems)
        found = self._suspect(id, caller)
        self._access.require(caller, Permission.CONFIGS_ACCEPT, found.device)
        return self._backups.accept(id, by=caller.name, reason=" ".join(reason.split()))

    def _suspect(self, id: str, caller: Caller) -> Suspect:
        """Return a capture in quarantine that is there for a caller, or raise NotFound, which knows no other."""
        return self._backups.suspect(id, lambda device: self._access.sees(caller, device))

    def _older(self, device: str, newer: ConfigVersion, before: int | None) -> ConfigVersion | None:
        if before is not None:
            return self._backups.version(device, before)
        kept = [one for one in self._backups.versions(device) if one.number < newer.number]
        return kept[0] if kept else None

    def _read(self, device: str, number: int, copy: Copy, caller: Caller) -> str:
        if copy is not Copy.REDACTED:
            self._access.require(caller, Permission.CONFIGS_REVEAL, device)
        text = self._backups.text(device, number, copy)
        if copy is not Copy.REDACTED:
            self._backups.revealed(device, number, copy, by=caller.name)
        return text
