"""What is wrong with the templates of a site, before one of them is needed."""

import re
from collections.abc import Iterator

from netpulse_core.errors import InvalidParameters, NetPulseError
from netpulse_core.hooks.manager import Plugins
from netpulse_core.inventory.notice import Notice
from netpulse_core.settings import Settings
from netpulse_core.text import roots
from netpulse_core.text.engine import INDEX
from netpulse_core.text.library import Library
from netpulse_core.text.service import Text

_PLACE = re.compile(rf"{roots.FOLDER}/(?P<name>[^:]+?)(?::(?P<line>\d+))?: (?P<words>.*)", re.DOTALL)


def examine(settings: Settings, plugins: Plugins) -> Iterator[Notice]:
    """Yield what keeps each template of the site, and its index, from being compiled, with file and line."""
    texts = roots.of_site(settings.site)
    names = [one.name for one in Library(plugins, texts).listed() if one.root == roots.SITE]
    names += [INDEX] if INDEX in texts else []
    if not names:
        return  # no process need be started
    text = Text(settings, None)
    try:
        for name in names:
            try:
                text.compile(f"{roots.SITE}:{name}")
            except InvalidParameters as error:
                yield from (_notice(settings, name, problem, error) for problem in error.problems)
    finally:
        text.close()


def _notice(settings: Settings, name: str, problem: str, error: NetPulseError) -> Notice:
    """Say a problem at the place it begins with, which may be in an included template, or the error as a whole does."""
    found = _PLACE.match(problem) or _PLACE.match(str(error))
    if found is None:
        return Notice(severity="error", path=settings.site / roots.FOLDER / name, message=str(error), hint=error.hint)
    path, line = settings.site / roots.FOLDER / found["name"], int(found["line"] or 0)
    return Notice(severity="error", path=path, line=line, message=found["words"], hint=error.hint)
