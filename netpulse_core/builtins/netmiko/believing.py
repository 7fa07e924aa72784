"""Host keys before credentials: a transport that shows its key to whoever believes it, and logs in only then."""

from collections.abc import Callable
from typing import Any

from netpulse_core import ConnectionParameters, HostKey, errors

_SIGNED_AS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}
"""Signature algorithms of a kind of key (RFC 8332, section 3); every other kind has its own name."""


def transport_factory(parameters: ConnectionParameters, address: str, port: int) -> Callable[..., Any]:
    """Return what paramiko calls to make a transport that is verified before anything is sent on it."""
    pinned = {key.algorithm for key in parameters.host_keys.known(address, port)}

    def make(sock: Any, **options: Any) -> Any:
        import paramiko  # noqa: PLC0415 - loaded when a session is opened

        transport: Any = paramiko.Transport(sock, **options)
        _ask_for(transport, pinned)
        begin = transport.start_client

        def start(*args: Any, **kwargs: Any) -> None:
            try:
                begin(*args, **kwargs)
            except paramiko.ssh_exception.IncompatiblePeer as error:
                if pinned and "host key" in str(error):
                    raise _other_kind(parameters.device, address, port, pinned) from error
                raise
            try:
                if not transport.initial_kex_done:  # paramiko returns from a timeout as if all were well
                    raise paramiko.SSHException("no SSH protocol banner and key exchange in time")
                key = transport.get_remote_server_key()
                shown = HostKey(key.get_name(), key.asbytes())
                parameters.host_keys.verify(parameters.device, address, port, shown)
            except BaseException:
                transport.close()
                raise

        transport.start_client = start
        return transport

    return make


def _ask_for(transport: Any, pinned: set[str]) -> None:
    """Ask for a key of the kinds that are pinned: a device has several, and another one would seem changed."""
    wanted = {name for kind in pinned for name in _SIGNED_AS.get(kind, (kind,))}
    offered = transport.get_security_options()
    if kept := [name for name in offered.key_types if name in wanted]:
        offered.key_types = kept


def _other_kind(device: str, address: str, port: int, pinned: set[str]) -> errors.HostKeyChanged:
    return errors.HostKeyChanged(
        f"{address} port {port} has no host key of the kind pinned ({', '.join(sorted(pinned))}) any more;"
        " nothing was sent to it",
        device=device,
        hint="was the device replaced? then let its new key be pinned; if not, someone may stand in between",
    )
