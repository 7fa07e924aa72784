"""What is known of each platform's configuration, read from the data files beside this one."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from netpulse_core.errors import Refused

FOLDER = Path(__file__).parent / "platforms"

_MORE = "docs/backups.md says which platforms are known"


BANNERS = ("motd", "login", "exec", "incoming", "prompt-timeout", "slip-ppp", "config-save")
"""The kinds of banners whose text may go on: `banner title Welcome`, within a section of IOS-XE, is a line."""


class Quoted(BaseModel):
    """Lines that are somebody's text: a banner ends with the `end` of its first line, or with the line `last`.

    `KIND` in `first` stands for any of `BANNERS`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: str
    last: str = ""

    @field_validator("first")
    @classmethod
    def _kinds(cls, given: str) -> str:
        return given.replace("KIND", f"(?:{'|'.join(BANNERS)})")


class ConfigPlatform(BaseModel):
    """How a platform shows its running configuration, and what of it counts; expressions mean whole lines."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sentence: str
    aliases: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = Field(default=(), description="Beginnings of the names of further platforms.")
    show: str = Field(default="", description="The command that shows all of it.")
    shell: str = Field(default="", description="The same, for a POSIX shell on the device.")
    tree: str = Field(default="", description="hier_config's name of the platform.")
    volatile: tuple[str, ...] = Field(default=(), description="Lines that say nothing of the configuration.")
    quoted: Quoted | None = None
    one_line_banners: bool = Field(default=False, description="Whether each line with `banner` is one by itself.")
    banners_add_up: bool = Field(default=False, description="Whether such a line joins those of its kind.")
    end: str = Field(default="", description="The last line of a whole answer.")
    line: str = Field(default="", description="What every line looks like, where that can be said.")
    prompt: str = Field(default="", description="A prompt that is not `name#` or `name>`.")
    once: str = Field(default="", description="What a configuration says once: twice, it is two of them.")
    braces: bool = False
    xml: bool = False

    @field_validator("volatile")
    @classmethod
    def _expressions(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            re.compile(one)
        return given

    def knowing(self, every: Self) -> Self:
        """Return the platform with what holds of every platform."""
        return self.model_copy(update={"volatile": (*every.volatile, *self.volatile)})

    @property
    def show_command(self) -> str:
        """The command that shows the running configuration; raise Refused where it is not known."""
        if not self.show:
            raise Refused(f"how {self.sentence} shows its running configuration is not known", hint=_MORE)
        return self.show


def config_platform(name: str | None) -> ConfigPlatform:
    """Return what is known of a platform by any of its names; raise Refused where nothing is."""
    found = find(name)
    if found is None:
        whose = name or "a device without a platform"
        raise Refused(f"how {whose} shows its running configuration is not known", hint=_MORE)
    return found


def find(name: str | None) -> ConfigPlatform | None:
    """Return what is known of a platform, or None."""
    key = (name or "").lower()
    if key not in _all():
        key = re.sub(r"_(?:telnet|ssh|serial)$", "", key)
    return _all().get(key) or next((one for one in every() if key.startswith(one.prefixes or "\0")), None)


def fitting(name: str | None) -> ConfigPlatform:
    """Return what is known of a platform, or what holds of every one."""
    return find(name) or _all()["any"]


def every() -> list[ConfigPlatform]:
    """Return each platform once, by name."""
    return [one for name, one in sorted(_all().items()) if name == one.name != "any"]


@cache
def _all() -> dict[str, ConfigPlatform]:
    read = [ConfigPlatform.model_validate(_data(path)) for path in sorted(FOLDER.glob("*.yaml"))]
    base = next(one for one in read if one.name == "any")
    known = {one.name: one if one is base else one.knowing(base) for one in read}
    return {name: one for one in known.values() for name in (one.name, *one.aliases)}


def _data(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
