"""Pages: right in both languages, whatever the names in them are, and complete by themselves."""

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from app.letters.basis import Basis, Episode
from app.letters.offer import Letter, Sent, Waiting, Why, waiting
from app.letters.paper import Blank, Ended, Known, Paper, Protected, Who, known
from app.letters.render import _TEMPLATES, POLICY, letter_page, referral_page
from app.letters.words import LANGUAGES
from app.rules.document import RuleDocument
from app.rules.language import Language
from app.rules.presets import PRESETS
from tests.unit.letters.pages import check_form, raw_text_of, text_of

ON = date(2026, 3, 2)
STRETCHES = ((date(2025, 9, 1), date(2025, 9, 1)), (date(2026, 1, 12), date(2026, 1, 14)))
RULES = {rule.id: rule for preset in PRESETS.values() for rule in preset.rules}
ORUST, CARE, REHAB = RULES["orust"], RULES["early-3-183"], RULES["ladder-3"]
UNTIL = Waiting(7, date(2026, 3, 9))
SENT = Sent(ON, "Exempelhälsan", "KS 2026/17")
HANDLINGS = (Waiting(), Waiting(1), Waiting(7), UNTIL, SENT, Sent(ON, None, None))
BASIS = Basis(
    date(2025, 3, 3),
    ON,
    (
        Episode(date(2025, 9, 1), date(2025, 9, 1), 1, short=True),
        Episode(date(2025, 10, 6), date(2025, 10, 26), 21, short=False),
        Episode(date(2026, 3, 2), date(2026, 3, 2), 1, short=True),
    ),
)
ANNA = Known("Anna Exempel", "19121212-1212", "070-1740605", "anna@exempel.se")
HOSTILE = (
    "</style></title><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}&amp;&lt;",
    "]]><!-- --><b>",
    "a\x00b\x0bc\x7fd\x85e\u202ef\u2066g\ud800h\uffffi",
)


def letter(
    handling: Waiting | Sent | None = SENT, rule: RuleDocument = ORUST, **more: Any
) -> Letter:
    why = Why(rule, ON, more.pop("stretches", STRETCHES), 14)
    facts: dict[str, Any] = {"employer": "Exempelkommun", "reference": "flg_1"}
    facts |= {"printed_on": date(2026, 3, 3), "handed_over_on": None} | more
    return Letter(why=why, handling=handling, **facts)


def paper(who: Who | None = None, **more: Any) -> Paper:
    return replace(
        Paper(
            reference="ref_1",
            employer="Exempelkommun",
            unit="Hemtjänsten norr",
            provider="Exempelhälsan",
            service="health_talk",
            requested_on=ON,
            decision_reference="KS 2026/17",
            released_by=None,
            employee_informed_on=date(2026, 2, 27),
            wish_of=None,
            who=who or Blank(),
            sentences=["Fem eller fler: utfallet är 5, villkoret är uppfyllt."],
            basis=BASIS,
            short_max_days=14,
        ),
        **more,
    )


