"""What a review found, each finding held by a test of its own name."""

import io
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Policy
from app.absences.tables import Employee as EmployeeRow
from app.delivery.send import Sender
from app.delivery.tables import Endpoint
from app.ops.imports import NotHistory, Task, import_file
from app.rules.document import Leaf
from app.rules.measures import evidence, measure
from tests.kit import FIVE, Employer, Service, event, settings_for
from tests.process import Running, Site
from tests.receiver import HANG, Receiver, Reply

TODAY = FIVE[-1]
PAST = (*FIVE[:4], "2026-02-20")
"""Above the limit before the rule was put in force: listed, not flagged."""
REARMED_S = 2
"""Longer than the tests' retry schedule with its jitter."""


# Deliveries


def ping(employer: Employer, endpoint: dict[str, Any]) -> str:
    """Put a ping on its way; answers the message's id, as the receiver sees it."""
    made = employer.ok("POST", f"/v1/webhook-endpoints/{endpoint['id']}/test")
    delivery = employer.ok("GET", f"/v1/deliveries/{made['delivery_id']}")
    return str(delivery["message_id"])


def received(receiver: Receiver, endpoint: dict[str, Any]) -> list[str]:
    """The messages that came in for an endpoint, by id."""
    return [
        request.headers["webhook-id"]
        for request in receiver.requests
        if json.loads(request.body)["data"]["endpoint_id"] == endpoint["id"]
    ]


def not_before(service: Service, endpoint: dict[str, Any]) -> datetime | None:
    wanted = select(Endpoint.not_before).where(Endpoint.endpoint_id == endpoint["id"])
    with service.ctx.database.read() as conn:
        return conn.execute(wanted).scalar_one()


def send_all(sender: Sender) -> None:
    """Send until nothing is due at the clock's present time."""
    while sender.start_due():
        sender.drain()


@pytest.mark.parametrize("threads", [1, 2])
def test_backlogs_of_receivers_that_hang_keep_no_healthy_endpoint_waiting(
    service: Service, threads: int
) -> None:
    """Regression: hanging receivers' backlogs, due first, took every thread again and again."""
    quick = {"delivery_threads": threads, "delivery_deadline_s": 1.0}
    settings = settings_for(service.settings.database_url, **quick)
    with Receiver(HANG) as hanging, Receiver() as healthy:
        employer = service.employer()
        held = [employer.endpoint(hanging.url) for _ in range(threads)]
        other = employer.endpoint(healthy.url)
        backlog = {one["id"]: [ping(employer, one) for _ in range(4)] for one in held}
        message = ping(employer, other)
        sender = Sender(settings, service.ctx.database, service.clock, service.ctx.keys)

        # The hanging ones are older and first in turn; after one attempt each they stand aside.
        assert sender.start_due() == threads
        sender.drain()
        assert sender.start_due() == 1
        sender.drain()
        assert received(healthy, other) == [message]
        assert sender.start_due() == 0
        for one in held:
            assert received(hanging, one) == backlog[one["id"]][:1]
            left_alone = not_before(service, one)
            assert left_alone is not None
            assert left_alone > service.clock.now()
        assert not_before(service, other) is None

        # Then each is tried again, by its first message, and stands aside once more.
        service.pass_time(REARMED_S)
        send_all(sender)
        for one in held:
            assert received(hanging, one) == backlog[one["id"]][:1] * 2

        # Once it answers, everything goes out in order.
        hanging.default = Reply()
        send_all(sender)
        assert len(hanging.requests) == 2 * threads
        service.pass_time(REARMED_S)
        send_all(sender)
        for one in held:
            first, *rest = backlog[one["id"]]
            assert received(hanging, one) == [first, first, first, *rest]
            assert not_before(service, one) is None
        sender.close()
    assert {d["state"] for d in employer.items("/v1/deliveries")} == {"delivered"}


# Who stands above a limit


def rule_path(employer: Employer) -> str:
    [rule] = employer.items("/v1/rules")
    return f"/v1/rules/{rule['id']}/standing"


