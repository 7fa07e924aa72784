"""Which algorithms are offered: few, because each costs; broken ones only where the inventory says so."""

from collections.abc import Iterable
from typing import NamedTuple

LEGACY = "legacy_algorithms"
"""The extra that lets a device be reached which knows nothing better than SHA-1 and CBC."""


class Algorithms(NamedTuple):
    """The lists of one key exchange, the preferred first."""

    kex: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    signatures: tuple[str, ...]


MODERN = Algorithms(
    kex=(
        "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512",
        "diffie-hellman-group-exchange-sha256", "diffie-hellman-group18-sha512",
    ),
    host_keys=(
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
        "rsa-sha2-256",
    ),
    ciphers=(
        "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr",
        "chacha20-poly1305@openssh.com",
    ),
    # HMAC-SHA1 stands where SHA-1 alone has fallen (RFC 6194, section 3.3), and many routers know no other.
    macs=(
        "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512",
        "hmac-sha1",
    ),
    signatures=(
        "ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521", "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
    ),
)  # fmt: skip

AUTHENTICATED = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com")
"""Ciphers that need no MAC beside them."""

_BROKEN = Algorithms(
    kex=("diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"),
    host_keys=("ssh-rsa", "ssh-dss"),
    ciphers=("aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"),
    macs=("hmac-sha1-96", "hmac-md5"),
    signatures=("ssh-rsa",),
)
"""What RFC 8758, RFC 9142 and OpenSSH no longer offer; after everything else, so nobody is talked down to it."""

_OF_AN_RSA_KEY = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")


def algorithms(*, legacy: bool, pinned: Iterable[str] = ()) -> Algorithms:
    """Return what to offer; only keys of the `pinned` kinds are asked for, so that the device shows the one known."""
    offered = Algorithms(*(have + more for have, more in zip(MODERN, _BROKEN, strict=True))) if legacy else MODERN
    kinds = set(pinned)
    if "ssh-rsa" in kinds:  # the name of the key's form, and of three ways to sign with it
        kinds |= set(_OF_AN_RSA_KEY)
    wanted = tuple(name for name in offered.host_keys if name in kinds)
    return offered._replace(host_keys=wanted or offered.host_keys)