class TestLetter:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("handling", HANDLINGS, ids=repr)
    @pytest.mark.parametrize("rule", [ORUST, REHAB], ids=lambda rule: rule.id)
    def test_of_a_referral_is_a_sound_page(
        self, rule: RuleDocument, handling: Waiting | Sent, language: Language
    ):
        check_form(letter_page(letter(handling, rule), language), language, POLICY)

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(
        "rule", [r for r in RULES.values() if r.action == "notify"], ids=lambda rule: rule.id
    )
    def test_of_a_talk_at_work_is_a_sound_page(self, rule: RuleDocument, language: Language):
        for stretches in (STRETCHES, ()):
            page = letter_page(letter(None, rule, stretches=stretches), language)
            check_form(page, language, POLICY)

    def test_names_the_offer_by_what_the_rule_asks_for(self):
        def offers(handling: Any, rule: RuleDocument) -> list[str]:
            pages = [text_of(letter_page(letter(handling, rule), one)) for one in ("sv", "en")]
            return [page.split("erbjudande om ")[-1].split("offer of ")[-1] for page in pages]

        for handling, rule, swedish, english in (
            (None, CARE, "ett omtankesamtal", "a caring talk"),
            (UNTIL, ORUST, "ett hälsosamtal", "a health talk"),
            (SENT, REHAB, "en rehabiliteringsutredning", "a rehabilitation assessment"),
        ):
            [sv, en] = offers(handling, rule)
            assert sv.startswith(swedish)
            assert en.startswith(english)

    def test_says_why_in_the_rules_own_words_with_the_days(self):
        swedish, english = (text_of(letter_page(letter(), one)) for one in LANGUAGES)
        assert "Fem eller fler korta sjukfrånvarotillfällen under tolv månader." in swedish
        assert "högst 14 sjukdagar" in swedish
        assert "till och med den 2 mars 2026: 1 september 2025 12-14 januari 2026" in swedish
        assert "Five or more short absence episodes within twelve months." in english
        assert "14 sick days at most" in english
        assert "including 2 March 2026: 1 September 2025 12-14 January 2026" in english

    def test_explains_only_what_its_rule_speaks_of(self):
        bradford = text_of(letter_page(letter(None, RULES["bradford-200"]), "sv"))
        assert "gånger sig självt" in bradford
        assert "Ett kort tillfälle" not in bradford
        orust = text_of(letter_page(letter(), "sv"))
        assert "gånger sig självt" not in orust

    @pytest.mark.parametrize(
        ("handling", "swedish", "english"),
        [
            (
                Waiting(),
                "skickas först när en namngiven person",
                "sent only when a named person",
            ),
            (Waiting(1), "gått 1 hel dag efter dagen", "until 1 whole day has passed"),
            (Waiting(7), "gått 7 hela dagar efter dagen", "until 7 whole days have passed"),
            (UNTIL, "skickas inte före den 10 mars 2026", "sent before 10 March 2026"),
            (UNTIL, "HR senast den 9 mars 2026", "HR by 9 March 2026 at the latest"),
        ],
        ids=repr,
    )
    def test_promises_no_more_than_the_policy_does(
        self, handling: Waiting, swedish: str, english: str
    ):
        for page, promise, nothing in (
            (
                letter_page(letter(handling), "sv"),
                swedish,
                ("Ingenting har skickats.", "Då skickas ingenting."),
            ),
            (
                letter_page(letter(handling), "en"),
                english,
                ("Nothing has been sent.", "Then nothing is sent."),
            ),
        ):
            said = text_of(page)
            assert promise in said
            assert [part for part in nothing if part not in said] == []

    def test_has_the_day_it_is_handed_over_or_a_line_for_it(self):
        by_hand, dated = letter(), letter(handed_over_on=date(2026, 3, 4))
        assert "Överlämnat den Chefens namn" in text_of(letter_page(by_hand, "sv"))
        assert "Överlämnat den 4 mars 2026 Chefens" in text_of(letter_page(dated, "sv"))
        assert "Handed over on 4 March 2026 Manager's" in text_of(letter_page(dated, "en"))

    def test_that_follows_a_referral_says_that_it_was_sent_and_can_still_be_declined(self):
        swedish, english = (text_of(letter_page(letter(SENT), one)) for one in LANGUAGES)
        sent = (
            "skickades den 2 mars 2026 till Exempelhälsan, enligt arbetsgivarens beslut KS 2026/17."
        )
        assert sent in swedish
        assert "Du kan fortfarande tacka nej" in swedish
        sent = "sent to Exempelhälsan on 2 March 2026, by your employer's decision KS 2026/17."
        assert sent in english
        assert "You can still decline" in english
        for said in (swedish, english):
            assert "Ingenting har skickats" not in said
            assert "Nothing has been sent" not in said

    def test_without_a_provider_claims_no_sending(self):
        page = letter_page(letter(Sent(ON, None, None)), "sv")
        assert "En remiss gjordes den 2 mars 2026." in text_of(page)
        assert "skickades" not in text_of(page)
        assert "was sent" not in text_of(letter_page(letter(Sent(ON, None, None)), "en"))

    @pytest.mark.parametrize("handling", HANDLINGS, ids=repr)
    def test_of_a_referral_says_what_the_employer_sees_and_that_it_is_voluntary(
        self, handling: Waiting | Sent
    ):
        swedish, english = (text_of(letter_page(letter(handling), one)) for one in LANGUAGES)
        assert "ser inte om du har varit på något samtal" in swedish
        assert "tystnadsplikt" in swedish
        assert "trepartssamtal" in swedish
        assert "frivilligt" in swedish
        assert "does not see whether you have been to any talk" in english
        assert "professional secrecy" in english
        assert "three-party talk" in english
        assert "voluntary" in english

    def test_of_a_talk_at_work_speaks_of_no_referral(self):
        swedish, english = (text_of(letter_page(letter(None, CARE), one)) for one in LANGUAGES)
        assert "Ingenting lämnas till företagshälsovården" in swedish
        assert "remiss" not in swedish.lower()
        assert "Nothing is passed on to occupational health" in english
        assert "referral" not in english.lower()
        assert "frivilligt" in swedish
        assert "voluntary" in english


