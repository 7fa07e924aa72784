"""What may hang for ever and must not be waited for: a ledger that takes what it is sent and answers nothing."""

import logging
import threading
from collections.abc import Callable

from netpulse_core.errors import ServiceError

log = logging.getLogger(__name__)


def bounded(do: Callable[[], None], seconds: float, otherwise: str) -> None:
    """Do this, for at most so many seconds: then it is left behind, and ends with the process."""
    ended: list[bool] = []

    def done() -> None:
        do()
        ended.append(True)

    thread = threading.Thread(target=done, name="node-goodbye", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        log.warning("not within %.0f s: %s; it is left behind", seconds, otherwise)
    elif not ended:
        raise RuntimeError(f"{otherwise}: what its thread raised has been written")


def if_the_ledger_answers(tell: Callable[[str], None], life: str) -> None:
    """Tell the ledger something of this life; where it is away, the life's lease says it later."""
    try:
        tell(life)
    except ServiceError as error:
        log.warning("the ledger is away, this worker's lease will run out by itself: %s", error)
