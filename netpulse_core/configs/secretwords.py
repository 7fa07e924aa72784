"""Words that stand beside secrets, or where one could: what is masked only where it is none of these."""

import re
from collections.abc import Iterable


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words))


_GRAMMAR = """
additive aes algorithm-type all authentication authorization both chain default disable disabled enable enabled
encrypted encryption false generate hash hashes key keys length level level-1 level-1-2 level-2 local login md5
min-length n/a none null policy prompt recovery required ro rw storage text true type unencrypted unset yes
"""
_KNOWN_TO_ALL = "private public"
"""Communities that everybody tries first: a report must be able to name them."""
_PROSE = """
a after again an and are as at be because been before begins behind below beside but by can cannot could does for from
given had has have here if in into is it its itself may means must no nor not of off on only or over stands that the
their then there these this those to under unless until was were when where which while who whose will with without
would
"""
NO_SECRET = frozenset(f"{_GRAMMAR} {_KNOWN_TO_ALL} {_PROSE}".split())
"""What stands where a secret could, and is none."""

_NEXT = """
accept-lifetime accounting acct-port acl address auth auth-port cryptographic-algorithm description engineid expires
expiry fallback group host hostname hosts idle-time ipv6 key-chain keychain level-15 localized localizedkey mask mschap
netmask nt-encrypted pac pbkdf2 port priority priv privilege remote retransmit retries role send-lifetime
single-connection source source-interface ssh-key sshkey status test timeout use-vrf user username view vrf
"""
"""What may come after a secret in its line, and belongs to the line."""
_SAYING = """
accepted aging change changed check complexity configured configuration denied expired failed failure file history
incorrect invalid lifetime lockout management manager minimum mismatch operator recovery refused rejected reset
restriction retry rotation server set strength strength-check updated verification wrong
"""
"""What is said of passwords where none stands."""
_TALKING = "an and are be by cannot for has have is it not of or that the this was were which your"
TALK = _any_of(_TALKING.split())
"""Words of sentences, which are no configuration."""
SECOND = _any_of({*NO_SECRET, *_NEXT.split()})
FIRST = _any_of({*NO_SECRET, *_NEXT.split(), *_SAYING.split()})
