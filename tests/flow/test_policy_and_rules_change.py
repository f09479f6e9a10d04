"""The employer changes its mind: another policy, a rule put in force later, a second rule."""

from datetime import date, timedelta
from typing import Any

from tests.kit import FIVE, Employer, Service, event

TODAY = FIVE[-1]
EPISODES = {"measure": "episodes", "window": {"months": 12}, "op": "at_least"}
WEEKLY = [(date(2026, 1, 7) + timedelta(weeks=n)).isoformat() for n in range(7)]
"""Seven Wednesdays, the last on 18 February: one episode at most gaps of six days, else seven."""


def rule(name: str, value: int, **more: Any) -> dict[str, Any]:
    return {"id": name, "when": EPISODES | {"value": value}, "action": "refer"} | more


def flags(employer: Employer) -> list[tuple[str, str, str]]:
    """Rule, day and state of every flag, in the order raised."""
    return [(f["rule"], f["on"], f["state"]) for f in employer.items("/v1/flags")]


def standing(employer: Employer) -> list[str]:
    """The trigger days of those above the limit of the only rule."""
    [only] = employer.items("/v1/rules")
    return [entry["on"] for entry in employer.items(f"/v1/rules/{only['id']}/standing")]


def change(employer: Employer, **policy: Any) -> Any:
    """Change the policy and let the service look again."""
    answer = employer.ok("PATCH", "/v1/tenant", {"policy": policy})
    employer.service.tick()
    return answer


def test_a_policy_that_sees_more_lists_the_past_and_acts_from_the_next_report(
    service: Service,
) -> None:
    service.set_day("2026-01-07")
    employer = service.employer(policy={"merge_gap_days": 6})
    employer.batch(*map(event, WEEKLY[:1]))
    service.set_day(TODAY)
    employer.batch(*map(event, WEEKLY[1:]))
    assert (flags(employer), standing(employer)) == ([], [])
    change(employer, merge_gap_days=0)
    assert (flags(employer), employer.messages()) == ([], [])
    assert standing(employer) == [WEEKLY[-1]]
    employer.post(event(TODAY))
    assert flags(employer) == [("orust", TODAY, "released")]
    assert standing(employer) == []


def test_a_policy_that_sees_less_withdraws_what_it_no_longer_supports(service: Service) -> None:
    employer = service.employer(release="manual", live_from="2026-02-01")
    employer.batch(*map(event, WEEKLY))
    assert flags(employer) == [("orust", WEEKLY[4], "open")]
    change(employer, merge_gap_days=6)
    assert flags(employer) == [("orust", WEEKLY[4], "withdrawn")]
    assert employer.messages() == ["flag.raised", "flag.withdrawn"]
    change(employer, merge_gap_days=0)
    assert flags(employer) == [("orust", WEEKLY[4], "withdrawn")]
    assert employer.messages() == ["flag.raised", "flag.withdrawn"]


def test_the_referral_goes_with_a_flag_that_the_new_policy_does_not_support(
    service: Service,
) -> None:
    employer = service.employer()
    employer.batch(*map(event, FIVE))
    window = {"first_day": "2026-01-01", "last_day": "2026-01-31"}
    change(employer, exclusion_windows=[window])
    assert flags(employer) == [("orust", TODAY, "withdrawn")]
    assert [r["state"] for r in employer.items("/v1/referrals")] == ["withdrawn"]
    assert employer.messages()[2:] == ["flag.withdrawn", "referral.withdrawn"]


def test_a_policy_that_sees_the_same_changes_and_tells_nothing(service: Service) -> None:
    employer = service.employer()
    employer.batch(*map(event, FIVE))
    before = employer.items("/v1/flags"), employer.messages()
    change(employer, merge_gap_days=2, min_extent=50, holidays=["2026-03-03"])
    assert (employer.items("/v1/flags"), employer.messages()) == before


