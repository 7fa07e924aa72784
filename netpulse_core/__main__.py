"""`python -m netpulse_core`: the command line without its script."""

from netpulse_core.cli import main

main()
