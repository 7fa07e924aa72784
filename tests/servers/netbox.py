"""NetBox, as far as an inventory asks it: two pages of devices in the form of its API, for who has the token."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "0fb2c4kAn4rY0d1n6e77a1c9"
_PAGE = 2


class NetBox:
    """Serves devices until it is closed; `asked` are the requests it has seen."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self.devices = [
            device(number, name, address, site="ams" if number % 2 else "fra", role=name.rstrip("0123456789"))
            for number, (name, address) in enumerate(addresses.items(), 1)
        ]
        self.asked: list[str] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.netbox = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, target: str) -> dict[str, Any]:
        """Return one page of the devices that the query's filters select."""
        query = parse_qs(urlsplit(target).query)
        filters = {key: query[key] for key in ("site", "role") if key in query}
        found = [one for one in self.devices if all(one[key]["slug"] in said for key, said in filters.items())]
        start = int(query.get("offset", ["0"])[0])
        more = start + _PAGE < len(found)
        rest = "".join(f"&{key}={value}" for key, said in filters.items() for value in said)
        return {
            "count": len(found),
            "next": f"{self.url}/api/dcim/devices/?limit={_PAGE}&offset={start + _PAGE}{rest}" if more else None,
            "previous": None,
            "results": found[start : start + _PAGE],
        }


def device(number: int, name: str, address: str, *, site: str, role: str) -> dict[str, Any]:
    """Return a device as NetBox 4 says it."""

    def brief(kind: str, slug: str, shown: str) -> dict[str, Any]:
        url = f"http://netbox.example/api/dcim/{kind}/{number}/"
        return {"id": number, "url": url, "display": shown, "name": shown, "slug": slug, "description": ""}

    maker = brief("manufacturers", "cisco", "Cisco")
    return {
        "id": number,
        "url": f"http://netbox.example/api/dcim/devices/{number}/",
        "display": name,
        "name": name,
        "device_type": {**brief("device-types", "iosv", "IOSv"), "model": "IOSv", "manufacturer": maker},
        "role": brief("device-roles", role, role.capitalize()),
        "tenant": None,
        "platform": brief("platforms", "cisco_ios", "Cisco IOS"),
        "serial": f"9ABC{number:07}",
        "asset_tag": None,
        "site": brief("sites", site, site.upper()),
        "status": {"value": "active", "label": "Active"},
        "primary_ip": {"id": number, "display": f"{address}/24", "family": {"value": 4}, "address": f"{address}/24"},
        "config_context": {"ntp": ["192.0.2.123"]},
        "local_context_data": None,
        "tags": [],
        "custom_fields": {"rack_unit": number, "change_window": "night"},
        "created": "2024-05-02T08:11:05.034011Z",
        "last_updated": "2026-01-05T10:00:00.000000Z",
    }


class _Server(ThreadingHTTPServer):
    netbox: NetBox


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        netbox = self.server.netbox
        netbox.asked.append(self.path)
        if self.headers.get("Authorization") != f"Token {TOKEN}":
            self._say(403, {"detail": "Invalid token"})
        elif urlsplit(self.path).path == "/api/dcim/devices/":
            self._say(200, netbox.answer(self.path))
        else:
            self._say(404, {"detail": "Not found."})

    def _say(self, status: int, said: Mapping[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
