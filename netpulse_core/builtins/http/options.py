"""What the inventory says of a device's HTTP API: the extras of connection option `http`."""

import base64
import json
import re
import ssl
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StrictBool, ValidationError

from netpulse_core import ConnectionParameters, errors
from netpulse_core.builtins.http import paths

_SHORTEST = 4
_TOKEN = re.compile(r"[!-~]+(?: [!-~]+)*")
_NAME = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
"""RFC 9110, section 5.6.2: what a header may be called."""

_OURS = frozenset(
    {
        "accept-encoding", "authorization", "connection", "content-length", "cookie", "host", "proxy-authorization",
        "trailer", "transfer-encoding", "upgrade",
        # these make a GET something else
        "x-http-method", "x-http-method-override", "x-method-override",
    }
)  # fmt: skip

HeaderName = Annotated[str, Field(pattern=_NAME.pattern)]


class Options(BaseModel):
    """How to speak to the API; what is not one of these keys is refused, so that a misspelt `verify` is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    scheme: Literal["https", "http"] = "https"
    base_path: str = ""
    """What every path of a task comes after."""
    probe_path: str | None = None
    """What is asked to see whether the device answers and takes the credentials; the base itself where None."""
    verify: StrictBool = True
    """Whether the certificate must be believed; off, anybody in between reads the credentials."""
    ca_file: Path | None = None
    """Certificates that are believed, in PEM; the system's where None."""
    server_name: str | None = None
    """The name the certificate is for, where it is not the device's address."""
    token: SecretStr | None = None
    token_header: HeaderName = "Authorization"  # noqa: S105  the header's name
    token_scheme: str | None = None
    """The word before the token; None is `Bearer` in `Authorization`, and nothing in another header."""
    headers: dict[HeaderName, str] = Field(default_factory=dict)
    largest_answer: int = Field(default=16 * 2**20, gt=0)
    """Bytes beyond which an answer is not read."""

    @classmethod
    def of(cls, parameters: ConnectionParameters) -> Self:
        """Return the options of a device; raise InvalidParameters, which quotes no value."""
        try:
            options = cls.model_validate(dict(parameters.extras))
        except ValidationError as error:
            problems = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
            raise _wrong(parameters, problems) from None
        problems = [
            *(f"base_path: {why}" for why in paths.problems(options.base_path)),
            *(f"probe_path: {why}" for why in paths.problems(options.probe_path or "")),
            *(f"headers: {why}" for why in header_problems(options.headers)),
        ]
        if "?" in options.base_path:
            problems.append("base_path: it holds a query")
        if options.token is not None and not _TOKEN.fullmatch(options.token.get_secret_value()):
            problems.append("token: a token is printable ASCII on one line")
        if options.token is None and ":" in (parameters.username or ""):
            problems.append("username: basic authentication has no names with a colon (RFC 7617)")
        if problems:
            raise _wrong(parameters, problems)
        return options

    def credentials(self, parameters: ConnectionParameters) -> tuple[dict[str, str], tuple[str, ...]]:
        """Return the header that identifies us, and every form of the secret that no text may show."""
        if self.token is not None:
            token = self.token.get_secret_value()
            usual = "Bearer" if self.token_header.lower() == "authorization" else ""
            scheme = usual if self.token_scheme is None else self.token_scheme
            return {self.token_header: f"{scheme} {token}".strip()}, _forms(token)
        if parameters.username is None or parameters.password is None:
            return {}, ()
        pair = base64.b64encode(f"{parameters.username}:{parameters.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}, (pair, *_forms(parameters.password))

    def tls(self, device: str) -> ssl.SSLContext | None:
        """Return how certificates are judged; None without TLS."""
        if self.scheme == "http":
            return None
        try:
            changed = self.ca_file.stat().st_mtime_ns if self.ca_file else 0
            return _context(self.verify, self.ca_file, changed)
        except OSError as error:  # an SSLError is one
            why = "it holds no certificates in PEM" if isinstance(error, ssl.SSLError) else error.strerror
            raise errors.InvalidParameters(
                f"{device}: the extras of its connection", [f"ca_file: {self.ca_file}: {why}"]
            ) from error


def _forms(secret: str) -> tuple[str, ...]:
    """Return how an answer may quote a secret: as it is, in JSON, and in a URL; short ones stand in any text."""
    escaped = (
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret),
        quote_plus(secret),
    )
    return tuple(form for form in dict.fromkeys((secret, *escaped)) if len(form) >= _SHORTEST)


def header_problems(headers: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with headers of a site or a task; those that say who we are and how we speak are ours."""
    problems = []
    for name, value in headers.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            problems.append("a header has no such name")
        elif name.lower() in _OURS:
            problems.append(f"{name} is not for a task to set")
        elif not isinstance(value, str) or not re.fullmatch(r"[ -~]*", value):
            problems.append(f"the value of {name} is not printable ASCII")
    return problems


@lru_cache(maxsize=64)
def _context(verify: bool, ca_file: Path | None, changed: int) -> ssl.SSLContext:
    """One context for all devices judged alike: reading the system's certificates takes 20 ms each time."""
    context = ssl.create_default_context(cafile=ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _wrong(parameters: ConnectionParameters, problems: list[str]) -> errors.InvalidParameters:
    return errors.InvalidParameters(
        f"{parameters.device}: the extras of its connection", problems, hint="docs/drivers/http.md names them all"
    )
