"""What the jobs of one node share, made from its controller."""

import time

from nornir.core.configuration import Config, LoggingConfig

from netpulse_core.controller import NetPulse, named
from netpulse_core.keyfile import secret_key
from netpulse_core.runs.alarm import Alarm
from netpulse_core.runs.answers import Shelf
from netpulse_core.runs.filecopies import FileCopies
from netpulse_core.runs.job import Workshop
from netpulse_core.runs.logged import mask_logs
from netpulse_core.runs.secrets import SecretReader
from netpulse_core.sessions.admission import Admission, Ring
from netpulse_core.sessions.host_keys import key_ring
from netpulse_core.sessions.pool import Pool


def sessions(netpulse: NetPulse, ring: Ring) -> Pool:
    """Return a pool for the sessions of a node of this site."""
    settings = netpulse.settings
    return Pool(
        idle_timeout=settings.idle_timeout,
        max_age=settings.max_session_age,
        most=settings.max_sessions,
        most_of_a_device=settings.max_sessions_per_device,
        probe_after=settings.probe_after,
        connect_timeout=settings.connect_timeout,
        clock=time.monotonic,
        doorman=Admission(netpulse.ledger, settings, key=secret_key(settings), ring=ring),
    )


def checked_workshop(netpulse: NetPulse, pool: Pool, alarm: Alarm, shelf: Shelf) -> Workshop:
    """Return the workshop of a node that starts; raise SiteError where what its settings name is not there.

    What goes away later is no doing of the jobs that run alone: theirs are not checked again.
    """
    named.require(netpulse.settings, {info.name for info in netpulse.plugins.infos})
    return workshop(netpulse, pool, alarm, shelf)


def workshop(netpulse: NetPulse, pool: Pool, alarm: Alarm, shelf: Shelf) -> Workshop:
    """Return the workshop of a node of this site."""
    settings = netpulse.settings
    secrets = SecretReader(netpulse.plugins, netpulse.ledger.secrets, settings.secret_cache)
    for in_clear in netpulse.site.clear_secrets:
        secrets.ever.learn(in_clear)
    mask_logs(secrets.ever, secret_key(settings))
    return Workshop(
        site=netpulse.site,
        plugins=netpulse.plugins,
        secrets=secrets,
        drivers=netpulse.plugins.drivers,
        pool=pool,
        keys=key_ring(settings, netpulse.ledger.host_keys),
        alarm=alarm,
        keepalive=settings.keepalive or None,
        memory=netpulse.ledger.taken,
        newer_after=settings.logins.newer_after,
        config=Config(logging=LoggingConfig(enabled=False)),
        shelf=shelf,
        baselines=settings.baselines,
        max_output=settings.max_output,
        last_good=netpulse.ledger.backups.last_good,
        smallest=settings.backups.smallest,
        secret=secret_key(settings),
        text=netpulse.text,
        checks=netpulse.checks,
        files=FileCopies(netpulse.ledger.files, most=settings.max_file_size),
    )
