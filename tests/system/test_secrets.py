"""Secrets are shown once, by the call that makes them, and are nowhere to be read afterwards."""

import io
import json

from tests.system.problems import longest_page
from tests.system.world import CALLS, ROUTES, World, rows_of


def test_of_keys_endpoints_and_feeds_are_shown_once_and_kept_sealed(
    busy_world: World, log: io.StringIO
):
    employer = busy_world.one.employer
    key = employer.ok("POST", "/v1/api-keys", {"name": "n", "scopes": ["admin"]})
    endpoint = employer.ok("POST", "/v1/webhook-endpoints", {"url": "https://fhv.example/in"})
    feed = employer.ok("POST", "/v1/calendar-feeds", {"series_id": busy_world.one.ids["series_id"]})
    secrets = [key["api_key"], key["api_key"][-43:], endpoint["secret"], endpoint["secret"][6:]]
    secrets += [feed["address"], feed["address"][-47:-4]]
    assert busy_world.service.client.get(feed["address"]).status_code == 200
    told = []
    for route in ROUTES:
        if route.method == "GET":
            call = CALLS[str(route)]
            answer = call.send(route, busy_world.one, params=longest_page(route))
            assert answer.status_code == 200
            told.append(answer.text)
    assert any(key["id"] in text for text in told)  # the control: they are listed
    assert any(endpoint["id"] in text for text in told)
    assert any(feed["id"] in text for text in told)
    kept = repr(rows_of(busy_world.service))
    for secret in secrets:
        assert not any(secret in text for text in told)
        assert secret not in kept
        assert secret not in log.getvalue()
        assert secret not in json.dumps(busy_world.service.app.openapi())
