"""Rules over time: versions and ladders, scope and validity, in force, in shadow and retired."""

from typing import Any

import pytest

from tests.kit import FIVE, Caller, Employer, Service, event

TODAY = FIVE[-1]
LATER = "2026-03-09"


def episodes(value: int, **more: Any) -> dict[str, Any]:
    asked = {"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": value}
    return asked | more


def rule(value: int, name: str = "often", **more: Any) -> dict[str, Any]:
    return {"id": name, "when": episodes(value), "action": "notify"} | more


def ladder(*values: int, **more: Any) -> dict[str, Any]:
    rungs = [{"when": episodes(value), "action": "notify"} for value in values]
    return {"id": "often", "rungs": rungs} | more


def flags(employer: Employer) -> list[tuple[str, int, int, str]]:
    """The day, version, rung and state of every flag, in the order raised."""
    listed = employer.items("/v1/flags")
    return [(f["on"], f["rule_version"], f["rung"], f["state"]) for f in listed]


def store(employer: Employer, document: Any) -> str:
    return f"/v1/rules/{employer.ok('POST', '/v1/rules', document)['id']}"


def change(employer: Employer, path: str, document: Any, **more: Any) -> int:
    """A further version, put in force."""
    number: int = employer.ok("POST", f"{path}/versions", document)["version"]
    employer.ok("POST", f"{path}/activate", {"version": number} | more)
    return number


def code_of(problem: Any) -> str:
    [one] = problem["errors"]
    return f"{one['pointer']} {one['code']}"


@pytest.fixture
def employer(service: Service) -> Employer:
    """One that decides by hand, with four episodes of 1001's."""
    made = service.employer(release="manual", preset=None)
    made.batch(*map(event, FIVE[:4]))
    return made


class TestLadder:
    def test_raises_on_each_of_its_rungs_and_names_it(self, employer: Employer):
        path = store(employer, ladder(4, 5, 9))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        employer.post(event(TODAY))
        assert flags(employer) == [(TODAY, 1, 1, "open"), (TODAY, 1, 2, "open")]
        [one, two] = employer.items("/v1/flags")
        assert (one["rule"], two["rule"]) == ("often", "often")
        shown = employer.ok("GET", f"/v1/employees/{one['employee_id']}/evaluation")
        assert [r["rule"] for r in shown["rules"]] == ["often-1", "often-2", "often-3"]
        assert employer.ok("GET", f"/v1/flags/{two['id']}")["trace"]["comparisons"][0]["limit"] == 5

    def test_asks_again_of_each_rung_by_itself(self, service: Service, employer: Employer):
        path = store(employer, ladder(4, 5))
        employer.ok("POST", f"{path}/activate", {"version": 1, "live_from": FIVE[3]})
        service.tick()
        assert flags(employer) == [(FIVE[3], 1, 1, "open")]
        employer.post(event(TODAY))
        assert flags(employer)[1:] == [(TODAY, 1, 2, "open")]

    def test_goes_on_where_a_single_rule_was(self, service: Service, employer: Employer):
        """Rungs are the same by their place: the flag of the rule counts for the first."""
        path = store(employer, rule(5))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        employer.post(event(TODAY))
        assert change(employer, path, ladder(4, 6)) == 2
        service.set_day(LATER)
        employer.post(event(LATER))
        assert flags(employer) == [(TODAY, 1, 1, "open"), (LATER, 2, 2, "open")]
        cancelled = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}
        employer.post(event(TODAY, occurred_on=LATER, **cancelled))
        assert flags(employer) == [(LATER, 1, 1, "open"), (LATER, 2, 2, "withdrawn")]

    def test_lists_who_stands_on_each_rung(self, employer: Employer):
        path = store(employer, ladder(3, 4, 5))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        standing = employer.items(f"{path}/standing")
        assert [(one["on"], one["rung"]) for one in standing] == [(FIVE[3], 1), (FIVE[3], 2)]
        body = {"employee_ids": [standing[0]["employee_id"]], "decided_by": "HR 7"}
        assert len(employer.ok("POST", f"{path}/standing/flag", body)["flags"]) == 2
        assert flags(employer) == [(FIVE[3], 1, 1, "open"), (FIVE[3], 1, 2, "open")]

    def test_keeps_others_from_the_names_of_its_rungs(self, employer: Employer):
        store(employer, ladder(4, 5))
        taken = employer.refused(409, "POST", "/v1/rules", rule(7, "often-1"))
        assert taken["code"] == "rule_exists"
        path = store(employer, rule(7, "seldom"))
        store(employer, rule(8, "seldom-2"))
        rungs = ladder(4, 5) | {"id": "seldom"}
        assert employer.refused(409, "POST", f"{path}/versions", rungs)["code"] == "rule_exists"