def standing(employer: Employer) -> list[str]:
    return [entry["employee_id"] for entry in employer.items(rule_path(employer))]


def flag_standing(employer: Employer, *employee_ids: str) -> list[str]:
    asked = {"employee_ids": list(employee_ids), "decided_by": "HR 7"}
    flags: list[str] = employer.ok("POST", f"{rule_path(employer)}/flag", asked)["flags"]
    return flags


def above(employer: Employer, number: str = "1001") -> str:
    """An employee above the limit whose triggers are history; answers the id."""
    said = [event(day, employee=number, id=f"{number}/{day}") for day in PAST]
    answers = employer.batch(*said)
    assert employer.items("/v1/flags") == []
    return str(answers[0]["employee_id"])


def test_a_former_employee_is_neither_listed_nor_flagged_by_hand(service: Service) -> None:
    """Regression: somebody whose employment was over stood in the list and could be flagged."""
    employer = service.employer()
    former, present = above(employer, "1001"), above(employer, "1002")
    assert standing(employer) == [former, present]
    over = [{"first_day": "2020-01-01", "last_day": "2026-03-01"}]
    employer.ok("PUT", "/v1/employees", {"employee": "1001", "employment": over})
    assert standing(employer) == [present]
    assert flag_standing(employer, former) == []
    assert (employer.items("/v1/flags"), employer.messages()) == ([], [])
    assert len(flag_standing(employer, former, present)) == 1
    [flag] = employer.items("/v1/flags")
    assert flag["employee_id"] == present


def test_an_employee_is_listed_on_the_last_day_of_employment(service: Service) -> None:
    """Regression: that former employees are left out leaves nobody out who is still employed."""
    employer = service.employer()
    employee_id = above(employer)
    ending = [{"first_day": "2020-01-01", "last_day": TODAY}]
    employer.ok("PUT", "/v1/employees", {"employee": "1001", "employment": ending})
    assert standing(employer) == [employee_id]
    service.set_day("2026-03-03")
    assert standing(employer) == []


def test_flagging_an_exempt_employee_by_hand_suppresses_one_flag_and_no_more(
    service: Service,
) -> None:
    """Regression: each repeat made another suppressed flag of an exempt employee, still listed."""
    employer = service.employer()
    employee_id = above(employer)
    exemption = {"first_day": "2026-01-01", "reason": "high_risk_protection"}
    path = f"/v1/employees/{employee_id}/exemptions"
    employer.ok("PUT", path, {"exemptions": [exemption]})
    assert standing(employer) == [employee_id]
    flag_standing(employer, employee_id)
    [flag] = employer.items("/v1/flags")
    assert (flag["state"], flag["on"]) == ("suppressed", PAST[-1])
    assert flag["reason"] == "high_risk_protection"
    assert standing(employer) == []
    assert flag_standing(employer, employee_id) == []
    service.tick()
    assert employer.items("/v1/flags") == [flag]
    assert (employer.items("/v1/referrals"), employer.messages()) == ([], [])

    # Without the exemption the flag makes room, and a person may decide again.
    employer.ok("PUT", path, {"exemptions": []})
    assert standing(employer) == [employee_id]


# What the employer may know of a referral


def test_the_employer_learns_nothing_of_a_secret_state_by_asking_for_it(service: Service) -> None:
    """Regression: a page of hidden states had a next_cursor where that state was the true one."""
    employer = service.employer()
    provider_id = employer.provider()
    for number in ("1001", "1002"):
        employer.batch(*(event(day, employee=number, id=f"{number}/{day}") for day in FIVE))
    provider = employer.key_for("provider", provider=provider_id)
    referrals = [one["id"] for one in provider.items("/v1/referrals?state=requested")]
    assert len(referrals) == 2
    for referral_id in referrals:
        provider.ok("POST", f"/v1/referrals/{referral_id}/accept", {})
    nothing: dict[str, Any] = {"items": [], "next_cursor": None}
    for state in ("accepted", "booked", "talk_held", "requested"):
        assert employer.ok("GET", f"/v1/referrals?state={state}&limit=1") == nothing
    first = employer.ok("GET", "/v1/referrals?state=in_progress&limit=1")
    rest = f"/v1/referrals?state=in_progress&limit=1&cursor={first['next_cursor']}"
    second = employer.ok("GET", rest)
    shown = [*first["items"], *second["items"]]
    assert [one["id"] for one in shown] == referrals
    assert {one["state"] for one in shown} == {"in_progress"}
    assert second["next_cursor"] is None
    accepted = provider.items("/v1/referrals?state=accepted")
    assert [one["id"] for one in accepted] == referrals
    assert provider.ok("GET", "/v1/referrals?state=in_progress&limit=1") == nothing


