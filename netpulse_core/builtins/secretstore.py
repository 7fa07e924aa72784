"""Secret references to the site's own encrypted store: `secret:NAME`."""

from netpulse_core import SecretStore, hookimpl


@hookimpl(trylast=True)
def resolve_secret(reference: str, store: SecretStore) -> str | None:
    """Open what the ledger keeps under this name."""
    scheme, _, name = reference.partition(":")
    return store.read(name) if scheme == "secret" else None