class TestWaiting:
    @pytest.mark.parametrize(
        ("days", "asked", "informed_on", "expected"),
        [
            (0, True, None, Waiting()),
            (0, True, ON, Waiting()),
            (7, True, None, Waiting(7)),
            (7, True, ON, UNTIL),
            (7, False, ON, UNTIL),
            (7, False, None, Waiting()),
        ],
    )
    def test_follows_the_policy(
        self, days: int, asked: bool, informed_on: date | None, expected: Waiting
    ):
        made = waiting(objection_days=days, require_informed=asked, informed_on=informed_on)
        assert made == expected


class TestPaper:
    @pytest.mark.parametrize(
        ("who", "service", "wish_of", "basis"),
        [
            *product(
                [
                    Blank(),
                    Blank(protected=True),
                    Protected(),
                    Ended(),
                    ANNA,
                    Known(None, None, None, None),
                ],
                ["health_talk", "rehabilitation_investigation"],
                [None, "manager", "employee"],
                [BASIS, None],
            )
        ],
    )
    def test_is_a_sound_page(self, who: Who, service: str, wish_of: str | None, basis: Any):
        made = paper(who, service=service, wish_of=wish_of, basis=basis)
        check_form(referral_page(made), "sv", POLICY)
        bare = replace(
            made, unit=None, provider=None, decision_reference=None, employee_informed_on=None
        )
        check_form(referral_page(bare), "sv", POLICY)

    def test_has_what_occupational_health_asks_for(self):
        said = text_of(referral_page(paper(released_by="HR 7")))
        for part in (
            "Avser Hälsosamtal Till Exempelhälsan Från Exempelkommun Enhet Hemtjänsten norr",
            "Remissdatum 2 mars 2026 Beslutad av HR 7 Beslut KS 2026/17",
            "Medarbetaren informerad 27 februari 2026",
            "Fem eller fler: utfallet är 5, villkoret är uppfyllt.",
            "Tolv månader, 3 mars 2025 - 2 mars 2026",
            "Sjukfrånvarotillfällen 3 därav korta (högst 14 sjukdagar) 2",
            "Sjukdagar i tillfällena 23",
            "måndag tisdag onsdag torsdag fredag lördag söndag 3 0 0 0 0 0 0",
            "6 oktober 2025 26 oktober 2025 måndag 21",
        ):
            assert part in said, part

    def test_has_lines_to_write_on_for_the_employer(self):
        said = text_of(referral_page(paper(Blank())))
        assert "Vem remissen gäller Namn Personnummer Telefon Underlag" in said

    def test_has_the_person_for_the_provider_and_lines_for_what_is_not_known(self):
        said = text_of(referral_page(paper(ANNA)))
        assert "Namn Anna Exempel Personnummer 19121212-1212 Telefon 070-1740605" in said
        said = text_of(referral_page(paper(Known("Anna Exempel", None, None, None))))
        assert "Namn Anna Exempel Personnummer Telefon E-post Underlag" in said

    def test_of_a_protected_person_says_to_ask_the_employer(self):
        said = text_of(referral_page(paper(Protected())))
        assert "Skyddade personuppgifter" in said
        assert "Personnummer" not in said

    def test_of_a_protected_person_tells_the_employer_not_to_write_where_they_are(self):
        said = text_of(referral_page(paper(Blank(protected=True), unit=None)))
        assert "Namn Personnummer Skyddade personuppgifter: lämna remissen personligen" in said
        assert "Telefon" not in said
        assert "Skyddade" not in text_of(referral_page(paper(Blank())))

    def test_that_has_ended_shows_nothing_of_the_person_and_is_not_answered(self):
        said = text_of(referral_page(paper(Ended())))
        assert "ska inte lämnas vidare" in said
        for part in ("Namn", "Personnummer", "Underlag", "utfallet", "september", "Svar till"):
            assert part not in said, part

    def test_without_flags_says_whose_wish_it_is(self):
        for wish_of, words in (("manager", "chefens"), ("employee", "medarbetarens egen")):
            said = text_of(referral_page(paper(wish_of=wish_of, basis=None, sentences=[])))
            assert f"bygger på {words} önskan och inte på frånvaro" in said
            assert "stående beslut" not in said

    def test_that_no_day_supports_any_more_says_so(self):
        said = text_of(referral_page(paper(basis=None, sentences=[])))
        assert "Underlaget har ändrats" in said
        assert "Sjukdagar i" not in said

    def test_is_answered_by_codes_and_asks_for_no_attendance(self):
        said = text_of(referral_page(paper()))
        for code in ("no_capacity", "not_our_area", "wrong_provider", "incomplete"):
            assert f"({code})" in said
        assert "Skriv inte om medarbetaren har fått en tid, kommit" in said