# Imports and keys


def as_file(days: Sequence[str], **more: Any) -> bytes:
    return "\n".join(json.dumps(event(day, **more)) for day in days).encode()


def silenced(service: Service) -> list[date | None]:
    """Through which day each stored employee's triggers are silent."""
    with service.ctx.database.read() as conn:
        return list(conn.scalars(select(EmployeeRow.silent_through)))


def imports(service: Service) -> int:
    with service.ctx.database.read() as conn:
        return int(conn.execute(text("SELECT count(*) FROM imports")).scalar_one())


def test_an_import_may_not_declare_days_to_come_history(service: Service) -> None:
    """Regression: a history_through ahead silenced employees for days that had not come yet."""
    employer = service.employer()
    employer.batch(*map(event, FIVE[:3]))
    file = as_file(FIVE[3:4])
    for ahead in (date(2026, 3, 3), date(2062, 3, 2)):
        task = Task("ndjson", None, ahead)
        with pytest.raises(NotHistory):
            import_file(service.ctx, employer.tenant_id, io.BytesIO(file), task)
    assert (silenced(service), imports(service)) == ([None], 0)
    today = Task("ndjson", None, date(2026, 3, 2))
    other = as_file(FIVE[:1], employee="1002")
    assert import_file(service.ctx, employer.tenant_id, io.BytesIO(other), today).counts["rows"]
    assert sorted(map(str, silenced(service))) == [TODAY, "None"]
    employer.batch(*map(event, FIVE[3:]))
    assert [flag["on"] for flag in employer.items("/v1/flags")] == [TODAY]


def ended(running: Running) -> tuple[int, str]:
    """The exit code of a command, and what it said on standard error."""
    return running.wait(60), running.errors


def test_the_command_line_refuses_days_to_come_as_history(service: Service, tmp_path: Path) -> None:
    """Regression: `import --history-through` took a day ahead and silenced whom the file named."""
    today = service.set_now()
    employer = service.employer()
    employer.batch(event(today.isoformat()))
    file = tmp_path / "history.ndjson"
    file.write_bytes(as_file([today.isoformat()], employee="1002"))
    named = ["--tenant", employer.tenant_id, "--format", "ndjson"]
    ahead = (today + timedelta(days=2)).isoformat()
    with Site(service.settings.database_url, tmp_path) as site:
        running = site.start("import", str(file), *named, "--history-through", ahead)
        code, said = ended(running)
    assert (code, said.startswith("not_history: ")) == (2, True), said
    assert (silenced(service), imports(service)) == ([None], 0)


def test_the_command_line_makes_no_key_of_a_provider_with_further_scopes(
    service: Service, tmp_path: Path
) -> None:
    """Regression: `key create` gave provider keys scopes for what is not addressed to them."""
    service.set_now()
    employer = service.employer()
    provider_id = employer.provider()
    before = employer.items("/v1/api-keys")
    create = ["key", "create", "--tenant", employer.tenant_id, "--scopes"]
    own = [*create, "provider", "--provider", provider_id]
    with Site(service.settings.database_url, tmp_path) as site:
        for wrong in (
            [*create, "provider,admin", "--provider", provider_id],
            [*create, "events:write", "--provider", provider_id],
            [*create, "provider,events:write"],
        ):
            code, said = ended(site.start(*wrong))
            assert (code, "stands alone" in said) == (2, True), said
        assert employer.items("/v1/api-keys") == before
        assert site.cli(*own)["api_key"]
    added = [key for key in employer.items("/v1/api-keys") if key not in before]
    assert [(key["scopes"], key["provider_id"]) for key in added] == [(["provider"], provider_id)]


