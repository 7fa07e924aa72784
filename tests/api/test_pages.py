"""Pages of lists: a full one that is the last says that none follows."""

from __future__ import annotations

import pytest

from tests.api.service import Service


@pytest.mark.parametrize(("path", "kind"), [("/v1/webhooks/deliveries", "deliveries"), ("/v1/audit", "records")])
def test_a_last_page_that_is_full_names_no_other(fresh: Service, path: str, kind: str) -> None:
    for _ in range(3):
        fresh.netpulse.ledger.deliveries.test("pager", "ada")
    with fresh.http() as http:
        total = len(http.get(path).json()[kind])
        assert total >= 3
        full = http.get(path, params={"limit": total}).json()
        assert (len(full[kind]), full["next"]) == (total, None)
        first = http.get(path, params={"limit": total - 1}).json()
        rest = http.get(path, params={"limit": total - 1, "before": first["next"]}).json()
        assert first[kind] + rest[kind] == full[kind]
        assert rest["next"] is None
