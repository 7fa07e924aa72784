"""Secrets taken out of what devices say, by how they look; it errs to silence: what was given away stays given away."""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

MASK = "********"

_WORDS = (
    r"pass(?:word|wd|phrase|code)|(?:shared-)?secret|(?:wpa-)?psk|pre-?shared-key|key-string|authentication-key"
    r"|message-digest-key|(?:auth|authentication|encryption|encrypted|privacy|priv|plain-text|md5|sha|crypto|wep|api)"
    r"[-_](?:key|password)|encrypted-password|(?:access|api|auth|bearer)?[-_]?token"
)
_HOW = (
    r"(?:(?:\d{1,3}|encrypted|hash(?:ed)?|clear(?:text)?|plain(?:-?text)?|ascii(?:-text)?|hex(?:adecimal)?|local|remote"
    r"|level|md5|h?mac-[\w-]+|hmac|sha-?\d*|type-?\d|cipher|irreversible-cipher|simple|bearer)[ \t]+)*"
)
"""Words between the name of a secret and the secret."""

_VALUE = r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s"'{;<>]+)"""


class _Rule(NamedTuple):
    what: str
    expression: re.Pattern[str]
    """The group `secret` is masked."""


def _rule(what: str, pattern: str) -> _Rule:
    return _Rule(what, re.compile(pattern, re.IGNORECASE | re.MULTILINE))


_RULES = (
    _rule(
        "private key", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\s+(?P<secret>(?:(?!-----)[\s\S])+?)\s*(?=-----END|\Z)"
    ),
    _rule("password hash", r"(?P<secret>\$(?:\d{1,2}|2[abxy]|sha\d*|y|nt|apr1)\$[^\s\"';,]+)"),
    _rule("hidden value", r"(?<=\s)(?P<secret>\"[^\"\n]*\"|[^\s\";]+)(?=;?[ \t]*##[ \t]*SECRET-DATA)"),
    _rule(
        "SNMP community",
        r"^\s*(?:set )?snmp\S*[ \t](?:.*?[ \t])?community[ \t]+"
        r"(?:(?:[078]|read|write|cipher|simple)[ \t]+)*(?P<secret>[^\s{;]+)",
    ),
    _rule("SNMP community", r"^\s+community[ \t]+(?P<secret>[^\s{;:]+)[ \t]*\{"),
    _rule("SNMP community", r"\bcommunity[ \t]*(?:name|index|string|security ?name)[ \t]*[:=][ \t]*(?P<secret>\S+)"),
    _rule(
        "SNMP community",
        r"^\s*snmp-server host \S+[ \t]+(?:(?:vrf \S+|use-vrf \S+|traps?|informs?|udp-port \d+|version (?:1|2c|3 "
        r"(?:no)?auth|3 priv))[ \t]+)*(?P<secret>\S+)",
    ),
    _rule("SNMP key", rf"^\s*snmp.*?\bauth[ \t]+(?:(?:md5|sha(?:-?\d+)?)[ \t]+)?{_HOW}(?P<secret>\S+)(?=.*)"),
    _rule("SNMP key", rf"^\s*snmp.*?\bpriv[ \t]+(?:(?:3?des|aes(?:[- ]?\d+)?)[ \t]+)?{_HOW}(?P<secret>\S+)"),
    _rule(
        "key",
        r"^[^\n]*\b(?:tacacs|radius|server|server-private|pre-shared-key|isakmp|ikev\d)\b.*?\bkey[ \t]+"
        r"(?:(?:[0678]|hexadecimal|encrypted)[ \t]+)?(?P<secret>(?!chain\b|generate\b)\S+)",
    ),
    _rule("key", r"^[ \t]+key[ \t]+(?:[0678][ \t]+)(?P<secret>\S+)"),
    _rule("key", r"^[ \t]+key[ \t]+(?P<secret>(?!\d+[ \t]*$)[^\s{;]+)[ \t]*$"),
    _rule("key", r"^[ \t]*(?:standby|vrrp|glbp)\b.*\bauthentication[ \t]+(?:text[ \t]+)?(?!md5\b)(?P<secret>\S+)"),
    _rule("hidden value", r"[ \t]7[ \t]+(?P<secret>[0-9A-F]{6,})(?=\s|$)"),
    _rule("password", r"://[^\s/:@]+:(?P<secret>[^\s/@]+)@"),
    _rule("password", rf"<(?:[\w-]*(?:{_WORDS}))>(?P<secret>[^<\n]+)<"),
    _rule("password", rf"(?<![\w-])(?:[\w-]*?(?:{_WORDS}))\"?(?:[ \t]*[:=][ \t]*|[ \t]+){_HOW}(?P<secret>{_VALUE})"),
)


class Redaction:
    """Takes secrets out of texts and counts them; `known` masks those that are known by their value."""

    def __init__(self, known: Callable[[str], str]) -> None:
        self._known = known
        self._found: Counter[str] = Counter()

    def by_value(self, text: str) -> str:
        """Return a text without the secrets that are known."""
        masked = self._known(text)
        self._found["known by value"] += max(0, masked.count(MASK) - text.count(MASK))
        return masked

    def __call__(self, text: str) -> str:
        """Return a text without the secrets that are known, and without what looks like one."""
        text = self.by_value(text)
        for rule in _RULES:
            text = rule.expression.sub(partial(self._masked, rule.what), text)
        return text

    @property
    def found(self) -> dict[str, int]:
        """How many were masked, by what they are."""
        return {what: count for what, count in sorted(self._found.items()) if count}

    def _masked(self, what: str, match: re.Match[str]) -> str:
        secret = match["secret"]
        if secret.strip("\"'") == MASK:
            return match[0]
        self._found[what] += 1
        quote = secret[0] if secret[0] in "\"'" and secret[-1] == secret[0] and len(secret) > 1 else ""
        start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
        return f"{match[0][:start]}{quote}{MASK}{quote}{match[0][end:]}"