# Contradictions


def numbers(employer: Employer) -> list[str]:
    found = employer.ok("POST", "/v1/employees/search", {"limit": 200})["items"]
    return sorted(one["employee"] for one in found)


def statuses(answers: Sequence[dict[str, Any]]) -> list[str]:
    return [answer["status"] for answer in answers]


def test_a_contradiction_leaves_no_employee_behind(service: Service) -> None:
    """Regression: an event refused as a conflict had created the employee that it named."""
    employer = service.employer()
    first = event(TODAY, id="said")
    assert statuses(employer.batch(first)) == ["created"]
    assert statuses(employer.batch(first | {"employee": "1002"})) == ["conflict"]
    refused = employer.refused(409, "POST", "/v1/events", first | {"employee": "1003"})
    assert refused["code"] == "event_conflict"
    assert numbers(employer) == ["1001"]


@pytest.mark.parametrize("beside", [0, 1], ids=["alone", "beside-a-good-row"])
def test_a_contradiction_in_a_file_leaves_no_employee_behind(service: Service, beside: int) -> None:
    """Regression: a file's row refused as a conflict had created the employee that it named."""
    employer = service.employer()
    first = event(TODAY, id="said")
    employer.batch(first)
    rows = [first | {"employee": "1002"}, event(TODAY, employee="1003")][: 1 + beside]
    file = io.BytesIO("\n".join(map(json.dumps, rows)).encode())
    report = import_file(service.ctx, employer.tenant_id, file, Task("ndjson"))
    assert (report.counts["conflict"], report.counts["employees"]) == (1, beside)
    assert report.errors == [{"row": 1, "codes": ["event_conflict"]}]
    assert numbers(employer) == ["1001", "1003"][: 1 + beside]


def test_a_contradiction_within_one_batch_leaves_no_employee_behind(service: Service) -> None:
    """Regression: of two contradicting events in one batch, both employees were created."""
    employer = service.employer()
    first = event(TODAY, id="said")
    other = event(TODAY, employee="1003")
    answers = employer.batch(first, first | {"employee": "1002"}, other, first)
    assert statuses(answers) == ["created", "conflict", "created", "duplicate"]
    assert numbers(employer) == ["1001", "1003"]
    assert answers[0]["employee_id"] == answers[3]["employee_id"]
    assert employer.post(event(TODAY, employee="1002"))[0]["status"] == "created"
    assert numbers(employer) == ["1001", "1002", "1003"]


# Objections


def only_flag(employer: Employer) -> Any:
    [flag] = employer.items("/v1/flags")
    return employer.ok("GET", f"/v1/flags/{flag['id']}")


def test_an_objection_to_a_flag_that_only_notifies_is_refused(service: Service) -> None:
    """Regression: an objection dismissed a flag of a rule that refers nobody."""
    employer = service.employer(release="manual", preset="early-3-183")
    employer.batch(*map(event, FIVE[-3:]))
    before = only_flag(employer)
    path = f"/v1/flags/{before['id']}"
    refused = employer.refused(409, "POST", f"{path}/object", {"decided_by": "HR 7"})
    assert (refused["code"], refused["allowed"]) == ("invalid_transition", ["handle", "dismiss"])
    assert only_flag(employer) == before
    handled = {"decided_by": "Manager 12", "handled_on": TODAY, "outcome": "talk_held"}
    employer.ok("POST", f"{path}/handle", handled)
    refused = employer.refused(409, "POST", f"{path}/object", {"decided_by": "HR 7"})
    assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])