class TestVersion:
    def test_is_never_changed_and_keeps_its_number(self, employer: Employer):
        path = store(employer, rule(5))
        first = employer.ok("GET", f"{path}/versions/1")
        second = employer.ok("POST", f"{path}/versions", rule(6))
        assert (second["version"], second["state"]) == (2, "draft")
        assert employer.ok("GET", f"{path}/versions/1") == first
        hashes = [one["content_hash"] for one in employer.items(f"{path}/versions")]
        assert hashes == [second["content_hash"], first["content_hash"]]
        for number in ("0", "3", str(10**30)):
            employer.refused(404, "GET", f"{path}/versions/{number}")

    def test_of_another_rule_is_no_version_of_this(self, employer: Employer):
        path = store(employer, rule(5))
        refused = employer.refused(422, "POST", f"{path}/versions", rule(6, "other"))
        assert code_of(refused) == "#/id id_differs"

    def test_counts_the_flags_of_those_before_it(self, service: Service, employer: Employer):
        path = store(employer, rule(5))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        employer.post(event(TODAY))
        change(employer, path, rule(4))
        service.set_day(LATER)
        employer.post(event(LATER))
        assert flags(employer) == [(TODAY, 1, 1, "open")]
        service.set_day("2026-09-01")
        employer.post(*(event(day) for day in ("2026-07-06", "2026-09-01")))
        assert flags(employer)[1:] == [("2026-09-01", 2, 1, "open")]

    def test_in_force_says_by_whom_and_since_when(self, employer: Employer):
        path = store(employer, rule(5))
        assert employer.ok("GET", path)["activated_by"] is None
        employer.ok("POST", f"{path}/activate", {"version": 1})
        shown = employer.ok("GET", path)
        [key] = employer.items("/v1/api-keys")
        assert (shown["activated_by"], shown["live_from"]) == (key["id"], TODAY)

    def test_is_written_by_one_hand_at_a_time(self, employer: Employer):
        path = store(employer, rule(5))
        old = {"headers": {"If-Match": employer("GET", path).headers["etag"]}}
        moved = employer("POST", f"{path}/activate", {"version": 1}, **old)
        assert moved.headers["etag"] == employer("GET", path).headers["etag"]
        for call, body in (("versions", rule(6)), ("retire", None)):
            refused = employer.refused(412, "POST", f"{path}/{call}", body, **old)
            assert refused["code"] == "stale_write"
        body = {"version": 1, "live_from": TODAY}
        employer.refused(412, "POST", f"{path}/activate", body, **old)
        employer.ok("POST", f"{path}/activate", {"version": 1}, **old)  # as it is already


class TestRetired:
    def test_raises_nothing_and_leaves_what_it_raised_with_people(
        self, service: Service, employer: Employer
    ):
        path = store(employer, rule(5))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        employer.post(event(TODAY))
        assert employer.ok("POST", f"{path}/retire")["state"] == "retired"
        assert employer.ok("POST", f"{path}/retire")["state"] == "retired"
        service.tick()
        employer.batch(*(event(day, employee="1002") for day in FIVE))
        assert flags(employer) == [(TODAY, 1, 1, "open")]
        employer.refused(404, "GET", f"{path}/standing")
        cancelled = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}
        employer.post(event(FIVE[0], occurred_on=TODAY, **cancelled))
        assert flags(employer) == [(TODAY, 1, 1, "withdrawn")]

    def test_comes_back_from_the_day_it_is_activated(self, service: Service, employer: Employer):
        path = store(employer, rule(5))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        employer.ok("POST", f"{path}/retire")
        employer.post(event(TODAY))
        service.set_day(LATER)
        employer.ok("POST", f"{path}/activate", {"version": 1})
        service.tick()
        assert flags(employer) == []
        employer.post(event(LATER))
        assert flags(employer) == [(LATER, 1, 1, "open")]


