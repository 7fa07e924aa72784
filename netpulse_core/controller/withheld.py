"""What nobody is asked for: a mask in the place of a secret, and what does not open in this process."""

from collections.abc import Mapping
from typing import Any

from netpulse_core.configs.marking import masked
from netpulse_core.errors import InvalidParameters, Refused
from netpulse_core.model.runbook import Runbook


def refuse_masks(runbook: Runbook, parameters: Mapping[str, Any]) -> None:
    """Raise InvalidParameters where what was shown in the place of a secret would be sent for it."""
    if names := masked(parameters, bare=runbook.changes):
        raise InvalidParameters(
            runbook.name,
            [f"{name}: a mask stands where a secret is meant, and would be sent as it is" for name in names],
            hint="give the secret itself; `netpulse rerun` sends again what a run was given, secrets too",
        )


def require_opened(unopened: str) -> None:
    """Raise Refused where what a schedule asks for does not open here."""
    if unopened:
        raise Refused(f"nothing was asked for: {unopened}")
