"""From what a device answered to what is kept of it."""

from collections.abc import Callable
from dataclasses import replace

from netpulse_core.configs.integrity import doubts
from netpulse_core.configs.normalising import normalised
from netpulse_core.configs.platforms import fitting
from netpulse_core.configs.redacting import Mark, bare, redacted, sanitized
from netpulse_core.model.backup import Captured, Copy, LastGood


def captured(
    text: str,
    *,
    driver: str,
    platform: str,
    form: str = "",
    last: LastGood | None = None,
    smallest: float = 0.0,
    redact: Callable[[str], str] | None = None,
    mark: Mark = bare,
) -> Captured:
    """Return the copies of a configuration, and why it is not believed where it is not.

    `form` names the data file to read it by where that is not the platform's own. `redact` takes secrets out of a text,
    and `mark` is what it writes in their place.
    """
    known = fitting(form or platform)
    raw = text.replace("\r\n", "\n").encode("utf-8", "replace").decode()
    plain = normalised(raw, known)
    size = len(plain.encode())
    hide = redact or (lambda said: sanitized(said, mark))
    shown = redacted(plain, hide, mark)
    found = Captured(driver=driver, platform=platform, form=known.name, raw=raw, normalised=plain, redacted=shown)
    if last is not None and last.text == (plain if last.copy is Copy.NORMALISED else shown):
        return found  # what was believed once, or accepted by a person, is so again
    why = doubts(raw, known, before=None if last is None else last.size, size=size, smallest=smallest)
    return replace(found, suspect=tuple(hide(one) for one in why))
