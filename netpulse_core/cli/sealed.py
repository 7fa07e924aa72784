"""What `check` says of the secret store: what is sealed in the ledger and does not open any more."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing

from netpulse_core.cli import wording
from netpulse_core.inventory.notice import Notice
from netpulse_core.ledger import schema
from netpulse_core.ledger.ledger import Ledger
from netpulse_core.ledger.storekeys import FILE, StoreKeys
from netpulse_core.model.secretstore import KeyUse
from netpulse_core.settings import Settings

_OWN = "put the lost key's line back into the file, behind those in it; `netpulse secrets status` names the keys"
_GIVEN = "give this command the keys that the processes have; `netpulse secrets status` names those that are missing"


def examine(settings: Settings) -> Iterator[Notice]:
    """Warn of what no key at hand opens, in a ledger that lies here and is this program's; others are left unopened."""
    with closing(Ledger(settings.ledger_url, store=StoreKeys.of(settings))) as ledger:
        at = ledger.database
        if not at.sqlite or not os.access(str(at.url.database), os.R_OK | os.W_OK):
            return
        if schema.current(at) != schema.head():
            return
        used = ledger.secrets.keys()
    lost = {key: use for key, use in used.items() if use.needed and not use.at_hand}
    if lost:
        own = settings.store_keys is None and settings.store_keys_file is None
        file = settings.state / FILE if settings.store_keys_file is None else settings.site / settings.store_keys_file
        keys = f"the key {next(iter(lost))} is" if len(lost) == 1 else f"the keys {', '.join(lost)} are"
        message = f"{_counted(lost)}: {keys} not at hand"
        yield Notice(severity="warning", path=file, message=message, hint=_OWN if own else _GIVEN)


def _counted(lost: Mapping[str, KeyUse]) -> str:
    """Say how much of each kind is lost with these keys, and of all together."""
    kinds = {what: sum(use.wraps[what] for use in lost.values()) for use in lost.values() for what in use.wraps}
    told = [wording.count(count, what.removesuffix("s")) for what, count in kinds.items() if count]
    every = sum(kinds.values())
    return f"{wording.count(every, 'sealed thing')} {'does' if every == 1 else 'do'} not open ({', '.join(told)})"
