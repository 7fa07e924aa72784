"""Everything that is wrong with the plugins of a site, each looked at by itself: one that is broken hides no other."""

from collections.abc import Iterator
from dataclasses import dataclass

from netpulse_core.blame import blamed
from netpulse_core.errors import NetPulseError, SiteError
from netpulse_core.hooks import loading
from netpulse_core.hooks.admission import Admission
from netpulse_core.hooks.manager import Plugins
from netpulse_core.hooks.telling import Telling
from netpulse_core.model.plugin import PluginInfo
from netpulse_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is the matter with one plugin, or with all together (`plugin` is None); an empty problem is none.

    `overlooked` is the file of one that is not even looked at.
    """

    plugin: PluginInfo | None
    problem: str = ""
    hint: str = ""
    blocked: bool = False
    overlooked: str = ""


def examined(settings: Settings) -> Iterator[Diagnosis]:
    """Yield a diagnosis of each plugin, and at last of how they go together where each is well by itself."""
    admission = Admission(settings.allow_plugins, settings.block_plugins)
    telling = Telling(settings)
    well = True
    for found in (*loading.builtins(), *loading.installed(), *loading.of_site(settings.site)):
        diagnosis = _alone(found, admission, telling)
        well = well and not diagnosis.problem
        yield diagnosis
    for path in loading.overlooked(settings.site):
        name = str(path.relative_to(settings.site))
        yield Diagnosis(None, "a plugin in a folder is not loaded", loading.ONE_FILE, overlooked=name)
    if well:
        try:
            Plugins.load(settings)
        except NetPulseError as error:
            yield Diagnosis(None, str(error), error.hint)


def idle_blocks(settings: Settings) -> Iterator[SiteError]:
    """Yield an error for each entry of `block_plugins` that blocks nothing, misspelt or of a version that is gone."""
    there = (*loading.builtins(), *loading.installed(), *loading.of_site(settings.site))
    for problem in Admission(block=settings.block_plugins).idle([found.info for found in there]):
        yield blamed(settings.site, "block_plugins", problem, hint="`netpulse plugins` names those there are")


def _alone(found: loading.Found, admission: Admission, telling: Telling) -> Diagnosis:
    if admission.blocks(found.info):
        return Diagnosis(found.info, blocked=True)
    try:
        if (refused := admission.refusal(found.info)) is not None:
            raise refused
        plugin = found.load()
        telling.tell(found.info, plugin)
        Plugins([(found.info.id, plugin)])
    except NetPulseError as error:
        return Diagnosis(found.info, str(error), error.hint)
    return Diagnosis(found.info)
