"""As whom to ask: the community of SNMPv2c or the user of SNMPv3, from the inventory's connection options."""

from dataclasses import dataclass, field
from typing import Any

from netpulse_core import ConnectionParameters, errors

AUTHENTICATION = {
    "MD5": "Md5Key",
    "SHA": "Sha1Key",
    "SHA-224": "Sha224Key",
    "SHA-256": "Sha256Key",
    "SHA-384": "Sha384Key",
    "SHA-512": "Sha512Key",
}
"""Standard name (RFC 3414, RFC 7860) and gufo-snmp's class."""
PRIVACY = {
    "DES": "DesKey",
    "AES": "Aes128Key",
    "AES-128": "Aes128Key",
    "AES-192": "Aes192Key",
    "AES-256": "Aes256Key",
    "AES-192-C": "Aes192Key",
    "AES-256-C": "Aes256Key",
}
"""Standard name (RFC 3414, RFC 3826); AES-192 and AES-256 are no standard, and `-C` is Cisco's way to them."""
_VERSIONS = {"2c": "2c", "v2c": "2c", "2": "2c", "3": "3", "v3": "3"}
_KNOWN = ("version", "community", "auth_protocol", "auth_password", "priv_protocol", "priv_password")
_SHORTEST = 8
"""Characters of a password (RFC 3414, section 11.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What proves who asks."""

    version: str
    """`2c` or `3`."""
    community: str = field(default="", repr=False)
    user: str = ""
    auth_protocol: str = ""
    auth_password: str = field(default="", repr=False)
    priv_protocol: str = ""
    priv_password: str = field(default="", repr=False)

    def usm_user(self) -> Any:
        """Return gufo-snmp's user of SNMPv3's user-based security model."""
        from gufo import snmp  # noqa: PLC0415 - loaded when a session is opened

        auth = priv = None
        if self.auth_protocol:
            auth = getattr(snmp, AUTHENTICATION[self.auth_protocol])(self.auth_password.encode())
        if self.priv_protocol:
            priv = getattr(snmp, PRIVACY[self.priv_protocol])(self.priv_password.encode())
        cisco = self.priv_protocol.endswith("-C")
        expansion = snmp.KeyExpansion.Cisco if cisco else snmp.KeyExpansion.Blumenthal
        return snmp.User(self.user, auth_key=auth, priv_key=priv, key_expansion=expansion)


def of(parameters: ConnectionParameters) -> Security:
    """Return what the inventory says; raise InvalidParameters with everything that is wrong with it.

    The device's login password is never taken: it would cross the network in clear as a community.
    """
    given = {key: value for key, value in parameters.extras.items() if value is not None}
    problems = [f"{key}: unknown{errors.did_you_mean(str(key), _KNOWN)}" for key in given if key not in _KNOWN]
    version = _VERSIONS.get(str(given.get("version", "2c" if "community" in given else "3")).lower(), "")
    if not version:
        problems.append(f"version: {given['version']!r} is neither 2c nor 3")
    elif version == "2c":
        problems += _community_problems(given)
    else:
        problems += _user_problems(given, parameters.username)
    if problems:
        raise errors.InvalidParameters(
            f"{parameters.device}: connection_options.snmp",
            problems,
            hint="SNMPv2c takes extras `community`; SNMPv3 takes `username`, and extras `auth_protocol`,"
            " `auth_password`, `priv_protocol`, `priv_password`; secrets as references",
        )
    if version == "2c":
        return Security(version=version, community=given["community"])
    return Security(
        version=version,
        user=parameters.username or "",
        auth_protocol=_name(given.get("auth_protocol", "")),
        auth_password=given.get("auth_password", ""),
        priv_protocol=_name(given.get("priv_protocol", "")),
        priv_password=given.get("priv_password", ""),
    )


def _community_problems(given: dict[str, Any]) -> list[str]:
    problems = [f"{key}: not with version 2c" for key in given if key.startswith(("auth_", "priv_"))]
    community = given.get("community")
    if not isinstance(community, str) or not community:
        problems.append("community: must be text")
    return problems


def _user_problems(given: dict[str, Any], user: str | None) -> list[str]:
    problems = ["community: not with version 3"] if "community" in given else []
    if not user:
        problems.append("username: SNMPv3 needs a user")
    for kind, known in (("auth", AUTHENTICATION), ("priv", PRIVACY)):
        protocol, password = given.get(f"{kind}_protocol"), given.get(f"{kind}_password")
        if (protocol is None) != (password is None):
            problems.append(f"{kind}_protocol and {kind}_password: both or neither")
        if protocol is not None and _name(protocol) not in known:
            problems.append(f"{kind}_protocol: {protocol!r} is none of {', '.join(known)}")
        if password is not None and (not isinstance(password, str) or len(password) < _SHORTEST):
            problems.append(f"{kind}_password: must be text of at least {_SHORTEST} characters")
    if "priv_protocol" in given and "auth_protocol" not in given:
        problems.append("priv_protocol: there is no privacy without authentication")
    return problems


def _name(protocol: Any) -> str:
    """Return the standard name of `sha256`, `SHA-256` or `AES128`: devices write them all."""
    return _NAMES.get(_bare(str(protocol)), "")


def _bare(name: str) -> str:
    return name.upper().replace("-", "").replace("_", "")


_NAMES = {_bare(name): name for name in (*AUTHENTICATION, *PRIVACY)} | {"SHA1": "SHA"}
