"""Where the service is that a command talks to: a remote one, the site's own, or one for the time of the command.

The embedded service is imported on the way that needs it: it is a whole NetPulse and takes a second.
"""

import importlib
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext
from typing import Any

import typer

from netpulse_core import environment
from netpulse_core import settings as configuration
from netpulse_core.certificate import shown
from netpulse_core.cli.given import Given
from netpulse_core.cli.interrupts import Terminated, exit_code, heeded
from netpulse_core.cli.logs import hush
from netpulse_core.client import Client
from netpulse_core.client.trust import only
from netpulse_core.errors import SiteError, SiteHeld, Unidentified
from netpulse_core.settings import Settings

_KEY = "NETPULSE_API_KEY"

_PATIENCE = 10.0
"""Seconds to wait for a process that has the site to say where it answers."""


class _Reader(SiteHeld):
    """A command that only looks has the site, and its service no worker."""


@dataclass(frozen=True)
class Service:
    """A service that answers; `passing` is one that ends with this command."""

    client: Client
    passing: bool


@contextmanager
def service(given: Given, *, worker: bool = True) -> Iterator[Service]:
    """Reach the service, or start one inside this process for as long as the command needs it.

    A command that only looks needs no `worker`: one would go on with whatever earlier commands have left.
    """
    if given.url:
        with Client(given.url, _key(given, given.url)) as client:
            yield Service(client, passing=False)
        return
    settings = settings_of(given)
    with ExitStack() as stack:
        yield _of_settings(settings, given, stack, worker=worker)


@contextmanager
def reading(given: Given) -> Iterator[Service]:
    """Reach the service, or start one without a worker, for a command that asks for nothing to be done."""
    with service(given, worker=False) as at:
        yield at


def _of_settings(settings: Settings, given: Given, stack: ExitStack, *, worker: bool) -> Service:
    """Return the service of a site; a process that begins while this one looks is waited for."""
    until = time.monotonic() + _PATIENCE
    while True:
        there = _started(settings, given, until, worker=worker)
        if there is not None:
            client = Client(there.url, there.key, verify=only(there.certificate))
            return Service(stack.enter_context(client), passing=False)
        if not settings.embedded:
            url, believed = _of_site(settings)
            client = Client(url, _key(given, url), verify=believed)
            return Service(stack.enter_context(client), passing=False)
        try:
            embedded = stack.enter_context(passing(settings, given, worker=worker))
        except SiteHeld:  # it began after the question
            if time.monotonic() > until:
                raise
        else:
            return Service(stack.enter_context(Client(embedded.url, embedded.key)), passing=True)


def _started(settings: Settings, given: Given, until: float, *, worker: bool) -> Any:
    """Return the embedded service that runs a site, once it says where it answers, or None.

    One without a worker, of a command that only looks, is waited for where this one needs a worker: it ends soon.
    """
    try:
        return _running(settings, worker=worker)
    except SiteHeld:
        with given.screen.doing("waiting for the service that is starting"):
            return _awaited(settings, until, worker=worker)


def _awaited(settings: Settings, until: float, *, worker: bool) -> Any:
    while True:
        try:
            return _running(settings, worker=worker)
        except SiteHeld as held:
            if time.monotonic() > until:
                if isinstance(held, _Reader):
                    raise SiteError(str(held), hint=held.hint) from held
                why = f"{held}: it is still starting"
                raise SiteError(why, hint="try again; what it says itself tells what it waits for") from held
        time.sleep(0.1)


@contextmanager
def passing(settings: Settings, given: Given, *, scheduler: bool = False, worker: bool = True) -> Iterator[Any]:
    """Start an embedded service for the time of a command, on loopback and a free port.

    It speaks plain HTTP: the site's certificate is for another name, and nothing leaves this process. SIGTERM and
    SIGHUP stop it as Ctrl-C does, for a command that ends at once would leave changes half-way.
    """
    hush()
    private = settings.model_copy(update={"host": "127.0.0.1", "tls_certificate": None, "tls_key": None})
    with heeded() as deaf:
        try:
            with given.screen.doing("starting a service in this process"):
                starting = importlib.import_module("netpulse_core.embedded.process").Embedded(
                    private, port=0, scheduler=scheduler, worker=worker
                )
                started = starting.__enter__()
            try:
                yield started
            finally:
                deaf()
                with given.screen.doing("stopping the service of this command"):
                    starting.__exit__(None, None, None)
        except Terminated as stopped:
            raise typer.Exit(exit_code(stopped)) from None


def _running(settings: Settings, *, worker: bool) -> Any:
    found = running(settings)
    if found is not None and worker and not found.worker:
        why = f"another command reads the site {settings.site.resolve()}, and runs nothing of it"
        raise _Reader(why, hint=f"wait until process {found.pid} has ended, or end it")
    return found


def running(settings: Settings) -> Any:
    """Return the embedded service that runs a site now, or None; raise SiteHeld where it does not say yet where."""
    return importlib.import_module("netpulse_core.embedded.site_lock").running_service(settings)


def _of_site(settings: Settings) -> tuple[str, SSLContext | None]:
    """Return where the API of a site of many processes listens, and what believes it: it shows the site's own."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if settings.tls_certificate is None:
        return f"http://{host}:{settings.port}", None
    certificate = shown(settings.site / settings.tls_certificate)
    return f"https://{host}:{settings.port}", only(certificate)


def settings_of(given: Given) -> Settings:
    """Return the settings of the site that was named, or of the one this folder belongs to."""
    return configuration.load(site_of(given))


def site_of(given: Given) -> Path:
    """Return the site folder: the one named, else this folder or the nearest above it that holds a netpulse.toml."""
    if given.site is not None:
        if given.site.is_file():
            raise SiteError("this is a file, and a site is a folder", path=given.site, hint="name the folder it is in")
        if not given.site.is_dir():
            raise SiteError("there is no such folder", path=given.site, hint=f"make it: `netpulse init {given.site}`")
        return given.site
    here = Path.cwd()
    if (found := configuration.nearest(here)) is not None:
        return found
    if (here / "inventory").is_dir():
        return here
    raise SiteError(
        f"no {configuration.FILE} here or in a folder above",
        hint="name the site with --site DIR, or make one: `netpulse init`",
    )


def _key(given: Given, url: str) -> str:
    if given.key_file is not None:
        try:
            return given.key_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SiteError(f"the key cannot be read: {error.strerror}", path=given.key_file) from error
    if key := os.environ.get(_KEY):
        return key
    meant = environment.meant_for_the_key()
    like = f"{meant} is set, and nothing reads it; " if meant else ""
    raise Unidentified(f"no API key for {url}", hint=f"{like}set {_KEY}, or name a file that holds it: --key-file FILE")
