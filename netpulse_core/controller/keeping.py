"""The ledger as a site's settings say that it is kept."""

from functools import partial

from netpulse_core.configs.marking import shown
from netpulse_core.configs.redacting import Marks
from netpulse_core.ledger.caps import Caps
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.storekeys import StoreKeys
from netpulse_core.settings import Settings


def ledger_of(settings: Settings, key: bytes) -> Ledger:
    """Open the ledger of a site, whatever its shape; `key` is the site's secret key."""
    return Ledger(
        settings.ledger_url,
        pepper=key,
        files=settings.files_folder,
        caps=Caps(settings.max_jobs, settings.max_jobs_of_caller, settings.max_jobs_of_device),
        store=StoreKeys.of(settings),
        shown=partial(shown, mark=Marks(key)),
        standbys_have_all=settings.standbys_have_all,
    )
