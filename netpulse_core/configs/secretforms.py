"""How secrets look in what devices say: the one table of forms, for all that is kept, shown or given away."""

import re
from functools import lru_cache
from typing import NamedTuple

from netpulse_core.configs.secretwords import FIRST, NO_SECRET, SECOND, TALK
from netpulse_core.model.secrecy import NAMES

_KEYS = """
shared auth authentication encryption encrypted privacy private priv plain-text md5 sha crypto wep api message-digest
"""
_BEARERS = "access api auth bearer session"
_HALVES = "auth- auth_ priv- priv_"
"""Of a user of SNMP."""


def _after(words: str) -> str:
    return "|".join(f"(?<={word})" for word in words.split())


_WORDS = (
    r"(?=[pskt_-])(?:pass(?:word|wd|phrase|code)(?:[-_](?:value|hash|encrypt))?|secret|psk|key[-_](?:octet[-_])?string"
    rf"|(?:{_after(_KEYS)})[-_]?key|(?:{_after(_BEARERS)})[-_]?token|(?:{_after(_HALVES)})(?:pass|pwd)(?![\w-]))"
)
"""The names of secrets, or what they end with; each attempt costs, so the letters are asked first."""

_HOW = (
    r"(?:(?:\d|10|level[ \t]+\d+|encrypted|hash(?:ed)?|clear(?:text)?|plain(?:-?text)?|text|value|ascii(?:-text)?"
    r"|hex(?:adecimal)?|local|remote|set-key|md5|h?mac-[\w-]+|hmac|sha-?\d*|3?des\d*|aes(?:-?\d+)?|type-?\d"
    r"|key-string|cipher(?:text)?|irreversible-cipher|simple|bearer|enc|(?<=-password[ \t])(?:accept|send)"
    r"|(?:manager|operator)(?=[ \t]+(?:user-name|plaintext|sha-?\d+)[ \t])|user-name[ \t]+(?:\"[^\"\n]*\"|\S+))[ \t]+)*"
)
"""Words between the name of a secret and the secret."""

_VALUE = r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s"'{;<>]+)"""
_S = r"""["']?(?!(?:auth|priv|encrypted|plain-?text)[-_](?:pass|pwd|key))(?P<secret>[^\s"'{;]+)"""
"""One word, unless it names the secret that comes after it."""
_BEGINS = r"^[-+ \t!|]*(?:[\w.@/:~-]{1,64}(?:\([^()\s]*\))?[#>$%][ \t]*)?"
"""What may stand before a line's first word: its place, the sign of a difference, a prompt."""


class Form(NamedTuple):
    """One way in which a secret is announced; its group `secret` is the secret."""

    what: str
    hints: tuple[str, ...]
    """Without any of these words, in small letters, a text holds no secret of this form."""
    pattern: str


def _form(what: str, hints: str, pattern: str) -> Form:
    return Form(what, tuple(hints.split("|")), f"(?im){pattern}")


COMMUNITY, KEY, SNMP_KEY, PASSWORD = "SNMP community", "key", "SNMP key", "password"

