"""Sites of any size, the same each time, whose devices nobody will ever reach."""

import random
from pathlib import Path

ROLES = ("leaf", "leaf", "leaf", "spine", "border")
PLACES = ("ams", "fra", "lon", "par")
HOST = """\
{role}{number}:
  hostname: 10.{high}.{middle}.{low}
  port: 22
  groups: [{role}s, {place}]
  data:
    role: {role}
    site: {place}
    rack: {rack}
    bgp:
      asn: {asn}
      neighbors: [10.0.0.1, 10.0.0.2]
"""


def generated(folder: Path, devices: int) -> None:
    """Write a Nornir inventory in YAML; `leaf0` is always there."""
    folder.mkdir(parents=True)
    dice = random.Random(1)
    with (folder / "hosts.yaml").open("w") as file:
        for number in range(devices):
            file.write(_host(number, dice.choice(ROLES) if number else "leaf", dice.choice(PLACES)))
    groups = [*dict.fromkeys(f"{role}s" for role in ROLES), *PLACES]
    (folder / "groups.yaml").write_text(
        "".join(f"{name}:\n  groups: [all]\n  data: {{tier: {name}}}\n" for name in groups)
        + "all:\n  platform: cisco_ios\n"
    )
    (folder / "defaults.yaml").write_text("username: netpulse\npassword: env:NETPULSE_PASSWORD\n")


def _host(number: int, role: str, place: str) -> str:
    high, rest = divmod(number, 65536)
    middle, low = divmod(rest, 256)
    return HOST.format(
        role=role,
        number=number,
        place=place,
        high=high,
        middle=middle,
        low=low,
        rack=number % 40,
        asn=65000 + number % 100,
    )
