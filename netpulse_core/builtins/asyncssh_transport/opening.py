"""Opening a connection: through its jump hosts, each with its own key and its own credentials, within one deadline."""

import asyncio
import contextlib
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from netpulse_core import ConnectionParameters, HostKey, errors
from netpulse_core.builtins.asyncssh_transport import keys
from netpulse_core.builtins.asyncssh_transport.algorithms import LEGACY, Algorithms, algorithms
from netpulse_core.builtins.asyncssh_transport.failures import LinkFailed, Stage
from netpulse_core.builtins.asyncssh_transport.loop import call, run

if TYPE_CHECKING:
    import asyncssh

    from netpulse_core.builtins.asyncssh_transport.link import Link

Known = Sequence[Sequence[HostKey]]
"""The keys believed of each hop, the one next to us first."""

PORT = 22
_GOODBYE = 1.5
_MISSED = 3
"""Unanswered questions after which the other end is taken for gone."""
_AGAIN = 5.0
"""Seconds until a login is tried again whose host key the ledger was too slow to tell."""
_VERIFIERS = 32
"""Host keys looked up at once: what comes together is asked together, on one connection of the ledger."""


def known(parameters: ConnectionParameters, *, deadline: float) -> Known:
    """Return the host keys that are believed of each hop; asked of the ledger, so not to be called on the loop.

    Raises LoginDelayed where the answer came after `deadline` (monotonic seconds).
    """
    found = [hop.host_keys.known(hop.address, hop.port or PORT) for hop in (*parameters.jumps, parameters)]
    if time.monotonic() >= deadline:
        raise _too_late(parameters)
    return found


def _too_late(parameters: ConnectionParameters) -> errors.LoginDelayed:
    reason = "its host key was not looked up in time; nothing was sent"
    return errors.LoginDelayed(reason, device=parameters.device, waits_on="ledger", retry_in=_AGAIN)


async def connect(parameters: ConnectionParameters, believed: Known | None = None, *, deadline: float) -> "Link":
    """Return an open, authenticated connection; `deadline` is monotonic seconds.

    `believed` is what `known` says: a thread that may wait asks it before, which spares the loop to have it asked.
    Call it on the loop (`run`). Raises LinkFailed for what `translate` explains, and what `host_keys` raises.
    """
    link: Link | None = None
    if believed is None:
        asked = partial(known, parameters, deadline=deadline)
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                believed = await asyncio.get_running_loop().run_in_executor(_verifiers(), asked)
        except TimeoutError:
            raise _too_late(parameters) from None
    try:
        for hop, keys_of_it in zip((*parameters.jumps, parameters), believed, strict=True):
            link = await _hop(hop, keys_of_it, link, deadline, is_jump=hop is not parameters)
    except BaseException:
        if link is not None:
            link.abort()
        raise
    assert link is not None
    return link


def abort(connection: "asyncssh.SSHClientConnection") -> None:
    """Break a connection at once, the jump hosts before it too; from any thread."""
    call(connection.abort)


def close(connection: "asyncssh.SSHClientConnection") -> None:
    """Say goodbye and wait for the end, shortly; from any thread."""
    with contextlib.suppress(TimeoutError):
        run(_closed(connection), timeout=_GOODBYE)


async def _closed(connection: "asyncssh.SSHClientConnection") -> None:
    connection.close()
    await connection.wait_closed()


def session_name(connection: "asyncssh.SSHClientConnection", username: str | None) -> str | None:
    """Return `tcp 192.0.2.9:53122 as netops`: the device's own name of a session is its other end."""
    name = connection.get_extra_info("sockname")
    if not name:
        return None
    address, port = name[:2]
    return f"tcp {f'[{address}]' if ':' in address else address}:{port} as {username}"


async def _hop(
    hop: ConnectionParameters, believed: Sequence[HostKey], before: "Link | None", deadline: float, *, is_jump: bool
) -> "Link":
    stage = Stage.TRANSPORT
    link: Link | None = None
    try:
        async with asyncio.timeout(deadline - time.monotonic()):
            link, waiter = await _dial(hop, believed, before)
            await waiter
            return link
    except BaseException as error:
        if link is not None:
            stage = Stage.LOGIN if link.get_extra_info("server_version") else Stage.GREETING
            link.abort()
        ours = isinstance(error, errors.NetPulseError) and not (is_jump and isinstance(error, errors.DeviceError))
        if ours or not isinstance(error, Exception):
            raise
        failed = LinkFailed(_where(hop), stage, jump=hop.device if is_jump else "", legacy=_legacy(hop))
        raise failed from (link.no_common_algorithm() if link else None) or error