LINES = (
    # What comes after a word of letters where a secret is announced: more of it, or the secret itself, because how one
    # is stored is said in more words than are known here. Asked first: the other forms mask the word before.
    _form(
        PASSWORD,
        "pass|secret|psk|key|pwd",
        rf"^(?!.{{0,400}}(?<![\w-])(?:{TALK})(?![\w-])).{{0,160}}?"
        rf"(?:{_WORDS}|\b(?:tacacs|radius|server-private|isakmp|failover)\b.{{0,160}}?(?<![a-z0-9])key)[ \t]+{_HOW}"
        rf"(?!(?:{FIRST})[ \t])[a-z-]{{2,}}[ \t]+"
        rf"(?!(?:{SECOND})(?![\w-])|\d+(?!\S))"
        r"(?P<secret>\"[^\"\n]+\"|'[^'\n]+'"
        r"|[^\s\"'{};<>|](?:[^\"'{};<>|\r\n]*[^\s\"'{};<>|)\]])?)(?=[\"')\]]*[ \t]*\r?$)",
    ),
    _form(
        "password hash",
        "$",
        r"(?<![\w$])(?P<secret>\$(?:\d{1,2}|2[abxy]|sha\d*|y|nt|apr1|[ch]\$\d{1,2})\$[^\s\"';,<]+)",
    ),
    _form("hidden value", "secret", r"(?<=\s)(?P<secret>\"[^\"\n]*\"|[^\s\";]+)(?=;?[ \t]*##[ \t]*SECRET-DATA)"),
    _form(
        COMMUNITY,
        "communit",
        rf"(?<![a-z0-9])snmp\S*[ \t](?:.{{0,160}}?[ \t])?community[ \t]+"
        rf"(?:(?:[078]|read|write|cipher|simple|encrypted|clear)[ \t]+)*(?!(?:add|set)[ \t]+(?:\[|[\w-]+=)){_S}",
    ),
    _form(
        COMMUNITY,
        "communit",
        rf"(?<![a-z0-9])snmp\S*[ \t]+(?:mib[ \t]+)?community-map[ \t]+(?:(?:encrypted|clear)[ \t]+)*{_S}",
    ),
    _form(
        COMMUNITY,  # of RouterOS
        "communit",
        rf"(?<![a-z0-9])snmp[ \t]+community[ \t]+(?:add|set)[ \t](?:.{{0,300}}?[ \t])?name=(?P<secret>{_VALUE})",
    ),
    _form(
        COMMUNITY,  # of RouterOS, in what it exports
        "addresses=",
        rf"{_BEGINS}(?:add|set)[ \t](?:.{{0,200}}?[ \t])?addresses=\S+[ \t](?:.{{0,200}}?[ \t])?"
        rf"name=(?P<secret>{_VALUE})",
    ),
    _form(COMMUNITY, "communit", r"^[-+ \t]*community[ \t]+\"?(?P<secret>[^\s\"{;:]+)\"?[ \t]*\{"),
    _form(
        COMMUNITY,
        "communit",
        r"\bcommunity[ \t]*(?:name|index|string|security ?name)[ \t]*[:=][ \t]*(?P<secret>\S+)",
    ),
    _form(COMMUNITY, "communit", r"""communit(?:y|ies)["'][ \t]*:[ \t]*(?P<secret>"[^"\n]+"|'[^'\n]+')"""),
    _form(COMMUNITY, "communit", r"<(?:[\w-]+:)?community(?:-name|-string)?(?:\s[^>\n]*)?>(?P<secret>[^<\s][^<\n]*)<"),
    _form(
        COMMUNITY,
        "snmp",
        r"(?<![a-z0-9])snmp-server[ \t]+host[ \t]+\S+[ \t]+(?:(?:vrf[ \t]+\S+|use-vrf[ \t]+\S+|traps?|informs?|clear"
        r"|encrypted|udp-port[ \t]+\d+|version[ \t]+(?:1|2c|3[ \t]+(?:no)?auth|3[ \t]+priv))[ \t]+)*(?P<secret>\S+)",
    ),
    _form(COMMUNITY, "snmp", rf"(?<![a-z0-9])securityname[ \t]+(?:(?:cipher|simple)[ \t]+)?{_S}"),
    _form(
        SNMP_KEY,
        "snmp",
        r"(?<![a-z0-9])snmp\S*[ \t](?:.{0,160}?[ \t])?user[ \t].{0,200}?\bauth[ \t]+(?:(?:md5|sha(?:-?\d+)?)[ \t]+)?"
        rf"{_HOW}{_S}",
    ),
    _form(
        SNMP_KEY,
        "snmp",
        r"(?<![a-z0-9])snmp\S*[ \t](?:.{0,160}?[ \t])?user[ \t].{0,200}?\bpriv[ \t]+"
        rf"(?:(?:3?des\d*|aes(?:[- ]?\d+)?)[ \t]+)?{_HOW}{_S}",
    ),
    _form(
        SNMP_KEY,
        "snmp|auth ",
        r"(?<![a-z0-9_])(?:auth|priv|hmac-\S+)[ \t]+"
        rf"(?:(?:md5|sha\d*|sha-\d+|des|des56|3des|aes(?:[- ]\d+)?|\d{{1,3}})[ \t]+)+{_S}",
    ),
    _form(
        SNMP_KEY,
        "authent|snmp",
        rf"(?:authentication|privacy)-mode[ \t]+\S+[ \t]+(?:(?:key-?id[ \t]+\d+|\d{{1,3}}|usual|nonstandard)[ \t]+)*"
        rf"(?:cipher|simple|plain)[ \t]+{_S}",
    ),
    _form(
        KEY,
        "authent",
        r"\b(?:rip|vrrp|ospf|isis|usm-user)\b.{0,160}?(?:authentication|privacy)-mode[ \t]+"
        r"(?:simple|md5|sha[\w-]*|hmac-\S+)[ \t]+"
        r"(?:(?:key-?id[ \t]+\d+|\d{1,3}|usual|nonstandard|rfc\d+)[ \t]+)*+(?!(?:cipher|simple|plain)[ \t]"
        rf"|(?:key-?id|keychain|usual|nonstandard|rfc\d+|ip|osi|send-only|simple-mode)(?!\S)){_S}",
    ),
    _form(
        KEY,
        "key",
        r"\b(?:tacacs|radius|server|server-private|pre-shared-key|isakmp|ikev\d|failover)\b.{0,200}?(?<![a-z0-9])key"
        rf"[ \t]+{_HOW}(?!chain\b|generate\b){_S}",
    ),
    _form(KEY, "key", rf"(?<![a-z0-9_])key[ \t]+(?:[05-9]|encrypted|hexadecimal|enc|ciphertext)[ \t]+{_S}"),
    _form(
        KEY,  # of Comware
        "key",
        r"(?<![a-z0-9_])key[ \t]+(?:(?:authentication|accounting|authorization)[ \t]+)?(?:cipher|simple)[ \t]+"
        rf"{_S}",
    ),
    _form(
        KEY,
        "key|-hex",
        r"\bsa[ \t]+(?:string-key|hex-key|(?:authentication|encryption)-hex)[ \t].{0,80}?(?:cipher|simple)[ \t]+"
        rf"{_S}",
    ),
    _form(KEY, "key", rf"\bsession-key[ \t]+(?:in|out)bound[ \t]+(?:esp[ \t]+\d+[ \t]+cipher|ah[ \t]+\d+)[ \t]+{_S}"),
    _form(KEY, "key", rf"\bsession-key[ \t].{{0,300}}?\bauthenticator[ \t]+{_S}"),
    _form(KEY, "key", rf"\brsvp[ \t]+authentication[ \t]+key[ \t]+{_HOW}{_S}"),
    _form(
        KEY,
        "key",
        rf"\bbfd\b.{{0,80}}?\bkey-?id[ \t]+\d+[ \t]+(?:hex-)?key[ \t]+(?:ascii_key[ \t]+)?{_HOW}{_S}",
    ),
    _form(KEY, "key", rf"{_BEGINS}key[ \t]+[0-9a-f]{{2,64}}[ \t]+[05-9][ \t]+{_S}"),
    _form(
        KEY,
        "key",
        rf"{_BEGINS}(?-i:key)[ \t]+[\"']?(?!chain\b|config-key\b|\d+[ \t]*$)(?P<secret>[^\s\"'{{;]+)[\"']?[ \t]*\r?$",
    ),
    _form(
        KEY,
        "key",
        r"(?<![a-z0-9])(?:message-digest-key|authentication-key|tcp-key|key-id)[ \t]+\d{1,5}[ \t]+"
        rf"(?:(?:md5|sha[\w-]*|h?mac[\w-]*|cmac[\w-]*|value)[ \t]+)(?:\d[ \t]+)?{_S}",
    ),
    _form(
        KEY,
        "authent",
        rf"{_BEGINS}(?:standby|vrrp|glbp)\b.{{0,160}}?\bauthentication[ \t]+(?:text[ \t]+)?(?!md5\b){_S}",
    ),
    _form(
        KEY,
        "authent",
        r"(?<![a-z0-9])authentication[ \t]+(?:md5|text|simple)[ \t]+(?!key-string|key-chain)"
        rf"(?:\d{{1,3}}[ \t]+(?:key[ \t]+)?)?{_S}",
    ),
    _form(KEY, "nhrp", rf"\bnhrp[ \t]+authentication[ \t]+{_HOW}{_S}"),
    _form(KEY, "authent", rf"\bauthentication[ \t]+mode[ \t]+hmac-[\w-]+[ \t]+(?:\d[ \t]+)?{_S}"),
    _form(KEY, " spi ", rf"\bipsec[ \t]+spi[ \t]+\d+[ \t].{{0,300}}?\b(?:md5|sha1)[ \t]+{_HOW}{_S}"),
    _form(
        KEY,
        " spi ",
        r"\bipsec[ \t]+spi[ \t]+\d+[ \t]+esp[ \t]+(?:3?des|aes-cbc[ \t]+\d+|aes[ \t]+\d+)[ \t]+"
        rf"{_HOW}{_S}",
    ),
    _form(KEY, "pmk", rf"\bsap[ \t]+pmk[ \t]+{_S}"),
    _form("hidden value", " 7 ", r"[ \t]7[ \t]+(?-i:(?=\d*[A-F])(?P<secret>[01]\d(?:[0-9A-F]{2}){2,}))(?=\s|$)"),
    _form(PASSWORD, "://", r"://[^\s/:@]{0,256}:(?P<secret>[^\s/@]{1,256})@"),
    _form(
        PASSWORD,
        "authoriz",
        r"authorization[\"']?[ \t]*[:=][ \t]*[\"']?(?:bearer|basic|token)[ \t]+(?P<secret>[^\s\"',]+)",
    ),
    _form(
        PASSWORD,
        "pass|secret|key|psk|token",
        r"<(?:[\w-]+:)?(?:[\w-]*(?:password|secret|passphrase|private-key)[\w-]*|key-string|auth-key|authentication-key"
        r"|pre-shared-key|md5-key|psk|token)(?:\s[^>\n]*)?>(?P<secret>[^<\n]+)<",
    ),
    _form(
        PASSWORD,
        "pass|secret|psk|key|token|pwd",
        rf"{_WORDS}(?<!(?-i:secret)(?=:\S))[\"']?(?:[ \t]*[:=][ \t]*|[ \t]+){_HOW}(?P<secret>{_VALUE})",
    ),
    _form(PASSWORD, "token", rf"(?<![a-z0-9])[\"']?token[\"']?[ \t]*[:=][ \t]*(?P<secret>{_VALUE})"),
)
"""Forms that stand in one line."""