class TestScope:
    def test_by_unit_is_about_everybody_under_it(self, service: Service, employer: Employer):
        units = [{"unit": "care"}, {"unit": "north", "parent": "care"}, {"unit": "school"}]
        employer.ok("PUT", "/v1/units", units)
        path = store(employer, rule(5, scope={"units": ["care"]}))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        people = {"1001": "north", "1002": "school", "1003": "care", "1004": None}
        listed = [{"employee": one, "unit": unit} for one, unit in people.items()]
        employer.ok("PUT", "/v1/employees", listed)
        employer.batch(
            *(event(day, employee=one, absence=f"{one}{day}") for one in people for day in FIVE)
        )
        found = {flag["employee_id"] for flag in employer.items("/v1/flags")}
        ids = {one["employee"]: one["id"] for one in found_people(employer, people)}
        assert found == {ids["1001"], ids["1003"]}
        [seen] = employer.ok("GET", f"/v1/employees/{ids['1002']}/evaluation")["rules"]
        assert [(t["on"], t["reason"]) for t in seen["triggers"]] == [(TODAY, "out_of_scope")]
        assert [one["employee_id"] for one in employer.items(f"{path}/standing")] == []

        # Who comes into the unit is flagged; who leaves it keeps the flag.
        moved = [{"employee": "1002", "unit": "north"}, {"employee": "1001", "unit": "school"}]
        employer.ok("PUT", "/v1/employees", moved)
        assert [state for *_, state in flags(employer)] == ["open"] * 3
        employer.ok("PUT", "/v1/units", {"unit": "school", "parent": "care"})
        employer.ok("PUT", "/v1/employees", {"employee": "1004", "unit": "school"})
        assert len(flags(employer)) == 4
        service.tick()
        assert employer.messages() == ["flag.raised"] * 4

    def test_follows_the_units_when_they_are_put_elsewhere(
        self, service: Service, employer: Employer
    ):
        employer.ok("PUT", "/v1/units", [{"unit": "care"}, {"unit": "north"}])
        employer.ok("PUT", "/v1/employees", {"employee": "1001", "unit": "north"})
        path = store(employer, rule(5, scope={"units": ["care"]}))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        service.tick()
        employer.post(event(TODAY))
        assert flags(employer) == []
        employer.ok("PUT", "/v1/units", {"unit": "north", "parent": "care"})
        service.tick()
        assert flags(employer) == [(TODAY, 1, 1, "open")]

    def test_by_form_of_employment_is_about_the_day(self, employer: Employer):
        path = store(employer, rule(5, scope={"employment_forms": ["permanent", "probation"]}))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        employer.post(event(TODAY))
        assert flags(employer) == []  # a form that is not known is none of those named
        hourly = {"first_day": "2020-01-01", "last_day": "2025-12-31", "form": "hourly"}
        since = {"first_day": "2026-01-01", "form": "permanent"}
        employer.ok("PUT", "/v1/employees", {"employee": "1001", "employment": [hourly]})
        assert flags(employer) == []
        periods = [hourly, since | {"form": "other"}]
        employer.ok("PUT", "/v1/employees", {"employee": "1001", "employment": periods})
        assert flags(employer) == []
        employer.ok("PUT", "/v1/employees", {"employee": "1001", "employment": [hourly, since]})
        assert flags(employer) == [(TODAY, 1, 1, "open")]

    def test_is_told_in_the_evaluation_as_the_rule_would_have_been_in_force(
        self, service: Service, employer: Employer
    ):
        """What it would have said of somebody else keeps nothing from being said, as in counts."""
        path = store(employer, rule(5, scope={"employment_forms": ["permanent"]}, rearm_days=60))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        hourly = {"first_day": "2020-01-01", "last_day": TODAY, "form": "hourly"}
        since = {"first_day": LATER, "form": "permanent"}
        employer.ok("PUT", "/v1/employees", {"employee": "1001", "employment": [hourly, since]})
        employer.post(event(TODAY))
        service.set_day(LATER)
        [answer] = employer.post(event(LATER))
        assert flags(employer) == [(LATER, 1, 1, "open")]
        path = f"/v1/employees/{answer['employee_id']}/evaluation"
        [seen] = employer.ok("GET", path)["rules"]
        assert [(t["on"], t["accepted"], t["reason"]) for t in seen["triggers"]] == [
            (TODAY, False, "out_of_scope"),
            (LATER, True, None),
        ]

    def test_with_a_unit_that_there_is_not_is_warned_of(self, employer: Employer):
        made = employer.ok("POST", "/v1/rules", rule(5, scope={"units": ["nowhere"]}))
        assert [one["code"] for one in made["warnings"]] == ["unknown_unit"]