async def _dial(
    hop: ConnectionParameters, believed: Sequence[HostKey], before: "Link | None"
) -> "tuple[Link, asyncio.Future[None]]":
    """Make the transport and begin the login; the future ends with it."""
    from netpulse_core.builtins.asyncssh_transport.link import Link  # noqa: PLC0415

    loop, port = asyncio.get_running_loop(), hop.port or PORT
    offer = algorithms(legacy=_legacy(hop), pinned=(key.algorithm for key in believed))
    options = await _options(hop, offer)
    waiter: asyncio.Future[None] = loop.create_future()
    options.waiter = waiter

    async def believe(key: HostKey) -> None:
        await loop.run_in_executor(_verifiers(), hop.host_keys.verify, hop.device, hop.address, port, key)

    def link() -> Any:
        methods = _methods(hop, options)
        return Link(loop, options, believe=believe, methods=methods, offer=offer, pinned=bool(believed))

    made: Any
    if before is None:
        _, made = await loop.create_connection(link, hop.address, port)
    else:
        _, made = await before.create_connection(link, hop.address, port)
        made.set_tunnel(before)
    return made, waiter


async def _options(hop: ConnectionParameters, offer: Algorithms) -> "asyncssh.SSHClientConnectionOptions":
    from netpulse_core.builtins.asyncssh_transport.login import Login  # noqa: PLC0415

    extras = hop.extras
    username = hop.username or ""
    pairs: list[asyncssh.SSHKeyPair] = []
    if extras.get("use_keys") or extras.get("key_file"):
        loop = asyncio.get_running_loop()
        pairs = await loop.run_in_executor(None, keys.load, extras.get("key_file"), extras.get("passphrase"))
    options = copy(_prepared(username, offer, hop.keepalive or 0, tuple(pairs)))
    options.host, options.port = hop.address, hop.port or PORT
    options.protocol_factory = lambda: Login(username, hop.password)
    if extras.get("allow_agent"):
        options.agent_path = os.environ.get("SSH_AUTH_SOCK") or None
    return options


@lru_cache(maxsize=64)
def _prepared(
    username: str, offer: Algorithms, keepalive: float, pairs: "tuple[asyncssh.SSHKeyPair, ...]"
) -> "asyncssh.SSHClientConnectionOptions":
    """Return options that are the same for many devices: asyncssh takes a third of a login to prepare them."""
    import asyncssh  # noqa: PLC0415

    return asyncssh.SSHClientConnectionOptions(
        config=None,
        username=username,
        client_keys=list(pairs) or None,
        known_hosts=None,  # `Link` asks host_keys instead
        gss_host=None,
        agent_path="",
        x509_trusted_certs=None,
        kex_algs=offer.kex,
        server_host_key_algs=offer.host_keys,
        encryption_algs=offer.ciphers,
        mac_algs=offer.macs,
        signature_algs=offer.signatures,
        compression_algs=["none"],
        preferred_auth=["publickey", "password", "keyboard-interactive"],
        utf8_decode_errors="replace",
        login_timeout=0,
        keepalive_interval=keepalive,
        keepalive_count_max=_MISSED,
    )


def _methods(hop: ConnectionParameters, options: "asyncssh.SSHClientConnectionOptions") -> Sequence[str]:
    """What to begin with; the device's answer to a refusal decides what comes next."""
    with_keys = ["publickey"] if options.client_keys or options.agent_path else []
    with_password = ["password", "keyboard-interactive"] if hop.password is not None else []
    return [*with_keys, *with_password] or ["none"]


def _legacy(hop: ConnectionParameters) -> bool:
    return bool(hop.extras.get(LEGACY))


def _where(hop: ConnectionParameters) -> str:
    user = f", user {hop.username!r}" if hop.username else ""
    return f"{hop.address} port {hop.port or PORT}{user}"


@cache
def _verifiers() -> ThreadPoolExecutor:
    """Threads for what asks the ledger: it may block, and the loop must not."""
    return ThreadPoolExecutor(_VERIFIERS, thread_name_prefix="netpulse-host-keys")


os.register_at_fork(after_in_child=_verifiers.cache_clear)
