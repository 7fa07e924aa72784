"""What a job may do with the configuration of its device: look up the last good one, and keep what it has read."""

from collections.abc import Callable
from typing import Any

from netpulse_core.configs.capturing import captured
from netpulse_core.errors import Refused, SuspectConfiguration
from netpulse_core.model.backup import Captured, LastGood
from netpulse_core.runs.plain import Masks

Find = Callable[[str], LastGood | None]
"""Find the last good configuration of a device."""


class Backups:
    """The backups of one job's device; `found` is what goes into its conclusion."""

    def __init__(self, device: str, platform: str | None, find: Find, redact: Masks, *, smallest: float) -> None:
        self._device = device
        self._platform = platform or ""
        self._find = find
        self._redact = redact
        self._smallest = smallest
        self.found: list[Captured] = []

    def last_good(self, device: str | None = None) -> LastGood | None:
        """Return the last configuration of the job's own device that was believed, or None."""
        if device is not None and device != self._device:
            raise Refused(f"this job is {self._device}'s, and reads no configuration of {device}")
        return self._find(self._device)

    def keep(self, text: str, *, driver: str, form: str = "") -> dict[str, Any]:
        """Keep a running configuration with the job's conclusion, and return what a result may say of it.

        Raise SuspectConfiguration for one that is not believed: it is kept apart, and is never the last good one.
        """
        found = captured(
            text,
            driver=driver,
            platform=self._platform,
            form=form,
            last=self.last_good(),
            smallest=self._smallest,
            redact=self._redact,
            mark=self._redact.mark,
        )
        self.found.append(found)
        if found.suspect:
            raise SuspectConfiguration(
                f"this configuration is not believed, and was put in quarantine: {'; '.join(found.suspect)}",
                device=self._device,
                hint=f"netpulse config quarantine list {self._device}; what was kept before stays the last good one",
            )
        return {"lines": found.normalised.count("\n"), "bytes": len(found.raw.encode()), "form": found.form}