def test_half_days_count_or_do_not_as_the_policy_says(service: Service) -> None:
    employer = service.employer(policy={"min_extent": 100})
    employer.batch(*(event(day, extent=50) for day in FIVE[:4]), event(TODAY))
    assert flags(employer) == []
    change(employer, min_extent=50)
    assert flags(employer) == [("orust", TODAY, "released")]


def test_a_change_made_to_an_old_version_of_the_settings_is_refused(service: Service) -> None:
    employer = service.employer()
    seen = employer("GET", "/v1/tenant").headers["etag"]
    body = {"policy": {"short_max_days": 7}}
    changed = employer("PATCH", "/v1/tenant", body, headers={"If-Match": seen})
    assert (changed.status_code, changed.json()["policy"]["short_max_days"]) == (200, 7)
    assert changed.headers["etag"] != seen
    stale = {"headers": {"If-Match": seen}}
    refused = employer.refused(412, "PATCH", "/v1/tenant", {"policy": {"min_extent": 9}}, **stale)
    assert refused["code"] == "stale_write"
    now = employer("GET", "/v1/tenant")
    assert now.headers["etag"] == changed.headers["etag"]
    assert (now.json()["policy"]["min_extent"], now.json()["policy"]["short_max_days"]) == (1, 7)


def test_automatic_release_is_not_chosen_without_the_decision_behind_it(service: Service) -> None:
    employer = service.employer(release="manual")
    refused = employer.refused(422, "PATCH", "/v1/tenant", {"release": "automatic"})
    assert refused["errors"][0]["code"] == "decision_reference_required"
    assert employer.ok("GET", "/v1/tenant")["release"] == "manual"
    employer.batch(*map(event, FIVE[:4]))
    employer.ok("PATCH", "/v1/tenant", {"release": "automatic", "decision_reference": "KS 9"})
    employer.post(event(TODAY))
    [referral] = employer.items("/v1/referrals")
    assert referral["decision_reference"] == "KS 9"


def test_release_made_automatic_leaves_open_flags_to_people(service: Service) -> None:
    employer = service.employer(release="manual")
    employer.batch(*map(event, FIVE))
    employer.ok("PATCH", "/v1/tenant", {"release": "automatic", "decision_reference": "KS 9"})
    service.tick()
    employer.post(event(TODAY, id="again"))
    assert flags(employer) == [("orust", TODAY, "open")]
    assert employer.messages() == ["flag.raised"]


def test_another_time_zone_gives_another_date(service: Service) -> None:
    service.clock.set(service.clock.now().replace(hour=23, minute=30))
    employer = service.employer()
    assert employer.ok("PATCH", "/v1/tenant", {"time_zone": "America/New_York"})
    employer.batch(*map(event, FIVE[:4]), event("2026-03-03", occurred_on=TODAY))
    assert flags(employer) == []
    employer.ok("PATCH", "/v1/tenant", {"time_zone": "Europe/Stockholm"})
    service.tick()
    assert flags(employer) == [("orust", "2026-03-03", "released")]


def test_a_rule_put_in_force_today_leaves_the_past_alone(service: Service) -> None:
    employer = service.employer(preset=None)
    employer.batch(*map(event, FIVE[:4]), event("2026-02-20"))
    employer.rule(rule("five", 5))
    service.tick()
    assert (flags(employer), employer.messages()) == ([], [])
    assert standing(employer) == ["2026-02-20"]


def test_a_rule_put_in_force_from_an_earlier_day_acts_on_what_came_since(service: Service) -> None:
    employer = service.employer(preset=None)
    employer.batch(*map(event, FIVE[:4]), event("2026-02-20"))
    employer.rule(rule("five", 5), live_from="2026-02-20")
    assert flags(employer) == []
    service.tick()
    assert flags(employer) == [("five", "2026-02-20", "released")]
    assert service.tick() == 0


