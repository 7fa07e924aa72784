"""A plugin before and after it is loaded: through which door it came, which version it is, what it may be told."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ValidationError

from netpulse_core.errors import PluginError


class Door(StrEnum):
    """How a plugin came in."""

    BUILTIN = "builtin"
    INSTALLED = "installed"
    SITE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """One plugin: `id` is how messages name it, `name` is what settings and lists call it.

    `sha256` is of the site's file, or of all Python files of the distribution; empty for what ships with NetPulse.
    """

    id: str
    name: str
    door: Door
    version: str = ""
    origin: str = ""
    """The file, or the distribution."""
    sha256: str = ""


class PluginSettings[M: BaseModel]:
    """What a site may tell a plugin: `settings = PluginSettings(Model)` as a module-level name of the plugin.

    The table `[plugins.NAME]` of netpulse.toml is validated against the model when the process starts; `settings()`
    returns the validated model. Where nobody loaded the plugin, in a script say, it holds the model's defaults.
    """

    def __init__(self, model: type[M]) -> None:
        self.model = model
        self._told: M | None = None

    def __call__(self) -> M:
        """Return the settings; raise PluginError where they have no defaults and the site tells nothing."""
        if self._told is None:
            try:
                self._told = self.model()
            except ValidationError as error:
                missing = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
                raise PluginError(
                    f"{self.model.__module__} was not told {missing}",
                    plugin=self.model.__module__,
                    hint="tell it in the table [plugins.NAME] of netpulse.toml",
                ) from None
        return self._told

    def tell(self, values: dict[str, Any]) -> None:
        """Take the values of a site; raise pydantic's ValidationError where they do not fit."""
        self._told = self.model.model_validate(values)
