"""The routers of Acme, over SSH."""

from netpulse_core import Driver, hookimpl
from netpulse_core.builtins.ssh import Platform, Ssh

ACME = Platform.model_validate(
    {
        "name": "acme_os",
        "sentence": "Acme routers, which keep a configuration whole or not at all",
        "aliases": ["acme"],
        # None of the families NetPulse knows, so that `show` reads, and what reads besides is said below.
        "like": "acme_os",
        "prompts": {
            "view": r"\[(?P<host>[\w-]+)\] :",
            "edit": r"\[(?P<host>[\w-]+)/edit\] :",
        },
        "reads": [r"trace [\w.:-]+", r"pages off"],
        "refuses": [r"!! .*"],
        "configuration": {
            "enter": "edit",
            "leave": "leave",
            "mode": "edit",
            "commit": "keep",
            "committed": r"^kept \d+ change",
            "discard": "forget",
        },
        "questions": [r"sure\? \(y/n\)$"],
    }
)


class Acme(Ssh):
    """Sessions over SSH, on NetPulse's own event loop."""

    name = "acme"
    sentence = "Acme routers"
    platforms = (ACME,)


@hookimpl
def register_drivers() -> list[Driver]:
    """Offer the driver: inventory data `netpulse_driver: acme` chooses it."""
    return [Acme()]
