"""An asyncssh connection that says nothing of a user before its host key is believed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncssh
from asyncssh.packet import SSHPacket
from asyncssh.public_key import decode_ssh_public_key

from netpulse_core import HostKey
from netpulse_core.builtins.asyncssh_transport.algorithms import AUTHENTICATED, Algorithms
from netpulse_core.builtins.asyncssh_transport.failures import NoCommonAlgorithm

_TYPE_AND_COOKIE = 1 + 16

Believe = Callable[[HostKey], Awaitable[None]]
"""Returns where a key is believed, and raises where it is not."""


class Link(asyncssh.SSHClientConnection):
    """A client connection whose host key is verified elsewhere, and whose first login method is chosen beforehand.

    asyncssh verifies in the middle of its key exchange, where nothing may wait, and before the device has proved
    that the key is its own. Here that happens after the exchange: a key is pinned only once it was proved.
    """

    _key: HostKey | None = None

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        options: asyncssh.SSHClientConnectionOptions,
        *,
        believe: Believe,
        methods: Sequence[str],
        offer: Algorithms,
        pinned: bool,
    ) -> None:
        super().__init__(loop, options, wait="auth")
        self._believe = believe
        self._offer = offer
        self._pinned = pinned
        # asyncssh would first ask which methods there are, at the cost of a round trip
        self._auth_methods = [method.encode() for method in methods]

    def validate_server_host_key(self, key_data: bytes) -> asyncssh.SSHKey:
        """Note the key; one shown later in the same connection must be the same."""
        try:
            key = decode_ssh_public_key(key_data)
        except asyncssh.KeyImportError as error:
            raise asyncssh.HostKeyNotVerifiable(f"unreadable host key: {error}") from None
        shown = HostKey(key.get_algorithm(), key_data)
        if self._key is not None and self._key != shown:
            raise asyncssh.HostKeyNotVerifiable("another host key was shown within one connection")
        self._key = shown
        self._server_host_key = key
        return key

    def send_service_request(self, service: bytes) -> None:
        """Ask for the login once the key is believed."""
        self.create_task(self._ask_for_login(service))

    async def _ask_for_login(self, service: bytes) -> None:
        assert self._key is not None, "a key exchange ends with a proved key"
        try:
            await self._believe(self._key)
        except Exception as error:  # noqa: BLE001  handed to whoever opens the connection, and ends it
            self._force_close(error)
            return
        super().send_service_request(service)

    def no_common_algorithm(self) -> NoCommonAlgorithm | None:
        """Return why the key exchange cannot end well, where the two sides have nothing in common.

        Worked out from what the device offers (RFC 4253, section 7.1): it often hangs up before it is told.
        """
        if not self._server_kexinit or self._key is not None:
            return None
        packet = SSHPacket(self._server_kexinit)
        packet.get_bytes(_TYPE_AND_COOKIE)
        kex, keys, ciphers, _, macs = (
            [name.decode("ascii", "replace") for name in packet.get_namelist()] for _ in range(5)
        )
        kinds = [
            ("key exchange", self._offer.kex, kex),
            ("host key", self._offer.host_keys, keys),
            ("cipher", self._offer.ciphers, ciphers),
        ]
        if not any(name in ciphers for name in AUTHENTICATED):
            kinds.append(("MAC", self._offer.macs, macs))
        for kind, asked, has in kinds:
            if not set(asked) & set(has):
                return NoCommonAlgorithm(kind, asked, has, key_is_pinned=self._pinned and kind == "host key")
        return None

    @property
    def is_over(self) -> bool:
        """Whether nothing can come any more."""
        return self._transport is None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what asyncssh knows of the connection; None of a transport that is gone."""
        return default if self.is_over and name in {"sockname", "peername"} else super().get_extra_info(name, default)