def test_an_objection_to_a_referral_withdrawn_otherwise_changes_nothing(service: Service) -> None:
    """Regression: an objection after a withdrawal for another reason changed the flag."""
    employer = service.employer()
    employer.batch(*map(event, FIVE))
    [referral] = employer.items("/v1/referrals")
    path = f"/v1/referrals/{referral['id']}"
    employer.ok("POST", f"{path}/withdraw", {"decided_by": "HR 7", "reason": "no_longer_needed"})
    flag, withdrawn = only_flag(employer), employer.ok("GET", path)
    told = employer.messages()
    assert (flag["state"], withdrawn["state"]) == ("released", "withdrawn")
    answer = employer("POST", f"/v1/flags/{flag['id']}/object", {"decided_by": "HR 8"})
    assert (answer.status_code, answer.json()) == (200, flag)
    assert (only_flag(employer), employer.ok("GET", path)) == (flag, withdrawn)
    assert employer.messages() == told


# Evaluations


def test_what_is_not_counted_is_no_evidence_of_an_episode_it_overlaps(service: Service) -> None:
    """Regression: a work injury stood among the events of a counted episode that it overlaps."""
    employer = service.employer()
    ill = event("2026-02-25", id="ill", last_day="2026-02-26")
    hurt = event("2026-02-24", id="hurt", last_day="2026-02-27", kind="work_injury")
    [answer, _] = employer.batch(ill, hurt)
    path = f"/v1/employees/{answer['employee_id']}/evaluation"
    found = employer.ok("GET", path)
    [comparison] = found["rules"][0]["trace"]["comparisons"]
    [episode] = comparison["counted"]
    assert (episode["first_day"], episode["last_day"]) == ("2026-02-25", "2026-02-26")
    assert episode["events"] == [{"source": "hr", "id": "ill"}]
    [left_out] = found["not_counted"]
    assert (left_out["absence"], left_out["reason"]) == (hurt["absence"], "other_kind")
    assert left_out["events"] == [{"source": "hr", "id": "hurt"}]

    # Where the policy counts work injuries, it is evidence like any other.
    employer.ok("PATCH", "/v1/tenant", {"policy": {"counted_kinds": ["sickness", "work_injury"]}})
    found = employer.ok("GET", path)
    [episode] = found["rules"][0]["trace"]["comparisons"][0]["counted"]
    assert {one["id"] for one in episode["events"]} == {"ill", "hurt"}
    assert found["not_counted"] == []


# Employees and policy


def test_an_employee_named_twice_in_one_call_is_refused_whole(service: Service) -> None:
    """Regression: of an employee named twice in one PUT, all but the last was dropped unsaid."""
    employer = service.employer()
    twice = [
        {"employee": "1001", "unit": "norr"},
        {"employee": "1002"},
        {"employee": "1001", "unit": "syd"},
    ]
    refused = employer.refused(422, "PUT", "/v1/employees", twice)
    assert [error["code"] for error in refused["errors"]] == ["duplicate_employee"]
    assert numbers(employer) == []
    employer.ok("PUT", "/v1/employees", twice[:2])
    assert numbers(employer) == ["1001", "1002"]


LISTS: dict[str, list[Any]] = {
    "counted_kinds": ["sickness", "work_injury"],
    "holidays": ["2025-06-20", "2025-12-31"],
    "exclusion_windows": [
        {"first_day": "2024-03-01", "last_day": "2024-03-31"},
        {"first_day": "2024-11-01", "last_day": "2024-11-30"},
    ],
}


def live_from(employer: Employer) -> str:
    [rule] = employer.items("/v1/rules")
    return str(rule["live_from"])


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_a_policy_in_another_order_changes_nothing(service: Service, name: str) -> None:
    """Regression: a policy's list sent in another order was taken for another policy."""
    service.set_day("2026-02-01")
    employer = service.employer(policy={name: LISTS[name]})
    service.set_day(TODAY)
    employer.ok("PATCH", "/v1/tenant", {"policy": {name: LISTS[name][::-1]}})
    assert live_from(employer) == "2026-02-01"
    employer.batch(*map(event, PAST))
    assert [flag["on"] for flag in employer.items("/v1/flags")] == [PAST[-1]]


