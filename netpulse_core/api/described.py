"""The description of the service as one document: `python -m netpulse_core.api.described > docs/openapi.json`."""

import json
import sys
import tempfile
from pathlib import Path

from netpulse_core.api.app import create_app
from netpulse_core.controller import NetPulse
from netpulse_core.settings import Settings


def described() -> str:
    """Return the OpenAPI of a site without plugins of its own, as JSON that a difference can be read in."""
    with tempfile.TemporaryDirectory() as folder:
        hosts = Path(folder) / "inventory" / "hosts.yaml"
        hosts.parent.mkdir()
        hosts.write_text("leaf1: {hostname: 192.0.2.1, platform: cisco_ios}\n")
        with NetPulse.open(Settings(site=Path(folder))) as netpulse:
            document = create_app(netpulse).openapi()
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(described())
