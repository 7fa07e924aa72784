"""The runbooks `backup_config`, which keeps configurations, and `nightly_compliance`, which judges them too."""

from netpulse_core import Runbook, hookimpl
from netpulse_core.builtins.backups.runbooks import backup_config, nightly_compliance


@hookimpl
def register_runbooks() -> list[Runbook]:
    """Offer them."""
    return [backup_config, nightly_compliance]