BLOCKS = (
    _form(
        "private key",
        "private key-----",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:\s|\\r|\\n)*"
        r"(?P<secret>(?:(?!-----)[\s\S])+?)(?:\s|\\r|\\n)*(?=-----END|\Z)",
    ),
    _form(
        COMMUNITY,
        "community",
        r"^/snmp community[ \t]*\r?\n(?:add|set)[ \t](?:.{0,300}?[ \t])?name=(?P<secret>\"[^\"\n]+\"|[^\s\"]+)",
    ),
    _form(
        COMMUNITY,
        "community",
        r"<(?:[\w-]+:)?community(?:\s[^>]*)?>\s*<(?:[\w-]+:)?(?:name|text-name|index)>(?P<secret>[^<]+)<",
    ),
)
"""Forms of several lines."""

HINTS = tuple(sorted({hint for form in LINES for hint in form.hints}))

_NONE = re.compile(
    r"(?:env|file|secret|vault):.*"  # a reference
    r"|\*+(?:-[0-9a-f]{10})?|<[\w -]*>?|\(hidden\)|\.\.\."  # masked already, by us or by the device; left out
    r"|\\[SswWdD][+*]?\$?|\.[*+]\$?|\((?:[\w$]+\|)+[\w$]+\)|\{\{.*|\{%.*"  # what an expression or a template asks for
    r"|.?|[\W_]+",
    re.DOTALL,
)
_ROUTES = re.compile(r"(?:(?:\d+:\d+(?::\d+)?|no-export|no-advertise|local-as|internet|gshut|additive)[ ,]*)+")
"""Communities of BGP, which are none of SNMP."""

