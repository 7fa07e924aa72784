"""What the URLs of the ledger and the broker say of TLS: files that have to be there, and verification that is not."""

import logging
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs

from netpulse_core.blame import blamed
from netpulse_core.broker.address import hosts_of
from netpulse_core.settings import Settings

log = logging.getLogger(__name__)

_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "sslrootcert", "sslcert", "sslkey")
"""Parameters of redis-py's and libpq's URLs that name a file."""

_HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})


def examine(settings: Settings) -> None:
    """Raise SiteError for a file that is missing; warn of a server elsewhere that could be anybody's."""
    for key in ("ledger", "broker"):
        url: str = getattr(settings, key)
        said = parse_qs(url.partition("?")[2])
        told = {name: values[-1] if name != "host" else ",".join(values) for name, values in said.items()}
        for name in _FILES:
            # libpq takes `system` for the authorities the system believes.
            if name in told and told[name] != "system" and not Path(told[name]).is_file():
                raise blamed(settings.site, key, f"there is no file {told[name]}, which its URL names as {name}")
        if not url.startswith("sqlite") and not _here(url, told) and (how := _loose(key, url, told)):
            log.warning("the %s is on another machine, and %s", key, how)


def _here(url: str, told: Mapping[str, str]) -> bool:
    hosts = hosts_of(url) or told.get("host", "").split(",")  # libpq: of several servers, one is the primary
    return all(host.startswith("/") or host.lower() in _HERE for host in hosts)


def _loose(key: str, url: str, told: Mapping[str, str]) -> str:
    """Return what an attacker on the way could do, empty where the server has to prove who it is."""
    if key == "broker":
        if not url.startswith("rediss"):
            scheme = "rediss+sentinel://" if url.startswith("redis+sentinel:") else "rediss://"
            return f"rings pass in clear: write {scheme} and ssl_ca_certs=FILE"
        unproven = told.get("ssl_cert_reqs", "required") != "required"
        unnamed = told.get("ssl_check_hostname", "true").lower() in ("false", "0", "no")
        if unproven or unnamed:
            return "its certificate is not verified: leave ssl_cert_reqs and ssl_check_hostname as they are"
        return ""
    if told.get("sslmode") == "verify-full":
        return ""
    return "its certificate is not verified: write sslmode=verify-full and sslrootcert=FILE"