def test_a_rule_may_not_reach_further_back_than_it_may_act(service: Service) -> None:
    employer = service.employer(preset=None)
    made = employer.ok("POST", "/v1/rules", rule("five", 5, max_age_days=10))
    path = f"/v1/rules/{made['id']}/activate"
    body = {"version": 1, "live_from": "2026-02-19"}
    refused = employer.refused(422, "POST", path, body)
    assert refused["errors"][0] | {"detail": ""} == {
        "pointer": "#/live_from",
        "code": "too_early",
        "detail": "",
    }
    assert employer.ok("GET", f"/v1/rules/{made['id']}")["state"] == "draft"
    assert employer.ok("POST", path, body | {"live_from": "2026-02-20"})["state"] == "active"


def test_a_rule_in_force_from_a_day_to_come_waits_for_it(service: Service) -> None:
    employer = service.employer(preset=None)
    employer.batch(*map(event, FIVE[:4]))
    employer.rule(rule("five", 5), live_from="2026-03-09")
    employer.post(event(TODAY))
    assert flags(employer) == []
    service.set_day("2026-03-09")
    employer.post(event("2026-03-09"))
    assert flags(employer) == [("five", "2026-03-09", "released")]


def test_a_rule_that_is_not_in_force_does_nothing(service: Service) -> None:
    employer = service.employer(preset=None)
    made = employer.ok("POST", "/v1/rules", rule("five", 5))
    employer.batch(*map(event, FIVE))
    service.tick()
    assert flags(employer) == []
    employer.refused(404, "GET", f"/v1/rules/{made['id']}/standing")


def test_a_second_rule_raises_its_own_flag_on_the_open_referral(service: Service) -> None:
    employer = service.employer()
    employer.rule(rule("six", 6))
    employer.rule(rule("talk-at-three", 3, action="notify"))
    employer.batch(*map(event, FIVE))
    service.set_day("2026-03-09")
    [answer] = employer.post(event("2026-03-09"))
    assert len(answer["flags"]) == 1
    assert flags(employer) == [
        ("orust", TODAY, "released"),
        ("talk-at-three", TODAY, "open"),
        ("six", "2026-03-09", "inhibited"),
    ]
    [referral] = employer.items("/v1/referrals")
    assert len(referral["flags"]) == 2
    assert employer.messages().count("referral.requested") == 1


def test_a_correction_that_moves_the_fifth_day_moves_the_flag(service: Service) -> None:
    employer = service.employer()
    employer.batch(*map(event, FIVE[:4]), event("2026-03-02", last_day="2026-03-04"))
    [before] = employer.items("/v1/flags")
    service.set_day("2026-03-05")
    moved = {"first_day": "2026-03-03", "occurred_on": "2026-03-05"}
    change = event("2026-03-02", type="absence.changed", **moved, last_day=...)
    [answer] = employer.post(change)
    [after] = employer.items("/v1/flags")
    assert answer["flags"] == [before["id"]] == [after["id"]]
    assert (before["on"], after["on"]) == ("2026-03-02", "2026-03-03")
    assert (after["state"], after["referral_id"]) == ("released", before["referral_id"])
    assert employer.messages() == ["flag.raised", "referral.requested", "flag.updated"]
    employer.post(change | {"id": "once-more"})
    assert employer.messages() == ["flag.raised", "referral.requested", "flag.updated"]


def test_an_earlier_absence_that_arrives_late_moves_the_flag_back(service: Service) -> None:
    employer = service.employer(live_from="2026-01-05")
    employer.batch(*map(event, FIVE))
    [before] = employer.items("/v1/flags")
    employer.post(event("2025-12-01"), event(FIVE[-1], id="changes-nothing"))
    cancelled = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}
    employer.post(event(TODAY, **cancelled))
    [after] = employer.items("/v1/flags")
    assert (before["on"], after["on"]) == (TODAY, "2026-01-12")
    assert after["id"] == before["id"]
    assert after["state"] == "released"
    assert [r["state"] for r in employer.items("/v1/referrals")] == ["requested"]
