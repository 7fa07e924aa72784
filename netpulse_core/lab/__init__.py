"""A simulated network of SSH devices. Law: imports nothing of ours; listens on loopback and nowhere else."""

from netpulse_core.lab.cassette import Cassette
from netpulse_core.lab.device import Account, Device
from netpulse_core.lab.faults import Faults
from netpulse_core.lab.inventory import write_inventory
from netpulse_core.lab.journal import Journal, Session
from netpulse_core.lab.network import Blueprint, Lab
from netpulse_core.lab.script import Script

__all__ = [
    "Account",
    "Blueprint",
    "Cassette",
    "Device",
    "Faults",
    "Journal",
    "Lab",
    "Script",
    "Session",
    "write_inventory",
]
