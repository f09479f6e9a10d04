"""Skaraborg: joint meeting times every second week, the question about violence, and dialogues."""

from tests.kit import Service
from tests.stories.cast import Town, stage

UNIT = "forskolan-ekbacken"
EVERY_SECOND_THURSDAY = {
    "unit": UNIT,
    "first_day": "2026-03-05",
    "at": "13:00",
    "interval_weeks": 2,
    "slots": 2,
    "slot_minutes": 45,
    "participants": ["employee", "manager", "agency", "primary_care", "provider"],
}
OWN_GUIDE = [
    {
        "code": "fhv_considered",
        "sv": "Företagshälsovård övervägd",
        "en": "Occupational health considered",
    },
    {
        "code": "violence_question_asked",
        "sv": "Frågan om våld ställd i enrum; svaret antecknas inte",
        "en": "The question about violence asked in private; the answer is not noted",
    },
]
BOTH_POINTS = [point["code"] for point in OWN_GUIDE]
TRAINING = {
    "kind": "training",
    "topic": "insurance_medicine",
    "audience": "managers",
    "planned_on": "2026-03-24",
    "yearly": True,
}
DIALOGUE = {
    "kind": "dialogue",
    "topic": "early_support",
    "audience": "work_group",
    "unit": UNIT,
    "planned_on": "2026-04-01",
}


def test_early_support_every_second_week(service: Service) -> None:
    with stage(service, "2026-01-12") as skovde:
        town = Town.of(skovde, preset="early-3-183", unit=UNIT)
        fhv = town.engages("FHV Billingen")
        lo, mika, sam = (town.employs(UNIT) for _ in range(3))
        town.calls.ok("PUT", "/v1/guides/alignment", {"points": OWN_GUIDE})
        thursdays = town.sets_aside(**EVERY_SECOND_THURSDAY)

        # Lo has been ill for the third time in half a year; the manager hears that something waits.
        for day in ("2026-01-12", "2026-02-02"):
            skovde.on(day)
            assert lo.is_ill(day) == []
        skovde.on("2026-03-02")
        lo.is_ill("2026-03-02")
        town.hears("flag.raised open")
        town.manager_is_mailed(about=[lo])

        # Joint times every second week, also before any benefit case: Mika asks without a day ill.
        consent = {"given_on": "2026-03-02"}
        of_lo = thursdays.book(lo, consent=consent)
        of_mika = thursdays.book(mika, consent=consent)
        of_sam = thursdays.book(sam, consent=consent)
        assert [(m["occurrence"], m["slot"]) for m in (of_lo, of_mika, of_sam)] == [
            ("2026-03-05", 1),
            ("2026-03-05", 2),
            ("2026-03-19", 1),
        ]
        town.hears("meeting.planned planned", times=3)
        full = {"employee_id": sam.id, "occurrence": "2026-03-05"}
        town.cannot(409, "slot_full", "POST", f"{thursdays.path}/book", full)

        # FHV is considered each time, and everybody is asked about exposure to violence. That it
        # was asked is noted; what was answered has no field.
        skovde.on("2026-03-05", hour=15)
        town.manager_is_mailed(reminded=True, about=[lo])
        hold = f"/v1/meetings/{of_lo['id']}/hold"
        for name in ("violence_answer", "exposed_to_violence"):
            answered = {"asked_about_violence": "yes", name: "yes"}
            town.cannot(422, "unknown_field", "POST", hold, answered)
        for meeting in (of_lo, of_mika):
            town.holds(meeting, points=BOTH_POINTS, asked_about_violence="yes")
        [flag] = town.flags(lo)
        town.has_dealt_with(flag)
        town.hears()

        # For Lo it is needed, by Lo's own wish.
        wish = {"employee_id": lo.id, "wish_of": "employee", "decided_by": "Chef 12"}
        referral = town.calls.ok("POST", "/v1/referrals", wish)["id"]
        for party in (fhv, town):
            party.hears("referral.requested requested")
        fhv.accepts(referral)
        fhv.books(referral, "2026-03-10", mode="video")
        fhv.hears("referral.updated accepted", "referral.updated booked", "meeting.planned planned")
        town.hears("referral.updated in_progress")
        skovde.on("2026-03-10")
        fhv.holds_the_talk(referral, three_party=False)
        [talk] = fhv.meetings(referral)
        assert fhv.notes(talk, asked_about_violence="yes")["asked_about_violence"] == "yes"
        fhv.hears("referral.updated talk_held")
        fhv.closes(referral, "no_further_need")
        fhv.hears("referral.updated closed")
        town.hears("referral.updated closed")
        assert town.sees(referral)["outcome"] is None
        assert [m["kind"] for m in town.calls.items("/v1/meetings")] == ["alignment"] * 3

        # One occurrence is moved, and Sam's meeting with it; the next but one is cancelled.
        skovde.on("2026-03-16")
        thursdays.move("2026-03-19", to="2026-03-20")
        town.hears("meeting.planned planned")
        moved = town.calls.ok("GET", f"/v1/meetings/{of_sam['id']}")
        assert moved["starts_at"] == "2026-03-20T12:00:00Z"
        again = thursdays.book(mika, not_before="2026-04-01", consent=consent)
        assert again["occurrence"] == "2026-04-02"
        town.hears("meeting.planned planned")
        thursdays.cancel("2026-04-02")
        town.hears("meeting.cancelled cancelled")
        calendar = thursdays.calendar()
        assert "BEGIN:VEVENT" in calendar
        for secret in (lo.number, mika.number, sam.number, lo.id, mika.id, sam.id):
            assert secret not in calendar
        skovde.on("2026-03-20")
        town.holds(of_sam, points=BOTH_POINTS, asked_about_violence="yes")

        # Every participant was asked.
        held = town.calls.items("/v1/meetings?kind=alignment&state=held")
        assert [m["asked_about_violence"] for m in held] == ["yes", "yes", "yes"]

        # Managers are trained in insurance medicine every year, and whole work groups talk.
        training = town.calls.ok("POST", "/v1/activities", TRAINING)
        dialogue = town.calls.ok("POST", "/v1/activities", DIALOGUE)
        skovde.on("2026-04-01")
        trained = {"held_on": "2026-03-24", "attended": 18}
        done = town.calls.ok("POST", f"/v1/activities/{training['id']}/hold", trained)
        following = town.calls.ok("GET", f"/v1/activities/{done['followed_by']}")
        assert (following["state"], following["planned_on"]) == ("planned", "2027-03-24")
        talked = {"held_on": "2026-04-01", "attended": 14}
        done = town.calls.ok("POST", f"/v1/activities/{dialogue['id']}/hold", talked)
        assert (done["state"], done["audience"], done["unit"]) == ("held", "work_group", UNIT)
        assert done["followed_by"] is None
        skovde.on("2026-04-02")
