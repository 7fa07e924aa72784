"""The parameters of runbooks, looked at when their plugin is loaded and not when somebody asks for a run."""

from netpulse_core.errors import PluginError
from netpulse_core.model.runbook import Runbook


def require_parameters(plugin: str, runbook: Runbook) -> None:
    """Raise PluginError, naming the plugin, unless the parameters of its runbook can be checked."""
    try:
        _ = runbook.parameters
    except PluginError as error:
        raise PluginError(f"plugin {plugin}: {error}", plugin=plugin, hint=error.hint) from error
    except Exception as error:  # the plugin-call boundary: its annotations are evaluated here
        raise PluginError(
            f"plugin {plugin}: the parameters of runbook {runbook.name!r} cannot be checked: {error}",
            plugin=plugin,
            hint="give each parameter a type that pydantic knows",
        ) from error