def test_a_change_beside_the_policy_is_no_change_of_policy(service: Service) -> None:
    """Regression: with an exclusion window stored, any change was taken for another policy."""
    service.set_day("2026-02-01")
    employer = service.employer(policy=LISTS)
    service.set_day(TODAY)
    employer.ok("PATCH", "/v1/tenant", {"decision_reference": "KS 9"})
    assert live_from(employer) == "2026-02-01"


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_a_policy_with_other_members_is_another_policy(
    service: Service, name: str
) -> None:
    """Regression: that order does not matter does not hide a change of what is listed."""
    service.set_day("2026-02-01")
    employer = service.employer(policy=LISTS)
    service.set_day(TODAY)
    employer.ok("PATCH", "/v1/tenant", {"policy": {name: LISTS[name][:1]}})
    assert live_from(employer) == TODAY


def test_a_policy_that_counts_no_kind_is_refused(service: Service) -> None:
    """Regression: a policy could name no counted kind at all, and every rule fell silent."""
    employer = service.employer()
    before = employer.ok("GET", "/v1/tenant")
    refused = employer.refused(422, "PATCH", "/v1/tenant", {"policy": {"counted_kinds": []}})
    assert [error["pointer"] for error in refused["errors"]] == ["#/policy/counted_kinds"]
    assert employer.ok("GET", "/v1/tenant") == before


# Absences of many years

SINCE_1990 = date(1990, 1, 1)
_ONGOING, _PERIOD = (
    Leaf.model_validate({"measure": name, "op": "at_least", "value": 1})
    for name in ("ongoing_days", "period_days")
)


def test_an_absence_going_on_since_1990_is_stored_and_judged(service: Service) -> None:
    """Regression: an ongoing absence of decades was judged in the square of its length."""
    employer = service.employer(preset="early-return")
    [answer] = employer.post(event(SINCE_1990.isoformat(), last_day=None, occurred_on=TODAY))
    assert (answer["status"], answer["flags"]) == ("created", [])
    found = employer.ok("GET", f"/v1/employees/{answer['employee_id']}/evaluation")
    days = (date.fromisoformat(TODAY) - SINCE_1990).days + 1
    values = [rule["trace"]["comparisons"][0]["value"] for rule in found["rules"]]
    assert values == [days] * 8
    assert all(len(rule["triggers"]) == 1 for rule in found["rules"])


def naive(sick: frozenset[int], day: int, gap: int) -> list[int]:
    """The sick days up to `day` that join with it, one by one, over at most `gap` healthy days."""
    found: list[int] = []
    healthy, looked = 0, day
    while day in sick and healthy <= gap:
        if looked in sick:
            found.append(looked)
            healthy = 0
        else:
            healthy += 1
        looked -= 1
    return found[::-1]


def test_ongoing_and_period_days_are_as_many_as_can_be_counted_one_by_one() -> None:
    """Regression: the measures of a long absence, made cheap, count what they counted before."""
    said = (
        Absence(SINCE_1990, date(2025, 12, 5)),
        Absence(date(2025, 12, 8), date(2025, 12, 8)),
        Absence(date(2025, 12, 13), date(2025, 12, 14)),
        Absence(date(2025, 12, 20), date(2025, 12, 20)),
        Absence(date(2025, 12, 22)),
    )
    today = date(2026, 1, 10)
    history = History(said, Policy(), (), as_of=today.toordinal())
    sick = frozenset(history.sick)
    days = [SINCE_1990 + timedelta(days=n) for n in (-1, 0, 1, 6, 7, 29, 364, 365, 9999)]
    days += [today - timedelta(days=n) for n in range(40)]
    for day in (one.toordinal() for one in days):
        for leaf, gap in ((_ONGOING, 0), (_PERIOD, 4)):
            counted = naive(sick, day, gap)
            assert measure(history, leaf, day) == len(counted)
            assert evidence(history, leaf, day) == counted
