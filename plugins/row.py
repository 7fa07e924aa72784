"""An example of derived data: what follows from other data is not written into the inventory a second time."""

from nornir.core.inventory import Inventory

from netpulse_core import hookimpl

RACKS_OF_A_ROW = 8


@hookimpl
def prepare_inventory(inventory: Inventory) -> None:
    """Say in which row of racks each device stands, so that `row=2` is a target."""
    for host in inventory.hosts.values():
        rack = host.data.get("rack")
        if isinstance(rack, int):
            host.data["row"] = (rack - 1) // RACKS_OF_A_ROW + 1
