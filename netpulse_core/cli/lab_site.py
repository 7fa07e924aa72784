"""A site around a lab: its devices, a schedule, and the lab written down so that it comes back the same."""

import errno
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from netpulse_core import settings as configuration
from netpulse_core.cli import lab_cassettes, lab_inventory, lab_life
from netpulse_core.errors import Refused, SiteError
from netpulse_core.inventory import scaffold
from netpulse_core.keyfile import private_file
from netpulse_core.lab import Blueprint, Lab
from netpulse_core.settings import STATE

PLAN = "lab.yaml"
PORT = 2200
_KEPT = ("count", "mode", "port", "faults", "configs")
_PASSWORD = "lab.password"  # noqa: S105 - the name of a file
_HOST_KEY = "lab.key"

SCHEDULE = """\
# Every night, by itself. `netpulse schedules` says when it fires next.
runbook: send_commands
target: "{target}"
cron: "0 2 * * *"
timezone: UTC
parameters:
  commands:
{commands}
"""


def usual() -> Blueprint:
    """Return the lab where nothing is asked for; only Linux has all of 127/8 on its loopback."""
    return Blueprint(mode="address" if sys.platform == "linux" else "port", port=PORT)


def is_lab(site: Path) -> bool:
    """Whether a lab's site is there already."""
    return (site / PLAN).is_file()


def plan_of(site: Path) -> Blueprint:
    """Return the lab of a site as it was written down."""
    try:
        return Blueprint.load(site / PLAN)
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise SiteError(str(error), path=site / PLAN, hint="remove it to begin anew") from error


def create(site: Path, plan: Blueprint) -> None:
    """Write a new site that waits for this lab; refuse one that is somebody's."""
    if (site / configuration.FILE).exists():
        reason = f"{site} is a site already, and its inventory would be replaced"
        raise Refused(reason, hint="choose a new folder, or write the lab's inventory elsewhere: --inventory DIR")
    for path in scaffold.create(site):
        if path.parent.name == "schedules" and path.suffix == ".yaml" and not _means_all(path):
            path.unlink()  # its target is of the starter's devices
    keep(site, plan)


@contextmanager
def running(plan: Blueprint, site: Path | None = None, *, elsewhere: bool = False) -> Iterator[Lab]:
    """Run a lab, in its site where one is named; `elsewhere` lets it move to any free port."""
    if site is not None:
        lab_life.require_none(site)
        # A password of its own: the usual one is the user's name, which redaction would then hide as well.
        password = private_file(site / STATE / _PASSWORD, lambda: secrets.token_urlsafe(9))
        plan = replace(plan, host_key=site / STATE / _HOST_KEY, password=password)
    elif lab_inventory.VARIABLE in os.environ:
        plan = replace(plan, password=os.environ[lab_inventory.VARIABLE] or plan.password)
    with ExitStack() as stack:
        try:
            lab = stack.enter_context(Lab.running(plan))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise SiteError(f"the lab cannot listen: {error.strerror}") from error
            if not elsewhere:
                raise SiteError(
                    f"the lab cannot listen on port {plan.port}: it is in use",
                    hint="another lab may be running; another port is --port N, any free one --port 0",
                ) from error
            lab = stack.enter_context(Lab.running(replace(plan, port=0)))
        if site is not None:
            _write_down(lab, site)
            stack.enter_context(lab_life.held(site))
        yield lab


def reference(site: Path | None) -> str:
    """Return what stands in an inventory for the lab's password."""
    return f"file:{(site / STATE / _PASSWORD).resolve()}" if site is not None else f"env:{lab_inventory.VARIABLE}"


def schedule(site: Path, name: str, target: str, commands: list[str]) -> Path:
    """Write a nightly schedule."""
    path = site / "schedules" / f"{name}.yaml"
    text = SCHEDULE.format(target=target, commands="\n".join(f"    - {command}" for command in commands))
    path.write_text(text, encoding="utf-8")
    return path


def _means_all(schedule: Path) -> bool:
    return bool(yaml.safe_load(schedule.read_text(encoding="utf-8")).get("target") == "*")


def _write_down(lab: Lab, site: Path) -> None:
    plan, first = lab.blueprint, next(iter(lab.devices.values()))
    keep(site, replace(plan, port=first.port) if plan.mode == "address" else plan)
    lab_inventory.write(lab, site / "inventory", reference(site))


def keep(site: Path, plan: Blueprint) -> None:
    """Write a lab down in its site, so that it comes back the same."""
    kept: dict[str, Any] = {name: getattr(plan, name) for name in _KEPT}
    if plan.scripts:
        kept["scripts"] = {name: f"{lab_cassettes.FOLDER}/{name}.yaml" for name in plan.scripts}
    said = "# A lab of simulated devices: `netpulse lab up` on this site starts it as it is written here.\n"
    (site / PLAN).write_text(said + yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")
