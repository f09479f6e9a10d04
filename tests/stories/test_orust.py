"""Orust: the fifth short episode in twelve months, followed to the closed plan and its grant."""

from tests.kit import Service
from tests.stories.cast import Town, stage

UNIT = "hemtjansten-norr"
KIM = {
    "contact": {"name": "Kim Exempel", "phone": "070-174 06 05", "email": "kim@example.se"},
    "personal_number": "19121212-1212",
}
SECRETS = ("Kim Exempel", "070-174 06 05", "kim@example.se", "191212121212", "19121212-1212")


def test_the_fifth_short_episode_leads_to_a_plan_and_its_grant(service: Service) -> None:
    with stage(service, "2025-09-01") as orust:
        town = Town.of(orust, preset="orust", unit=UNIT, policy={"objection_days": 7})
        fhv = town.engages("FHV Kusten", grant_approved=True)
        kim = town.employs(UNIT, **KIM)
        kim.secrets = SECRETS

        # Four short episodes are nobody's concern but Kim's own.
        for day in ("2025-09-01", "2025-10-06", "2025-11-17", "2026-01-12"):
            orust.on(day)
            assert kim.is_ill(day) == []
            town.hears()

        # The fifth within twelve months: the manager hears that something waits, and not what.
        orust.on("2026-03-02")
        [flag_id] = kim.is_ill("2026-03-02")
        [flag] = town.flags(kim)
        assert flag["id"] == flag_id
        town.hears("flag.raised open")
        fhv.hears()
        town.manager_is_mailed(about=[kim])

        # Kim gets a letter at work that explains the offer, and a week to say no to it.
        letter = town.letter(flag, handed_over_on="2026-03-03")
        assert "Säg nej till din chef eller HR senast den 10 mars 2026" in letter
        assert not [secret for secret in SECRETS if secret in letter]
        orust.on("2026-03-03")
        release = {"released_by": "HR 7", "employee_informed_on": "2026-03-03"}
        path = f"/v1/flags/{flag_id}/release"
        refused = town.cannot(409, "objection_window_open", "POST", path, release)
        assert refused["until"] == "2026-03-10"
        orust.on("2026-03-05")
        town.manager_is_mailed(reminded=True, about=[kim])

        # Kim does not object. A named person releases the flag, and FHV is brought in at once.
        orust.on("2026-03-10")
        town.manager_is_mailed(reminded=True, about=[kim])
        town.cannot(409, "objection_window_open", "POST", path, release)
        orust.on("2026-03-11")
        referral = town.releases(flag, informed_on="2026-03-03")
        town.hears("referral.requested requested")
        fhv.hears("referral.requested requested")

        # The provider alone is told whom to call.
        known, seen = fhv.sees(referral), town.sees(referral)
        assert known["contact"] == KIM["contact"]
        assert known["personal_number"] == "191212121212"
        assert (seen["contact"], seen["personal_number"]) == (None, None)

        # The nurse accepts and books a health talk. To the employer it is in progress, no more.
        fhv.accepts(referral)
        fhv.hears("referral.updated accepted")
        town.hears("referral.updated in_progress")
        fhv.books(referral, "2026-03-19")
        fhv.hears("referral.updated booked", "meeting.planned planned")
        town.hears()
        assert (town.sees(referral)["state"], town.sees(referral)["talk"]) == ("in_progress", None)

        # It maps health and the causes of absence, which stay in the nurse's own records. Kim
        # agrees that the employer may hear of it.
        orust.on("2026-03-19")
        fhv.holds_the_talk(referral, three_party=True, feedback_consent_on="2026-03-19")
        [talk] = fhv.meetings(referral)
        fhv.notes(talk, points=["work", "absence_as_the_employee_sees_it", "next_step"])
        for party in (fhv, town):
            party.hears("referral.updated talk_held")

        # FHV, employee and employer meet.
        orust.on("2026-03-20")
        consent = {"given_on": "2026-03-19"}
        three = fhv.plans_meeting(
            "three_party", kim, "2026-03-31", referral_id=referral, consent=consent
        )
        for party in (fhv, town):
            party.hears("meeting.planned planned")
        orust.on("2026-03-31")
        town.holds(three, points=["work_situation", "adaptations", "action_plan"])
        for party in (fhv, town):
            party.hears("referral.updated three_party_held")
        town.manager_is_mailed(about=[kim])  # the plan is the employer's to write

        # An action plan is drawn up, and put into practice as soon as possible.
        orust.on("2026-04-07")
        plan = town.writes_plan(
            referral,
            ("adapted_tasks", "manager", "2026-04-20"),
            ("supportive_talks", "provider", "2026-05-29"),
        )
        town.adopts(plan, employee_on="2026-04-02")
        for party in (fhv, town):
            party.hears("referral.updated plan_adopted")
        orust.on("2026-04-13")
        town.carries_out(plan, 1)

        # It is followed up after one, three and six months; the first time at a meeting.
        orust.on("2026-05-07")
        town.hears("feed.silent silent")  # nobody else reports through this source any more
        checked = town.plans_meeting("follow_up", kim, "2026-05-07", referral_id=referral)
        town.holds(checked, work_status="back_in_work")
        for party in (fhv, town):
            party.hears("meeting.planned planned")
        town.carries_out(plan, 2)
        orust.on("2026-07-07")
        town.follows_up(plan, 2, work_status="back_in_work")
        orust.on("2026-10-07")
        done = town.follows_up(plan, 3, work_status="back_in_work")
        assert done["state"] == "done"
        assert all(measure["done_on"] for measure in done["measures"])
        assert [one["done_on"] for one in done["follow_ups"]] == [
            "2026-05-07",
            "2026-07-07",
            "2026-10-07",
        ]
        for party in (fhv, town):
            party.hears("referral.updated closed")
        closed = town.sees(referral)
        assert (closed["state"], closed["outcome"]) == ("closed", "plan_completed")
        assert [step["target"] for step in closed["history"]] == [
            "requested",
            "accepted",
            "booked",
            "talk_held",
            "three_party_held",
            "plan_adopted",
            "closed",
        ]
        assert fhv.sees(referral)["contact"] is None

        # Paid in part by the agency's grant: half of what the talk cost.
        town.calls.ok(
            "POST",
            "/v1/grants",
            {
                "employee_id": kim.id,
                "referral_id": referral,
                "provider_id": fhv.provider_id,
                "kind": "investigation",
                "performed_on": "2026-03-19",
                "paid_on": "2026-04-15",
                "amount": "12500.00",
                "provider_report_on": "2026-04-10",
                "invoice_shows": ["date", "employee", "performer", "measure", "cost"],
            },
        )
        ledger = town.report("grants", year=2026)
        [line] = ledger["services"]
        assert (line["grant"], line["lacks"]) == ("6250.00", [])
        assert ledger["employer"]["grant"] == "6250.00"
        assert ledger["deadline"]["last_day"] == "2027-02-01"
        orust.on("2026-10-08")
