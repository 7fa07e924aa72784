"""API keys over REST: what they are made for, checked when they are made, and ended."""

from __future__ import annotations

import pytest

from netpulse_core.client import Client
from netpulse_core.controller.keyring import ring_of
from netpulse_core.errors import InvalidParameters, NotPermitted, Refused
from netpulse_core.model.caller import LOCAL, Scope
from tests.api.service import Service
from tests.api.test_permissions import LEAF1, holder


def test_keys_are_made_and_rotated_over_rest_and_none_may_more_than_its_maker(fresh: Service) -> None:
    with Client(fresh.url, fresh.key) as root:
        made = root.keys.create("nora", "operator", scope=LEAF1, lifetime=3600.0)
        assert (made.made.name, made.made.role, made.made.scope) == ("nora", "operator", LEAF1)
        with Client(fresh.url, made.key) as nora:
            assert [device.name for device in nora.devices()] == ["leaf1"]
            with pytest.raises(NotPermitted) as refused:
                nora.keys.all()
            assert refused.value.permission == "keys.read"
        newer = root.keys.rotate(made.made.id, overlap=60.0)
        assert newer.made.replaces == made.made.id
        assert made.key.split("_", 2)[2] not in str(root.keys.all())
        root.keys.revoke(newer.made.id)
        for name, role in (("schedule:x", "viewer"), ("local", "viewer"), ("nora", "nobody"), ("", "viewer")):
            with pytest.raises(InvalidParameters):
                root.keys.create(name, role)
        with pytest.raises(InvalidParameters):
            root.keys.create("nora", "viewer", scope=Scope(target="role="))


@pytest.mark.parametrize("target", ["role!=laef", "role=[leaf,laef]", "role=laef", "leaf1,laef2", "@laef"])
def test_a_keys_target_is_checked_as_that_of_a_run(fresh: Service, target: str) -> None:
    with Client(fresh.url, fresh.key) as root:
        before = len(root.keys.all())
        with pytest.raises((InvalidParameters, Refused), match="laef"):
            root.keys.create("nora", "viewer", scope=Scope(target=target))
        ring = ring_of(fresh.netpulse.settings, fresh.netpulse.ledger)  # of whoever holds the folder
        with pytest.raises((InvalidParameters, Refused), match="laef"):
            ring.create("nora", "viewer", LOCAL, scope=Scope(target=target))
        made = ring.create("nora", "viewer", LOCAL, scope=Scope(target="role!=leaf"))
        assert [key.id for key in root.keys.all()][:-before] == [made.made.id]


def test_an_alternative_of_a_keys_target_that_lost_its_last_device_takes_no_other(fresh: Service) -> None:
    with holder(fresh, "nora", "viewer", Scope(target="role=[leaf,border]")) as http:
        assert [device["name"] for device in http.get("/v1/devices").json()["devices"]] == ["leaf1", "leaf2"]
    with holder(fresh, "otto", "viewer", Scope(target="role!=border")) as http:
        assert http.get("/v1/devices").json() == {"devices": []}