class TestHostileNames:
    """Whatever somebody called a tenant, a unit or a decision is shown as it is, no more."""

    @pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_change_nothing_in_a_letter(self, name: str, language: Language):
        page = letter_page(letter(Sent(ON, name, name), employer=name, reference=name), language)
        check_form(page, language, POLICY)

    @pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
    def test_change_nothing_in_a_paper(self, name: str):
        named = dict.fromkeys(("employer", "unit", "provider", "decision_reference"), name)
        made = paper(
            Known(name, name, name, name),
            **named,
            reference=name,
            released_by=name,
            sentences=[name],
        )
        check_form(referral_page(made), "sv", POLICY)

    @given(name=st.text(min_size=1, max_size=60))
    def test_are_read_as_they_were_written(self, name: str):
        """But for what cannot be printed, which shows that it was there."""
        said = raw_text_of(referral_page(paper(employer=f"<{name}>", unit=None)))
        printable = "".join(c for c in name if c.isprintable() and not c.isspace())
        for char in set(printable) - {"\u061c"}:
            assert char in said
        check_form(referral_page(paper(employer=name)), "sv", POLICY)

    def test_turn_no_text_around(self):
        page = referral_page(paper(employer="\u202eabc\u2066"))
        assert "\u202e" not in page
        assert "\N{REPLACEMENT CHARACTER}abc\N{REPLACEMENT CHARACTER}" in page


def test_a_fact_that_is_missing_is_an_error_and_no_gap():
    with pytest.raises(UndefinedError):
        _TEMPLATES.get_template("referral.html.j2").render(paper=paper())


def test_what_is_known_of_a_person_is_taken_over_whole():
    contact = {"name": "Anna Exempel", "phone": "070-1740605", "email": "anna@exempel.se"}
    stored = {"protected": False, "contact": contact, "personal_number": "191212121212"}
    assert known(stored) == ANNA
    assert known({"protected": True}) == Protected()
    nothing = {"protected": False, "contact": dict.fromkeys(contact), "personal_number": None}
    assert known(nothing) == Known(None, None, None, None)
