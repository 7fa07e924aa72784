"""The command line. Law: it decides nothing; runs, devices and schedules it knows through the SDK alone."""

from netpulse_core.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line and exit with its code."""
    app(prog_name="netpulse")
