"""Platforms of this site for the driver `ssh`: each file of templates/platforms/ describes one."""

from pathlib import Path

from netpulse_core.builtins.ssh import add_platforms

add_platforms(Path(__file__).parent.parent / "templates" / "platforms")
