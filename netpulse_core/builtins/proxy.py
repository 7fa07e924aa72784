"""Callers a reverse proxy has identified: single sign-on before NetPulse, without a key for each person.

The proxy is believed by the secret it sends, never by its address alone; it must take the three headers out of what
clients send. Who comes without a role may only look. Without `NETPULSE_PROXY_SECRET` in the service's environment
nobody is identified this way.
"""

import hmac
import os
from collections.abc import Mapping

from netpulse_core import Caller, errors, hookimpl

SECRET = "NETPULSE_PROXY_SECRET"  # noqa: S105 - the name of a variable
PROOF, USER, ROLE = "x-netpulse-proxy", "x-forwarded-user", "x-netpulse-role"
LONGEST_NAME = 200


@hookimpl(trylast=True)
def identify_caller(headers: Mapping[str, str]) -> Caller | None:
    """Return the user a proxy names, where it proves itself; a wrong proof is refused and not taken for none."""
    secret, proof = os.environ.get(SECRET, ""), headers.get(PROOF)
    if proof is None:
        return None
    if not secret or not hmac.compare_digest(proof.encode(), secret.encode()):
        raise errors.Unidentified("the proxy did not prove itself", hint=f"it sends {SECRET} as the header {PROOF}")
    name = headers.get(USER, "").strip()
    if not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
        raise errors.Unidentified("the proxy names no user", hint=f"it sends the user's name as the header {USER}")
    return Caller(name=f"proxy:{name}", role=headers.get(ROLE, "").strip() or "viewer")
