"""What is handed over at work and what is printed: the offer and the referral, on paper."""

import re
from typing import Any

import pytest

from app.access.settings import TenantSettings
from app.letters.render import POLICY
from app.ops.admin import create_tenant
from tests.kit import FIVE, Caller, Employer, Service, event
from tests.unit.letters.pages import check_form, text_of

TODAY = FIVE[-1]
CONTACT = {"name": "Anna Exempel", "phone": "070-174 06 05", "email": "anna@example.se"}
NUMBER = "191212121212"
PERSON = {
    "employee": "1001",
    "unit": "hemtjansten-norr",
    "contact": CONTACT,
    "personal_number": NUMBER,
}
PERSONAL = (*CONTACT.values(), NUMBER, f"{NUMBER[:8]}-{NUMBER[8:]}", NUMBER[2:], "1001")
RELEASE = {"released_by": "HR 7", "employee_informed_on": TODAY}
FIVE_IN_SWEDISH = (
    "1 september 2025",
    "6 oktober 2025",
    "17 november 2025",
    "12 januari 2026",
    "2 mars 2026",
)


def page(caller: Caller, path: str, language: str = "sv") -> str:
    """The page, checked for its form and its headers."""
    answer = caller("GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == language
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"
    check_form(answer.text, language, answer.headers["content-security-policy"])
    return str(answer.text)


def letter(employer: Employer, query: str = "", language: str = "sv") -> str:
    return text_of(page(employer, f"/v1/flags/{flag(employer)['id']}/letter{query}", language))


def flag(employer: Employer, rule: str = "orust") -> dict[str, Any]:
    [found] = employer.items(f"/v1/flags?rule={rule}")
    return found


def printed(caller: Caller, referral_id: str) -> str:
    return text_of(page(caller, f"/v1/referrals/{referral_id}/print"))


@pytest.fixture
def employer(service: Service) -> Employer:
    """An employer that decides by hand and gives a week to object; one employee just flagged."""
    made = service.employer(release="manual", policy={"objection_days": 7})
    made.ok("PUT", "/v1/employees", PERSON)
    made.batch(*map(event, FIVE))
    return made


@pytest.fixture
def fhv(employer: Employer) -> Caller:
    return employer.key_for("provider", provider=employer.provider(name="Exempelhälsan"))


def released(employer: Employer, **more: Any) -> str:
    """The flag's referral, released after the week."""
    employer.service.set_day("2026-03-10")
    path = f"/v1/flags/{flag(employer)['id']}/release"
    return str(employer.ok("POST", path, RELEASE | more)["referral_id"])


class TestLetter:
    def test_offers_a_health_talk_before_anything_is_sent(self, employer: Employer):
        said = letter(employer)
        assert "Ett erbjudande om ett hälsosamtal" in said
        assert "Fem eller fler korta sjukfrånvarotillfällen under tolv månader." in said
        assert (
            f"till och med den 2 mars 2026: {' '.join(FIVE_IN_SWEDISH)} Med ett kort sjuk" in said
        )
        assert "Ingenting har skickats." in said
        assert "gått 7 hela dagar" in said
        english = letter(employer, "?language=en", "en")
        assert "An offer of a health talk" in english
        assert "Five or more short absence episodes within twelve months." in english
        assert "1 September 2025 6 October 2025 17 November 2025 12 January 2026" in english
        assert employer.messages() == ["flag.raised"]

    def test_gives_the_last_day_to_object_once_it_is_known_when_it_is_handed_over(
        self, employer: Employer
    ):
        """The day it names is the day the service keeps to."""
        said = letter(employer, "?handed_over_on=2026-03-04")
        assert "Överlämnat den 4 mars 2026" in said
        assert "HR senast den 11 mars 2026" in said
        assert "skickas inte före den 12 mars 2026" in said
        path = f"/v1/flags/{flag(employer)['id']}/release"
        informed = RELEASE | {"employee_informed_on": "2026-03-04"}
        employer.service.set_day("2026-03-11")
        assert employer.refused(409, "POST", path, informed)["until"] == "2026-03-11"
        employer.service.set_day("2026-03-12")
        assert employer.ok("POST", path, informed)["state"] == "released"

    @pytest.mark.parametrize("day", ["2026-03-01", "2028-06-01"])
    def test_is_not_handed_over_before_there_was_a_flag_nor_in_years(
        self, employer: Employer, day: str
    ):
        path = f"/v1/flags/{flag(employer)['id']}/letter?handed_over_on={day}"
        [error] = employer.refused(422, "GET", path)["errors"]
        assert (error["pointer"], error["code"]) == ("#/handed_over_on", "date_out_of_range")

    def test_promises_no_days_that_the_policy_does_not_give(self, employer: Employer):
        employer.ok("PATCH", "/v1/tenant", {"policy": {"objection_days": 0}})
        said = letter(employer)
        assert "först när en namngiven person hos arbetsgivaren har beslutat det" in said
        assert "hela dagar" not in said

    def test_of_a_released_flag_says_what_was_sent_and_where(self, employer: Employer, fhv: Caller):
        released(employer)
        said = letter(employer)
        assert "En remiss skickades den 10 mars 2026 till Exempelhälsan." in said
        assert "Du kan fortfarande tacka nej" in said
        assert "Ingenting har skickats" not in said

    def test_after_an_automatic_release_names_the_decision_behind_it(self, service: Service):
        employer = service.employer(release="automatic")
        employer.batch(*map(event, FIVE))
        said = letter(employer)
        assert "En remiss gjordes den 2 mars 2026, enligt arbetsgivarens beslut KS 2026/17." in said
        english = letter(employer, "?language=en", "en")
        assert "A referral was made on 2 March 2026, by your employer's decision KS" in english

    def test_of_a_notify_flag_offers_a_caring_talk(self, service: Service):
        employer = service.employer(release="manual", preset="early-3-183")
        employer.batch(*map(event, FIVE[2:]))
        found = flag(employer, "early-3-183")
        path = f"/v1/flags/{found['id']}/letter"
        said = text_of(page(employer, path))
        assert "Ett erbjudande om ett omtankesamtal" in said
        assert "Tre eller fler korta sjukfrånvarotillfällen under 183 dagar." in said
        assert f": {' '.join(FIVE_IN_SWEDISH[2:])} Med " in said
        assert "remiss" not in said.lower()
        assert "a caring talk" in text_of(page(employer, f"{path}?language=en", "en"))
        body = {"decided_by": "Chef 3", "handled_on": TODAY, "outcome": "talk_held"}
        employer.ok("POST", f"/v1/flags/{found['id']}/handle", body)
        assert employer.refused(409, "GET", path)["code"] == "nothing_offered"

    @pytest.mark.parametrize("end", ["object", "dismiss", "cancel"])
    def test_is_not_written_when_there_is_nothing_to_offer(self, employer: Employer, end: str):
        path = f"/v1/flags/{flag(employer)['id']}"
        if end == "cancel":
            gone = {k: event(TODAY)[k] for k in ("source", "employee", "absence")}
            said = gone | {"id": "c1", "occurred_at": "2026-03-02T12:00:00+01:00"}
            employer.post(said | {"type": "absence.cancelled"})
        else:
            reason = {"reason": "no_need"} if end == "dismiss" else {}
            employer.ok("POST", f"{path}/{end}", {"decided_by": "HR 7"} | reason)
        assert employer.refused(409, "GET", f"{path}/letter")["code"] == "nothing_offered"

    def test_is_not_written_once_the_referral_has_ended(self, employer: Employer, fhv: Caller):
        referral_id = released(employer)
        letter(employer)
        fhv.ok("POST", f"/v1/referrals/{referral_id}/decline", {"reason": "no_capacity"})
        path = f"/v1/flags/{flag(employer)['id']}/letter"
        assert employer.refused(409, "GET", path)["code"] == "nothing_offered"

    def test_names_the_days_that_the_flag_itself_names_after_a_correction(self, employer: Employer):
        """A day reported longer than it was; the letter follows at once."""
        longer = event(FIVE[0], last_day="2025-09-03", occurred_on="2025-09-04")
        employer.post(longer)
        assert "1-3 september 2025" in letter(employer)
        trace = employer.ok("GET", f"/v1/flags/{flag(employer)['id']}")["trace"]
        first = trace["comparisons"][0]["counted"][0]
        assert (first["first_day"], first["last_day"]) == ("2025-09-01", "2025-09-03")

    def test_speaks_no_other_language(self, employer: Employer):
        path = f"/v1/flags/{flag(employer)['id']}/letter?language=no"
        employer.refused(422, "GET", path)

    def test_is_not_for_providers_nor_for_those_who_only_write(
        self, employer: Employer, fhv: Caller
    ):
        released(employer)
        path = f"/v1/flags/{flag(employer)['id']}/letter"
        fhv.refused(403, "GET", path)
        employer.key_for("cases:write").refused(403, "GET", path)
        page(employer.key_for("cases:read"), path)


class TestPaper:
    def test_has_the_basis_and_lines_for_the_employer_to_fill_in(
        self, employer: Employer, fhv: Caller
    ):
        referral_id = released(employer)
        said = printed(employer, referral_id)
        for part in (
            "Avser Hälsosamtal Till Exempelhälsan Från Testkommun Enhet hemtjansten-norr",
            "Remissdatum 10 mars 2026 Beslutad av HR 7",
            "Medarbetaren informerad 2 mars 2026",
            f"Remissens nummer {referral_id}",
            "Namn Personnummer Telefon Underlag",
            "Den 2 mars 2026 räknas fem korta sjukfrånvarotillfällen under tolv månader; regeln "
            "gäller vid fem eller fler och är uppfylld.",
            "Tolv månader, 3 mars 2025 - 2 mars 2026",
            "Sjukfrånvarotillfällen 5 därav korta (högst 14 sjukdagar) 5",
            "Sjukdagar i tillfällena 5",
            "söndag 5 0 0 0 0 0 0",
            "(no_capacity)",
        ):
            assert part in said, part
        for day in FIVE_IN_SWEDISH:
            assert f"{day} {day} måndag 1" in said

    def test_for_the_provider_of_an_open_referral_says_who_it_is(
        self, employer: Employer, fhv: Caller
    ):
        said = printed(fhv, released(employer))
        assert "Namn Anna Exempel Personnummer 19121212-1212 Telefon 070-174 06 05" in said
        assert "anna@example.se" in said
        assert "räknas fem korta sjukfrånvarotillfällen" in said

    def test_says_nothing_of_the_person_to_whom_it_is_not_addressed(
        self, employer: Employer, fhv: Caller
    ):
        referral_id = released(employer)
        path = f"/v1/referrals/{referral_id}/print"
        said = page(employer, path) + page(employer, f"/v1/flags/{flag(employer)['id']}/letter")
        said += page(employer.key_for("cases:read"), path)
        assert [one for one in PERSONAL if one in said] == []
        assert (
            [one for one in PERSONAL[:-1] if one not in page(fhv, path)]
            == [
                NUMBER,  # written with its hyphen
                NUMBER[2:],
            ]
        )
        other = employer.key_for("provider", provider=employer.provider(name="FHV Annan"))
        other.refused(404, "GET", path)
        employer.key_for("cases:write").refused(403, "GET", path)

    def test_is_the_same_for_the_employer_whatever_the_provider_has_done(
        self, employer: Employer, fhv: Caller
    ):
        referral_id = released(employer)
        path = f"/v1/referrals/{referral_id}/print"
        pages = [page(employer, path)]
        for call, body in (
            ("accept", {}),
            ("book", {"starts_at": "2026-03-10T15:00:00+01:00", "mode": "on_site"}),
            ("no-show", {}),
            ("book", {"starts_at": "2026-03-10T16:00:00+01:00", "mode": "phone"}),
            ("complete", {"recommend_three_party": True}),
        ):
            employer.service.pass_time(86_400)
            fhv.ok("POST", f"/v1/referrals/{referral_id}/{call}", body)
            pages.append(page(employer, path))
        assert len(set(pages)) == 1
        assert NUMBER[8:] in page(fhv, path)

    @pytest.mark.parametrize("end", ["decline", "decline-by-employee", "withdraw", "close"])
    def test_has_nothing_of_the_person_once_it_has_ended(
        self, employer: Employer, fhv: Caller, end: str
    ):
        referral_id = released(employer)
        reasons: dict[str, Any] = {
            "decline": {"reason": "no_capacity"},
            "withdraw": {"reason": "employee_objects"},
            "close": {"outcome": "no_further_need"},
        }
        by = employer if end == "withdraw" else fhv
        by.ok("POST", f"/v1/referrals/{referral_id}/{end}", reasons.get(end, {}))
        for caller in (employer, fhv):
            whole = page(caller, f"/v1/referrals/{referral_id}/print")
            assert "ska inte lämnas vidare" in whole
            assert [one for one in PERSONAL if one in whole] == []
            assert [day for day in FIVE_IN_SWEDISH[:-1] if day in whole] == []
            assert "hemtjansten-norr" not in whole

    def test_of_a_protected_person_says_where_nobody_is(self, employer: Employer, fhv: Caller):
        employer.ok("PUT", "/v1/employees", PERSON | {"protected": True})
        referral_id = released(employer)
        for caller in (employer, fhv):
            whole = page(caller, f"/v1/referrals/{referral_id}/print")
            assert "Skyddade personuppgifter" in whole
            assert [one for one in (*PERSONAL, "hemtjansten-norr") if one in whole] == []

    def test_of_a_wish_says_whose_it_is_and_tells_no_days(self, employer: Employer, fhv: Caller):
        [employee] = employer.ok("POST", "/v1/employees/search", {"employee": "1001"})["items"]
        for wish_of, words in (("employee", "medarbetarens egen önskan"), ("manager", "chefens")):
            wish = {"employee_id": employee["id"], "wish_of": wish_of, "decided_by": "HR 7"}
            informed = {"employee_informed_on": "2026-03-02"} if wish_of == "manager" else {}
            employer.service.set_day("2026-03-11")
            made = employer.ok("POST", "/v1/referrals", wish | informed)
            for caller in (employer, fhv):
                said = printed(caller, made["id"])
                assert f"Remissen bygger på {words}" in said
                assert "inga uppgifter om sjukdagar" in said
                assert [day for day in FIVE_IN_SWEDISH[:-1] if day in said] == []
            withdraw = {"decided_by": "HR 7", "reason": "no_longer_needed"}
            employer.ok("POST", f"/v1/referrals/{made['id']}/withdraw", withdraw)

    def test_tells_no_days_once_none_support_it(self, employer: Employer, fhv: Caller):
        """Booked before the correction, the referral stays; its flag is withdrawn."""
        referral_id = released(employer)
        path = f"/v1/referrals/{referral_id}"
        fhv.ok("POST", f"{path}/accept", {})
        fhv.ok("POST", f"{path}/book", {"starts_at": "2026-03-12T09:00:00+01:00", "mode": "phone"})
        gone = {k: event(FIVE[1])[k] for k in ("source", "employee", "absence")}
        gone |= {"id": "gone", "occurred_at": "2026-03-10T12:00:00+01:00"}
        employer.post(gone | {"type": "absence.cancelled"})
        assert flag(employer)["state"] == "withdrawn"
        for caller in (employer, fhv):
            said = printed(caller, referral_id)
            assert "Underlaget har ändrats sedan remissen gjordes och gäller inte längre." in said
            assert [day for day in FIVE_IN_SWEDISH[:-1] if day in said] == []
        assert "Anna Exempel" in printed(fhv, referral_id)

    def test_without_a_provider_has_a_line_for_whom_it_is_to(self, employer: Employer):
        said = printed(employer, released(employer))
        assert "Avser Hälsosamtal Till Från Testkommun" in said

    def test_counts_an_episode_that_is_not_short_apart(self, employer: Employer, fhv: Caller):
        employer.post(event("2025-05-05", last_day="2025-05-25", occurred_on="2026-03-02"))
        said = printed(fhv, released(employer))
        assert "Sjukfrånvarotillfällen 6 därav korta (högst 14 sjukdagar) 5" in said
        assert "Sjukdagar i tillfällena 26" in said
        assert "5 maj 2025 25 maj 2025 måndag 21" in said
        assert "5 maj 2025" not in letter(employer)


def test_names_that_somebody_chose_with_malice_do_nothing(service: Service) -> None:
    """Names of the tenant, its provider, a unit, a decision and whoever decided, in both pages."""
    evil = "\"'></style><script>alert(1)</script><img src=https://evil.example/x>{{ 7*7 }}"
    settings = TenantSettings.model_validate({"release": "automatic", "decision_reference": evil})
    made = create_tenant(service.ctx, name=evil, settings=settings, preset="orust", live_from=None)
    employer = Employer(service, *made)
    fhv = employer.key_for("provider", provider=employer.provider(name=evil))
    person = {"employee": evil, "unit": evil, "contact": {"name": evil}}
    employer.ok("PUT", "/v1/employees", person)
    employer.batch(*(event(day, employee=evil) for day in FIVE))
    [found] = employer.items("/v1/flags")
    paths: list[tuple[Caller, str]] = [
        (employer, f"/v1/flags/{found['id']}/letter?language={one}") for one in ("sv", "en")
    ]
    paths += [(one, f"/v1/referrals/{found['referral_id']}/print") for one in (employer, fhv)]
    for caller, path in paths:
        answer = caller("GET", path)
        without = re.sub(re.escape("&lt;img src=https://evil.example/x&gt;"), "", answer.text)
        check_form(without, "en" if path.endswith("en") else "sv", POLICY)
        assert "".join(evil.split()) in "".join(text_of(answer.text).split())
        assert "<script" not in answer.text
