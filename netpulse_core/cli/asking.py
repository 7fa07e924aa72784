"""What the commands that ask for a run have in common: their options, and who may leave a run to itself."""

from typing import Annotated

import typer

from netpulse_core.cli.place import Service
from netpulse_core.errors import InvalidParameters

Detach = Annotated[bool, typer.Option("--detach", help="Do not wait for the outcome.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Change devices without asking.")]
Confirmed = Annotated[
    int | None,
    typer.Option("--confirm", min=1, metavar="N", help="Change at most N devices; many have to be confirmed."),
]
IdempotencyKey = Annotated[
    str | None, typer.Option(metavar="KEY", help="Asked again under this key, it is the same run.")
]


def require_lasting(at: Service, *, detach: bool) -> None:
    """Raise InvalidParameters where a run is to be left to a service that ends with this command."""
    if detach and at.passing:
        problem = "there is no service that would outlive this command"
        raise InvalidParameters("--detach", [problem], hint="start one: `netpulse up`, or name one: --url URL")