def found_people(employer: Employer, numbers: Any) -> list[Any]:
    search = "/v1/employees/search"
    return [employer.ok("POST", search, {"employee": one})["items"][0] for one in numbers]


def test_a_rule_asks_for_nothing_on_days_on_which_it_is_not_valid(
    service: Service, employer: Employer
) -> None:
    path = store(employer, rule(5, validity={"from": "2026-03-05", "to": "2026-03-10"}))
    employer.ok("POST", f"{path}/activate", {"version": 1, "live_from": TODAY})
    employer.post(event(TODAY))
    assert flags(employer) == []
    assert employer.items(f"{path}/standing") == []
    service.set_day(LATER)
    employer.post(event(LATER))
    assert flags(employer) == [(LATER, 1, 1, "open")]
    service.set_day("2026-12-01")
    employer.post(event("2026-11-30"))
    assert flags(employer) == [(LATER, 1, 1, "open")]


class TestRefusedOrWarned:
    def test_what_can_never_hold_is_not_stored(self, employer: Employer):
        never = rule(400) | {"when": episodes(400, window={"days": 30})}
        refused = employer.refused(422, "POST", "/v1/rules", never)
        assert code_of(refused) == "#/when limit_out_of_range"
        told = employer.ok("POST", "/v1/rules/check", never)
        assert (told["valid"], [one["code"] for one in told["errors"]]) == (
            False,
            ["limit_out_of_range"],
        )
        assert employer.items("/v1/rules") == []
        path = store(employer, rule(5))
        assert employer.refused(422, "POST", f"{path}/versions", never)["errors"]

    def test_a_second_rule_that_asks_for_the_same_is_stored_and_not_put_in_force(
        self, employer: Employer
    ):
        first = store(employer, rule(5))
        employer.ok("POST", f"{first}/activate", {"version": 1})
        same = {"id": "same", "when": episodes(4, op="more_than"), "action": "refer"}
        made = employer.ok("POST", "/v1/rules", same)
        assert [(w["pointer"], w["code"]) for w in made["warnings"]] == [
            ("#/when", "same_as_active")
        ]
        path = f"/v1/rules/{made['id']}"
        refused = employer.refused(409, "POST", f"{path}/activate", {"version": 1})
        assert (refused["code"], refused["rules"]) == ("same_as_active", ["often"])
        employer.ok("POST", f"{first}/retire")
        assert employer.ok("POST", f"{path}/activate", {"version": 1})["state"] == "active"

    def test_a_ladder_in_words_says_each_rung(self, employer: Employer):
        around = {"scope": {"units": ["care"], "employment_forms": ["hourly"]}}
        told = employer.ok(
            "POST", "/v1/rules/check", ladder(3, 5, validity={"from": TODAY}) | around
        )
        words = told["words"]["en"]
        assert words.startswith("Step 1: With three or more short absence episodes within twelve")
        assert " Step 2: With five or more short absence episodes within twelve months" in words
        assert words.endswith(
            ". Applies to employees paid by the hour, in care and everything under it, "
            "from 2026-03-02."
        )
        assert [one["rule"] for one in told["rungs"]] == ["often-1", "often-2"]


def in_shadow(employer: Employer, path: str, version: int = 1, until: str = "2026-12-31") -> Any:
    body = {"version": version, "mode": "shadow", "shadow_until": until}
    return employer.ok("POST", f"{path}/activate", body)


