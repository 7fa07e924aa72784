"""What a runbook calls: `render` and `parse`, of its task's own site."""

from functools import cache
from pathlib import Path
from typing import Any

from nornir.core.task import Task

from netpulse_core import settings
from netpulse_core.model.templates import Parsed
from netpulse_core.text.service import Text


def render(task: Task, template: str, /, **variables: Any) -> str:
    """Return what a template makes of the device's data and of variables, which win over it.

    Raise TemplateFailed, with file and line, for what is not set or wrong; nothing is half rendered.
    """
    return _text(task).render(template, None, variables, host=task.host).text


def parse(
    task: Task, text: str, *, command: str = "", template: str = "", parser: str = "", platform: str = ""
) -> Parsed:
    """Return the records of what the device answered to a command, or of a text that a named template is for.

    Look at `suspect`: no records came of a text that is not empty. Raise TemplateFailed where the text does not fit,
    NotFound where no template is known.
    """
    platform = platform or task.host.platform or ""
    return _text(task).parse(text, template=template, platform=platform, command=command, parser=parser)


def asked(task: Task, what: str, data: Any, of: Any) -> Any:
    """Return what a question about data comes to, asked where it can be killed."""
    return _text(task).asked(what, data, of)


def _text(task: Task) -> Text:
    found = getattr(task.host, "text", None)  # a host of plain Nornir has none
    return found if isinstance(found, Text) else _of_folder(Path.cwd())


@cache
def _of_folder(folder: Path) -> Text:
    """Return the text of a script: the site its folder is or lies in, or what is installed."""
    near = (one for one in (folder, *folder.parents) if (one / settings.FILE).is_file())
    return Text(settings.load(next(near, folder)), None)