_NAMED = re.compile(
    rf"(?:^|_)(?:\w*{NAMES}|\w*(?:pass(?:word|wd|phrase|code)|secret)s|(?:auth|priv)_pass"
    r"|(?:snmp_)?communities|community|communit(?:y|ies)_(?:name|index)|credentials?|pwd"
    r"|(?:auth\w*|priv\w*|shared|pre_?shared|secret|api|encryption|encrypted|md5|sha\d*|hmac|wep|wpa\w*)_?key)"
    r"(?:_(?:hash|value|string|text|encrypted|cipher|clear|plain))?$"
)
_MORE = """
access acl algorithm authorization clients context encryption format group level method mode type version view
"""
_SAID = frozenset(_MORE.split())
"""What else is said of a secret."""
_FIELDS = _SAID | {"cipher", "data", "hash", "index", "key", "name", "string", "text", "value"}
"""Names beneath one that is a secret's; another one, as of NAPALM's communities, is the secret itself."""


def is_secret(value: str, what: str = "") -> bool:
    """Whether what stands where a secret is announced may be one."""
    if value.lower().rstrip(":.") in NO_SECRET or _NONE.fullmatch(value):
        return False
    return what != COMMUNITY or _ROUTES.fullmatch(value) is None


@lru_cache(maxsize=4096)
def names_secret(name: str) -> bool:
    """Whether data of this name is a secret: `password`, `snmp_community`, `authKey`, `key-string`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[-. ]", "_", name).lower()
    return _NAMED.search(words) is not None


def is_secret_name(name: str) -> bool:
    """Whether a name that stands beneath one of secrets is a secret itself, as NAPALM has it of communities."""
    return name.lower() not in _FIELDS and is_secret(name, COMMUNITY)


def holds_secret(name: str, *, beneath: bool) -> bool:
    """Whether data of this name is a secret; `beneath` one that is, whatever does not only say more of it."""
    return names_secret(name) or (beneath and name.lower() in _FIELDS - _SAID)
