"""Secret references to HashiCorp Vault and OpenBao: `vault:PATH#KEY`, of the key-value engine."""

from netpulse_core import PluginSettings, hookimpl
from netpulse_core.builtins.vault.reader import Reader
from netpulse_core.builtins.vault.settings import Settings

SCHEME = "vault"

settings = PluginSettings(Settings)
_reader = Reader(settings)


@hookimpl(trylast=True)
def resolve_secret(reference: str) -> str | None:
    """Read one key of a secret, logged in as the site says."""
    scheme, _, name = reference.partition(":")
    return _reader.read(name) if scheme == SCHEME else None