def decided(caller: Caller, path: str) -> list[list[tuple[str, str, str | None]]]:
    """The decisions in shadow about each person: day, outcome, reason."""
    people = caller.ok("GET", f"{path}/shadow")["items"]
    return [[(d["on"], d["outcome"], d["reason"]) for d in one["decisions"]] for one in people]


class TestShadow:
    def test_decides_and_does_nothing(self, service: Service, employer: Employer):
        path = store(employer, rule(4))
        assert in_shadow(employer, path)["state"] == "shadow"
        service.tick()
        assert decided(employer, path) == []  # what was before it began is no decision of its
        employer.post(event(TODAY))
        assert decided(employer, path) == [[(TODAY, "raised", None)]]
        assert (flags(employer), employer.messages()) == ([], [])
        employer.refused(404, "GET", f"{path}/standing")

    def test_says_of_every_trigger_what_would_have_become_of_it(
        self, service: Service, employer: Employer
    ):
        path = store(employer, rule(4, rearm_days=7) | {"action": "refer"})
        in_shadow(employer, path)
        employer.post(event(TODAY))
        [one] = employer.items("/v1/flags") or found_people(employer, ["1001"])
        employer_id = one["id"]
        service.set_day("2026-03-05")
        employer.post(event("2026-03-05"))
        exempt = {"first_day": "2026-03-12", "last_day": "2026-03-12", "reason": "other"}
        employer.ok("PUT", f"/v1/employees/{employer_id}/exemptions", {"exemptions": [exempt]})
        service.set_day("2026-03-12")
        employer.post(event("2026-03-12"))
        wish = {"employee_id": employer_id, "wish_of": "employee", "decided_by": "HR 7"}
        service.set_day("2026-03-16")
        employer.ok("POST", "/v1/referrals", wish | {"service": "health_talk"})
        employer.post(event("2026-03-16"))
        assert decided(employer, path) == [
            [
                (TODAY, "raised", None),
                ("2026-03-05", "rearm", None),
                ("2026-03-12", "suppressed", "other"),
                ("2026-03-16", "inhibited", "open_referral"),
            ]
        ]
        employer.ok("PUT", f"/v1/employees/{employer_id}/exemptions", {"exemptions": []})
        outcomes = [(on, outcome) for [*rows] in decided(employer, path) for on, outcome, _ in rows]
        assert ("2026-03-12", "withdrawn") in outcomes

    def test_moves_and_goes_with_the_absences(self, service: Service, employer: Employer):
        path = store(employer, rule(5))
        in_shadow(employer, path)
        employer.post(event(TODAY))
        service.set_day(LATER)
        employer.post(event(LATER))
        assert decided(employer, path) == [[(TODAY, "raised", None), (LATER, "rearm", None)]]
        cancelled = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}
        employer.post(event(FIVE[3], occurred_on=LATER, **cancelled))
        assert decided(employer, path) == [[(LATER, "raised", None)]]
        employer.post(event(FIVE[2], occurred_on=LATER, **cancelled))
        assert decided(employer, path) == [[(LATER, "withdrawn", None)]]
        before = decided(employer, path)
        service.tick()
        assert decided(employer, path) == before

    def test_is_held_back_by_the_flags_of_before_it_began(
        self, service: Service, employer: Employer
    ):
        path = store(employer, rule(5))
        employer.ok("POST", f"{path}/activate", {"version": 1})
        employer.post(event(TODAY))
        service.set_day(LATER)
        employer.ok("POST", f"{path}/versions", rule(4))
        in_shadow(employer, path, version=2)
        employer.post(event(LATER))
        assert decided(employer, path) == [[(LATER, "rearm", None)]]

    def test_begins_anew_with_another_way_of_counting(self, service: Service):
        employer = service.employer(release="manual", preset=None, policy={"min_extent": 100})
        path = store(employer, rule(5))
        in_shadow(employer, path)
        half = {"extent": 50}
        employer.batch(*(event(day, **half) for day in FIVE))
        service.set_day(LATER)
        employer.ok("PATCH", "/v1/tenant", {"policy": {"min_extent": 50}})
        service.tick()
        told = employer.ok("GET", f"{path}/shadow")
        assert (told["from"], told["items"]) == (LATER, [])
        employer.post(event(LATER, **half))
        assert decided(employer, path) == [[(LATER, "raised", None)]]

    def test_ends_on_the_stated_day(self, service: Service, employer: Employer):
        path = store(employer, rule(5))
        in_shadow(employer, path, until="2026-03-08")
        service.set_day(LATER)
        employer.post(event(LATER))
        told = employer.ok("GET", f"{path}/shadow")
        assert (told["running"], told["items"]) == (False, [])

    def test_ends_when_it_is_put_in_force_or_retired(self, service: Service, employer: Employer):
        path = store(employer, rule(5))
        in_shadow(employer, path)
        assert employer.ok("POST", f"{path}/retire")["state"] == "retired"
        assert employer.ok("GET", f"{path}/shadow")["running"] is False
        in_shadow(employer, path)
        live = employer.ok("POST", f"{path}/activate", {"version": 1})
        assert (live["state"], live["shadow"]["until"]) == ("active", "2026-03-01")
        employer.post(event(TODAY))
        assert (decided(employer, path), len(flags(employer))) == ([], 1)

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ({}, "# shadow_until_mismatch"),
            ({"shadow_until": "2026-03-01"}, "#/shadow_until too_early"),
            ({"shadow_until": "2027-03-10"}, "#/shadow_until date_out_of_range"),
            ({"mode": "live", "shadow_until": LATER}, "# shadow_until_mismatch"),
        ],
    )
    def test_has_an_end(self, employer: Employer, more: Any, expected: str):
        path = store(employer, rule(5))
        body = {"version": 1, "mode": "shadow"} | more
        assert code_of(employer.refused(422, "POST", f"{path}/activate", body)) == expected

    def test_is_not_what_is_in_force(self, employer: Employer):
        path = store(employer, rule(5))
        employer.refused(404, "GET", f"{path}/shadow")
        employer.ok("POST", f"{path}/activate", {"version": 1})
        body = {"version": 1, "mode": "shadow", "shadow_until": LATER}
        refused = employer.refused(409, "POST", f"{path}/activate", body)
        assert refused["code"] == "already_active"

    def test_tells_numbers_alone_to_who_may_not_read_cases(self, employer: Employer):
        path = store(employer, rule(5))
        in_shadow(employer, path)
        employer.post(event(TODAY))
        author = employer.key_for("rules:write")
        told = author.ok("GET", f"{path}/shadow")
        assert told["comparison"] == {"both": 0, "only_shadow": 1, "only_live": 0}
        assert (told["items"], told["next_cursor"]) == ([], None)

    def test_is_decided_of_many_at_once_as_of_one(self, service: Service, employer: Employer):
        """A batch leaves out of the look whom it cannot change: not whom a shadow looks at."""
        path = store(employer, rule(5))
        in_shadow(employer, path)
        numbers = [str(2000 + n) for n in range(120)]
        employer.batch(
            *(event(day, employee=n, absence=f"{n}{day}") for n in numbers for day in FIVE)
        )
        people = employer.items(f"{path}/shadow")
        assert len(people) == 120
        assert {d["outcome"] for one in people for d in one["decisions"]} == {"raised"}


def test_a_preview_says_whom_it_would_flag_and_changes_nothing(
    service: Service, employer: Employer
) -> None:
    employer.post(event(TODAY))
    path = store(employer, ladder(4, 5))
    body = {"version": 1, "live_from": TODAY}
    told = employer.ok("POST", f"{path}/activate/preview", body)
    assert (told["employees"], told["live_from"]) == (1, TODAY)
    counted = [(rung["flagged"], rung["standing"]) for rung in told["rungs"]]
    assert counted == [(1, 0), (1, 0)]
    months = {m["month"]: m["accepted"] for m in told["rungs"][1]["months"]}
    assert (len(months), months["2026-03"], sum(months.values())) == (12, 1, 1)
    assert (flags(employer), employer.ok("GET", path)["state"]) == ([], "draft")
    later = employer.ok("POST", f"{path}/activate/preview", {"version": 1, "live_from": LATER})
    assert [(rung["flagged"], rung["standing"]) for rung in later["rungs"]] == [(0, 1), (0, 1)]
    employer.ok("POST", f"{path}/activate", body)
    service.tick()
    assert len(flags(employer)) == 2
