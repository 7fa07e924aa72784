"""Reading a large inventory once, the way NetPulse does or the way Nornir does: `inventory netpulse|nornir SITE`."""

import gc
import sys
from pathlib import Path
from typing import Any, cast

from benchmarks.memory import resident
from benchmarks.side import serve
from benchmarks.stopwatch import spent, walls

ROLE, PLACE = "leaf", "ams"


def main() -> None:
    """Time what is asked; both ways must find the same devices."""
    site = Path(sys.argv[2])
    serve(_netpulse(site) if sys.argv[1] == "netpulse" else _nornir(site))


def _netpulse(path: Path) -> dict[str, Any]:
    from netpulse_core import settings
    from netpulse_core.inventory.site import Site

    read = settings.load(path)
    loaded: list[Site] = []

    def load() -> dict[str, float]:
        return _loading(lambda: Site.load(read), loaded)

    def find(number: int) -> dict[str, Any]:
        site, expression = loaded[-1], f"role={ROLE} & !site={PLACE}"
        times = walls(number, lambda: site.select(expression))
        return {"times": times, "found": [device.name for device in site.select(expression)]}

    return {"load": load, "find": find}


def _nornir(path: Path) -> dict[str, Any]:
    from nornir.core.filter import F
    from nornir.core.inventory import FilterObj, Inventory
    from nornir.plugins.inventory.simple import SimpleInventory

    folder = path / "inventory"
    loaded: list[Inventory] = []

    def load() -> dict[str, float]:
        names = (str(folder / f"{name}.yaml") for name in ("hosts", "groups", "defaults"))
        return _loading(SimpleInventory(*names).load, loaded)

    def find(number: int) -> dict[str, Any]:
        inventory, wanted = loaded[-1], cast("FilterObj", F(role=ROLE) & ~F(site=PLACE))
        times = walls(number, lambda: inventory.filter(filter_func=wanted))
        return {"times": times, "found": list(inventory.filter(filter_func=wanted).hosts)}

    return {"load": load, "find": find}


def _loading(load: Any, loaded: list[Any]) -> dict[str, float]:
    gc.collect()
    before = resident()
    taken = spent(lambda: loaded.append(load()))
    gc.collect()
    return {"seconds": taken["wall"], "megabytes": resident() - before}


if __name__ == "__main__":
    main()
