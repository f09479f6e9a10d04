"""The worked sequences through the real service: HTTP, both engines, its clock set."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.ops.imports import Task, import_file
from tests.kit import Service

CASES = json.loads((Path(__file__).parent.parent / "cases" / "live.json").read_text())["cases"]
INSIDE = ("do", "exemptions", "employment")
OUTSIDE = [c for c in CASES if not any(key in step for step in c["steps"] for key in INSIDE)]


@pytest.mark.parametrize("case", OUTSIDE, ids=lambda case: case["id"])
def test_live_case_through_the_service(service: Service, case: dict[str, Any]) -> None:
    service.set_day(case["live_from"])
    employer = service.employer(release=case["release"], preset=None)
    employer.rule(case["rule"])
    told = 0
    for step, expected in zip(case["steps"], case["expect"], strict=True):
        service.set_day(step["today"])
        take_in(employer, step)
        service.tick()
        # The cases know nothing of deadlines, which time brings beside reconciliation.
        messages = [kind for kind in employer.messages() if kind != "referral.overdue"]
        assert {"flags": shown(employer), "messages": sorted(messages[told:])} == expected
        told = len(messages)


def take_in(employer: Any, step: dict[str, Any]) -> None:
    events = step.get("events", [])
    if "history_through" in step:
        through = date.fromisoformat(step["history_through"])
        lines = "\n".join(json.dumps(event) for event in events).encode()
        task = Task("ndjson", history_through=through)
        report = import_file(employer.service.ctx, employer.tenant_id, io.BytesIO(lines), task)
        assert report.counts["invalid"] == 0
    elif events:
        answers = employer.ok("POST", "/v1/events/batch", events)
        assert {answer["status"] for answer in answers} <= {"created", "duplicate"}


def shown(employer: Any) -> list[dict[str, Any]]:
    referrals = {r["id"]: r["state"] for r in employer.items("/v1/referrals")}
    return [
        {
            "on": flag["on"],
            "state": flag["state"],
            "referral": None
            if flag["state"] == "inhibited"
            else referrals.get(flag["referral_id"]),
        }
        for flag in employer.items("/v1/flags")
    ]
