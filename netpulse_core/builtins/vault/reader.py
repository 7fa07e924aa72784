"""Reading a vault by hvac: logged in once, again where the vault says so, and never by a way it was not told."""

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from netpulse_core import errors
from netpulse_core.builtins.vault.paths import allowed
from netpulse_core.builtins.vault.settings import AppRole, Kubernetes, Settings, Token

_HOW = "a reference is vault:PATH#KEY"


class Reader:
    """Answers for references; what it logged in with is kept in this process alone."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: Any = None
        self._of: Settings | None = None

    def read(self, name: str) -> str:
        """Return a secret; raise NotFound, Refused, or ServiceError where the vault does not answer."""
        settings, reference = self._settings(), f"vault:{name}"
        path, _, key = name.partition("#")
        if settings.url is None:
            raise errors.NotFound("secret", reference, hint="this site has no vault: [plugins.vault] in netpulse.toml")
        self._require_allowed(settings, path, key, reference)
        from hvac import exceptions  # noqa: PLC0415
        from requests.exceptions import RequestException  # noqa: PLC0415

        try:
            data = self._asked(settings, path, exceptions.Forbidden)
        except exceptions.InvalidPath:
            raise errors.NotFound("secret", reference, hint=f"the vault has nothing at {path!r}") from None
        except (exceptions.Forbidden, exceptions.Unauthorized):
            hint = f"look at the policies of the login {_method(settings)!r}, and whether it is still good"
            raise errors.Refused(f"the vault does not let {reference} be read", hint=hint) from None
        except (exceptions.VaultError, RequestException) as error:
            # Its own words name the address, and some repeat what was sent.
            why = type(error).__name__
            raise errors.ServiceError(f"the vault did not answer for {reference}: {why}", retry_after=5.0) from None
        value = data.get(key)
        if not isinstance(value, str) or not value:
            known = [one for one, said in data.items() if isinstance(said, str)]
            raise errors.NotFound("key of the secret", f"{reference}", known=known, hint=_HOW)
        return value

    def _require_allowed(self, settings: Settings, path: str, key: str, reference: str) -> None:
        try:
            listed = allowed(path, settings.paths)
        except ValueError as error:
            raise errors.NotFound("secret", reference, hint=f"{error}; {_HOW}") from None
        if not key:
            raise errors.NotFound("secret", reference, hint=f"{_HOW}, and it names no key")
        if not listed:
            raise errors.Refused(
                f"{reference} lies in no path that may be read", hint="they are listed in [plugins.vault]: `paths`"
            )

    def _asked(self, settings: Settings, path: str, forbidden: type[Exception]) -> Mapping[str, Any]:
        client, fresh = self._logged_in(settings)
        try:
            return _read(client, settings, path)
        except forbidden:
            # A token ends; one that was just given will not be better the second time.
            if fresh:
                raise
            with self._lock:
                if self._client is client:
                    self._client = None
            return _read(self._logged_in(settings)[0], settings, path)

    def _logged_in(self, settings: Settings) -> tuple[Any, bool]:
        with self._lock:
            fresh = self._client is None or self._of != settings
            if fresh:
                self._client, self._of = _login(settings), settings
            return self._client, fresh


def _read(client: Any, settings: Settings, path: str) -> Mapping[str, Any]:
    kv = client.secrets.kv
    if settings.version == 1:
        kept = kv.v1.read_secret(path=path, mount_point=settings.mount)
    else:
        kept = kv.v2.read_secret_version(path=path, mount_point=settings.mount, raise_on_deleted_version=True)
    # hvac hands out what is no JSON, such as the page of a proxy or a redirection, as it came.
    for name in ("data",) if settings.version == 1 else ("data", "data"):
        kept = kept.get(name) if isinstance(kept, Mapping) else None
    if not isinstance(kept, Mapping):
        raise errors.ServiceError(
            "the vault answered with something other than a secret",
            hint="does `url` name the vault itself, and `version` the version of its engine?",
        )
    return kept


def _login(settings: Settings) -> Any:
    import hvac  # noqa: PLC0415
    import requests  # noqa: PLC0415

    session = requests.Session()
    session.trust_env = False  # a proxy of the environment, or a .netrc, would be told tokens
    session.verify = str(settings.ca) if settings.ca else True
    client = hvac.Client(
        url=settings.url,
        token="",
        session=session,
        timeout=settings.timeout,
        namespace=settings.namespace,
        allow_redirects=False,  # it would carry the token to wherever it is told
    )
    match settings.login:
        case Token(token=reference):
            client.token = _local(reference)
        case AppRole(role_id=role, secret_id=reference, mount=mount):
            client.auth.approle.login(role_id=role, secret_id=_local(reference), mount_point=mount)
        case Kubernetes(role=role, jwt=reference, mount=mount):
            client.auth.kubernetes.login(role=role, jwt=_local(reference), mount_point=mount)
    return client


def _local(reference: str) -> str:
    scheme, _, name = reference.partition(":")
    try:
        return os.environ[name] if scheme == "env" else Path(name).read_text(encoding="utf-8").strip()
    except (KeyError, OSError):
        hint = "it is what [plugins.vault.login] logs in with"
        raise errors.NotFound("secret", reference, hint=hint) from None


def _method(settings: Settings) -> str:
    return settings.login.method if settings.login else ""
