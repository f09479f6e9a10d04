"""4 Ess: from day one of a sick leave to part-time and fully back, with the monthly report."""

from tests.kit import Service
from tests.stories.cast import Town, stage

UNIT = "aldreomsorgen"
FIRST_DAY = "2026-03-02"
HALF_TIME_FROM = "2026-03-09"
WELL_FROM = "2026-03-30"
EVERY_WEDNESDAY = {
    "unit": UNIT,
    "first_day": "2026-03-04",
    "at": "09:00",
    "interval_weeks": 1,
    "slots": 6,
    "slot_minutes": 30,
    "capacity": 2,
    "participants": ["employee", "manager", "agency", "primary_care"],
}
SIGNED = {"given_on": "2026-03-04"}


def test_twelve_on_full_sick_leave_are_back_after_a_month(service: Service) -> None:
    with stage(service, "2026-02-16") as ljungby:
        town = Town.of(ljungby, preset="early-return", unit=UNIT, alignment_from_day=1)
        fhv = town.engages("FHV Sunnerbo")
        wednesdays = town.sets_aside(**EVERY_WEDNESDAY)
        twelve = [town.employs(UNIT) for _ in range(12)]
        for _ in range(9):
            town.employs(UNIT)
        lo = twelve[0]

        # From day one the manager is the one who holds things together: a meeting is proposed.
        ljungby.on(FIRST_DAY, hour=8)
        for who in twelve:
            assert len(who.falls_ill(FIRST_DAY)) == 1
        [first] = town.flags(lo)
        assert (first["rule"], first["proposes"]) == ("early-return-1", "alignment")
        town.hears("flag.raised open", times=12)
        town.manager_is_mailed(about=twelve)

        # At fixed weekly times: each gets the next free slot of Wednesday.
        meetings = {who.id: wednesdays.book(who) for who in twelve}
        assert {meeting["occurrence"] for meeting in meetings.values()} == {"2026-03-04"}
        assert sorted(meeting["slot"] for meeting in meetings.values()) == sorted(
            [*range(1, 7)] * 2
        )
        town.hears("meeting.planned planned", times=12)
        week_after = wednesdays.book(lo)
        assert (week_after["occurrence"], week_after["slot"]) == ("2026-03-11", 1)
        town.hears("meeting.planned planned")

        # The employer leads the meeting by a template, with employee, health centre and the agency
        # - who take part once the employee has signed a consent.
        ljungby.on("2026-03-04")
        hold = f"/v1/meetings/{meetings[lo.id]['id']}/hold"
        town.cannot(422, "consent_required", "POST", hold, {})
        guide = town.calls.ok("GET", "/v1/guides/alignment")
        taken_up = [point["code"] for point in guide["points"]]
        assert {"employer_leads", "consent", "part_time"} <= set(taken_up)
        for who in twelve:
            held = town.holds(meetings[who.id], consent=SIGNED, points=taken_up)
            assert held["participants"] == EVERY_WEDNESDAY["participants"]
            [flag] = town.flags(who)
            town.has_dealt_with(flag)
        town.hears()

        # Part-time rather than full-time: half the hours from the second week on.
        ljungby.on(HALF_TIME_FROM)
        town.hears("flag.raised open", times=12)
        town.manager_is_mailed(about=twelve)
        for who in twelve:
            who.works_in_part(FIRST_DAY, 50, since=HALF_TIME_FROM)
            [eighth] = town.flags(who)
            assert eighth["rule"] == "early-return-2"
            town.has_dealt_with(eighth)
        town.hears()
        [leave] = town.calls.ok("GET", f"/v1/employees/{lo.id}/absences")["items"]
        assert leave["extent"] == 100
        assert leave["extents"] == [{"extent_from": HALF_TIME_FROM, "extent": 50}]

        ljungby.on("2026-03-11")
        town.holds(week_after, consent=SIGNED, points=["work_ability_and_tasks", "next_meeting"])

        # The law's own days are reminded of on their way.
        ljungby.on("2026-03-16")
        town.hears("flag.raised open", times=12)
        town.manager_is_mailed(about=twelve)
        for who in twelve:
            [fifteenth] = town.flags(who)
            assert fifteenth["rule"] == "early-return-8"
            town.has_dealt_with(fifteenth, "no_need")

        # Fully back after four weeks; what was agreed is followed up.
        ljungby.on(WELL_FROM)
        for who in twelve:
            who.is_well(FIRST_DAY, since=WELL_FROM)
        ljungby.on("2026-04-08")
        for who in twelve:
            checked = town.plans_meeting("follow_up", who, "2026-04-08")
            town.holds(checked, work_status="back_in_work")
        town.hears("meeting.planned planned", times=12)

        # Followed up every month: extents over time, of groups of ten and more alone.
        march = town.report("attendance", month="2026-03")
        [unit] = march["units"]
        assert unit["unit"] == UNIT
        assert (unit["employed"], unit["episodes"], unit["sick_days"]) == (21, 12, 12 * 28)
        assert (unit["full_time_share"], unit["part_time_share"]) == (0.25, 0.75)
        assert march["suppressed"] == []
        ljungby.on("2026-05-04")
        april = town.report("attendance", month="2026-04")
        assert (april["total"]["employed"], april["total"]["sick_days"]) == (21, 0)
        outcomes = town.report("outcomes", **{"from": "2026-03", "to": "2026-04"})
        assert outcomes["participants"] == 12
        assert shares(outcomes["sick_leave_at_start"])["full_time"] == (12, 1.0)
        assert shares(outcomes["sick_leave_now"])["none"] == (12, 1.0)
        back = outcomes["fully_back"]
        assert (back["people"], back["share"]) == (12, 1.0)

        # A report of fewer than ten tells nothing.
        for who in twelve[:4]:
            who.is_ill("2026-05-04")
        town.hears("flag.raised open", times=4)
        town.manager_is_mailed(about=twelve)
        ljungby.on("2026-06-01")
        may = town.report("attendance", month="2026-05")
        assert (may["total"]["sick_days"], may["total"]["episodes"]) == (None, None)
        assert may["suppressed"]

        # FHV, whom none of them was referred to, has learnt nothing of anybody.
        fhv.finds_nothing()


def shares(figures: list[dict[str, object]]) -> dict[object, tuple[object, object]]:
    return {one["group"]: (one["people"], one["share"]) for one in figures}
