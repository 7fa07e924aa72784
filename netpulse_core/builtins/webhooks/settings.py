"""What a site says of its webhooks; secrets are references, so nothing here is one."""

import re
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FilePath, StringConstraints, model_validator

from netpulse_core.builtins.webhooks.kinds import KINDS

_REFERENCE = re.compile(r"(?!https?:)[a-z][a-z0-9+-]*:\S+")

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise ValueError("not a reference to a secret: write env:NAME or file:PATH, never the secret itself")
    return text


def _pattern(text: str) -> str:
    if not any(fnmatchcase(kind, text) for kind in KINDS):
        raise ValueError(f"no event is called so; known are {', '.join(sorted(KINDS))}, and patterns such as job.*")
    return text


def is_reference(url: str) -> bool:
    """Whether a URL is not said, but named as a secret."""
    return _REFERENCE.fullmatch(url) is not None


Reference = Annotated[str, AfterValidator(_reference)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Hook(_Frozen):
    """One endpoint: `url` may be a reference, where it holds a token; of several secrets each makes a signature."""

    url: str
    secret: Reference | Annotated[tuple[Reference, ...], Field(min_length=1, max_length=4)]
    events: tuple[Annotated[str, AfterValidator(_pattern)], ...] = ("job.in_doubt", "run.finished")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Each reference, the newest first."""
        return (self.secret,) if isinstance(self.secret, str) else self.secret

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events it wants."""
        return frozenset(kind for kind in KINDS if any(fnmatchcase(kind, pattern) for pattern in self.events))

    @property
    def shown(self) -> str:
        """Where it goes, without its path, which may hold a token."""
        if is_reference(self.url):
            return self.url
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


class Settings(_Frozen):
    """The table [plugins.webhooks] of netpulse.toml."""

    endpoints: dict[Name, Hook] = Field(default_factory=dict)
    allow_http: bool = False
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks that are private or special and may be sent to all the same."""
    ca_file: FilePath | None = None
    """Certificates believed instead of the system's."""

    @model_validator(mode="after")
    def _urls(self) -> Self:
        for name, one in self.endpoints.items():
            if not is_reference(one.url) and (problem := url_problem(one.url, allow_http=self.allow_http)):
                raise ValueError(f"endpoint {name}: {problem}")
        return self


def url_problem(url: str, *, allow_http: bool) -> str:
    """Return what is wrong with a URL, which is not repeated, or an empty text."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "its url is none"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "its url holds characters that must be written with %, or a name that must be written as xn--"
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "its url does not begin with https:// and a host"
    if parts.scheme == "http" and not allow_http:
        return "its url is http, which anybody on the way can read: use https, or set allow_http"
    if "@" in parts.netloc or parts.fragment:
        return "its url holds a user or a fragment"
    return ""
