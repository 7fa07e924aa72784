"""Parsing with TTP templates, compiled once."""

import re
import sys
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from netpulse_core import Choice, Records, Template, Templates, errors
from netpulse_core.builtins.ttp import guard

PACKAGE = "ttp_templates"


class TTP:
    """Parses with TTP templates; only those of ttp_templates may bring code of their own."""

    name = "ttp"
    sentence = "TTP, with the templates of ttp_templates; a site's own without macros, files and outputs"
    suffixes = (".ttp",)
    packages: Mapping[str, str] = {PACKAGE: ""}

    def __init__(self) -> None:
        self._compiled: dict[tuple[bool, str], Any] = {}

    def choose(self, platform: str, command: str, templates: Templates) -> Choice | None:
        """Return the template named for platform and command: `cisco_ios_show_version.ttp`, or the package's."""
        words = re.sub(r"""["']""", "", command.lower().replace("|", "pipe"))
        stem = re.sub(r"[ -]", "_", f"{platform.lower()}_{words}")
        for name in (f"{stem}.ttp", f"{PACKAGE}:platform/{stem}.txt"):
            if "/" not in stem and templates.find(name) is not None:
                return Choice(name, f"it is named for {command!r} on {platform}")
        return None

    def parse(self, template: Template, text: str, templates: Templates) -> Records:
        """Return the records, one list; TTP cannot say which lines it knew."""
        trusted = template.root == PACKAGE
        try:
            parser = self._parser(template, trusted=trusted)
            _turned_to(parser)
            parser.clear_input()
            parser.clear_result()
            # A text that is the path of a file is that file to TTP; none begins with a line of its own.
            parser.add_input("\n" + text, template_name="_all_")
            parser.parse(one=True)
            found = parser.result(structure="flat_list")
        except guard.Forbidden as error:
            place = f"{template.place}:{error.line}" if error.line else template.place
            raise errors.TemplateFailed(place, [str(error)]) from None
        except re.error as error:
            raise errors.TemplateFailed(_where(template), [f"no regular expression: {error.msg}"]) from None
        except SystemExit:
            raise errors.TemplateFailed(template.place, ["TTP gave up on it"]) from None
        return Records(found if isinstance(found, list) else [found])

    def _parser(self, template: Template, *, trusted: bool) -> Any:
        key = trusted, template.own_digest
        if key not in self._compiled:
            from ttp import ttp  # noqa: PLC0415

            made = ttp(log_level="CRITICAL")
            if not trusted:
                guard.tags(template.text)
                guard.guarded(made._ttp_["utils"])
            made.add_template("\n" + template.text.lstrip())
            self._compiled[key] = made
        return self._compiled[key]


def _turned_to(parser: Any) -> None:
    """Have TTP's functions work for this parser: each keeps, in its module, the one it was first called for."""
    for name, module in list(sys.modules.items()):
        if name.startswith("ttp.") and hasattr(module, "_ttp_"):
            vars(module)["_ttp_"] = parser._ttp_


def _where(template: Template) -> str:
    """Return the place of the first line that is no regular expression by itself; TTP does not say which one it is."""
    from ttp import ttp  # noqa: PLC0415

    for number, line in enumerate(template.text.splitlines(), 1):
        try:
            ttp(template=f"\n{line}\n", log_level="CRITICAL")
        except re.error:
            return f"{template.place}:{number}"
        except (SystemExit, ElementTree.ParseError):
            continue  # a part of something longer
    return template.place
