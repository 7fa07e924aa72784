"""What a site says of its vault, in [plugins.vault]; how to log in is named, never said."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FilePath, StringConstraints, model_validator

from netpulse_core.builtins.vault.paths import segments


def _checked(path: str) -> str:
    segments(path)
    return path


Path = Annotated[str, AfterValidator(_checked)]
Reference = Annotated[str, StringConstraints(pattern=r"^(?:env|file):\S+$")]
"""Where a token or a secret id is: those cannot stand in the vault they open."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Token(_Frozen):
    """A token, read anew at each login: an agent may have renewed the file it is in."""

    method: Literal["token"] = "token"
    token: Reference


class AppRole(_Frozen):
    """An AppRole: its role id, and where its secret id is."""

    method: Literal["approle"] = "approle"
    role_id: str
    secret_id: Reference
    mount: Path = "approle"


class Kubernetes(_Frozen):
    """The service account of the pod."""

    method: Literal["kubernetes"] = "kubernetes"
    role: str
    mount: Path = "kubernetes"
    jwt: Reference = "file:/var/run/secrets/kubernetes.io/serviceaccount/token"


class Settings(_Frozen):
    """A vault; without a `url` there is none. `paths` are what may be read, whole or what lies below them."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s@?#]+$")] | None = None
    paths: tuple[Path, ...] = ()
    mount: Path = "secret"
    version: Literal[1, 2] = 2
    """Of the key-value engine."""
    namespace: str | None = None
    ca: FilePath | None = None
    """Certificates its own is signed by, where the system does not know them."""
    timeout: float = Field(default=10.0, gt=0, le=60)
    """Seconds of one request."""
    login: Annotated[Token | AppRole | Kubernetes, Field(discriminator="method")] | None = None
    insecure: bool = False
    """Whether `http://` is meant: tokens and secrets then pass in clear."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.url is None:
            return self
        if self.login is None:
            raise ValueError("`login` is missing: a table [plugins.vault.login] with a `method`")
        if not self.paths:
            raise ValueError("`paths` is missing: nothing may be read that is not listed")
        if self.url.startswith("http:") and not self.insecure:
            raise ValueError("`url` is not https: set insecure = true where that is meant")
        return self
