"""The example files, statement by statement, and what every refusal and warning is called."""

import pytest

from app.absences.fold import fold
from app.absences.history import History
from app.absences.policy import Policy, ordinal
from app.intake.rows import DETAILS, WARNINGS
from app.intake.schemas import EVENT
from tests.unit.intake.made import CANARY, FILES, document, failed, only_event, read, said, sick

SPLIT = ["sick_daily_split_codes.xml", "sick_daily_split_codes.latin1.xml"]
PERSON = "196101182803"


def content(name: str) -> bytes:
    return (FILES / name).read_bytes()


class TestRanges:
    @pytest.mark.parametrize("name", ["sick_range_omfattning.xml", "sick_range_omfattning.bom.xml"])
    def test_range_and_half_day_are_sickness_and_care_of_a_child_is_not(self, name):
        found = read(content(name))
        events = [row.event for row in found if row.event]
        assert (found.rows_total, found.rows_ignored, found.rows_merged) == (3, 1, 0)
        assert (found.replaces, found.warnings) == (None, ())
        assert said(content(name)) == [
            (1, "101", "2026-09-28", "2026-09-30", 100),
            (2, "102", "2026-09-15", "2026-09-15", 50),
        ]
        assert failed(content(name)) == {}
        assert events[0] == {
            "id": events[0]["id"],
            "source": "paxml:5560000001",
            "type": "absence.reported",
            "occurred_at": "2026-10-01T06:00:00+02:00",
            "employee": "101",
            "absence": "101:2026-09-28",
            "first_day": "2026-09-28",
            "last_day": "2026-09-30",
            "extent": 100,
            "kind": "sickness",
        }

    def test_a_spell_cut_at_the_end_of_the_month_is_one_episode(self):
        september, *_ = read(content("sick_range_omfattning.xml"))
        (october,) = read(content("sick_continues_next_period.xml"))
        assert said(content("sick_continues_next_period.xml")) == [
            (1, "101", "2026-10-01", "2026-10-02", 100)
        ]
        absences = [
            fold([EVENT.validate_python(row.event).event()]) for row in (september, october)
        ]
        history = History(absences, Policy(), (), as_of=ordinal("2026-10-31"))
        for view in ("spells", "sick_pay_periods", "episodes"):
            (group,) = history.view(view)
            assert (group["first_day"], group["last_day"]) == ("2026-09-28", "2026-10-02")
            assert group["sick_days"] == 5


class TestSplitCodes:
    @pytest.mark.parametrize("name", SPLIT)
    def test_rows_with_a_personal_number_alone_need_somebody_to_ask(self, name):
        assert said(content(name)) == []
        assert failed(content(name)) == {n: ["employment_number_missing"] for n in (1, 2, 3)}

    @pytest.mark.parametrize("name", SPLIT)
    def test_find_their_employee_in_both_encodings(self, name):
        found = read(content(name), who={PERSON: "7"}.get)
        rows = list(found)
        days = ["2026-09-03", "2026-09-04", "2026-09-07"]
        assert [(r.number, r.event and r.event["first_day"]) for r in rows] == [*enumerate(days, 1)]
        assert all(
            r.event
            and (r.event["employee"], r.event["extent"]) == ("7", 100)
            and r.event["last_day"] == r.event["first_day"]
            for r in rows
        )
        assert found.warnings == ("hours_without_schedule",)
        assert PERSON not in repr(rows)

    @pytest.mark.parametrize("name", SPLIT)
    def test_replace_what_was_said_of_the_month(self, name):
        replaces = read(content(name)).replaces
        assert replaces
        assert [day.isoformat() for day in replaces] == ["2026-09-01", "2026-09-30"]

    def test_of_somebody_unknown_are_an_error(self):
        unknown = ["personal_number_unknown"]
        assert failed(content(SPLIT[0]), who={}.get) == {1: unknown, 2: unknown, 3: unknown}

    def test_are_one_episode_over_the_weekend(self):
        events = [
            EVENT.validate_python(row.event).event()
            for row in read(content(SPLIT[0]), who={PERSON: "7"}.get)
        ]
        history = History(
            [fold([event]) for event in events], Policy(), (), as_of=ordinal("2026-10-31")
        )
        (episode,) = history.view("episodes")
        assert (episode["first_day"], episode["last_day"]) == ("2026-09-03", "2026-09-07")
        assert episode["sick_days"] == 3


class TestOthers:
    def test_version_2_2_is_read_and_the_employment_number_preferred(self):
        name = "version_2_2_fails_2_0_xsd.xml"
        assert said(content(name), who={PERSON: "7"}.get) == [
            (1, "101", "2026-09-01", "2026-09-01", 100)
        ]
        assert only_event(content(name))["source"] == "paxml:unknown"

    @pytest.mark.parametrize(
        ("who", "sixth"),
        [(None, "employment_number_missing"), ({}.get, "personal_number_invalid")],
    )
    def test_seven_broken_rows_are_seven_errors(self, who, sixth):
        name = "xsd_valid_but_rule_breaking.xml"
        assert read(content(name)).rows_total == 7
        assert said(content(name), who=who) == []
        assert failed(content(name), who=who) == {
            1: ["employee_missing"],
            2: ["date_missing"],
            3: ["hours_with_range"],
            4: ["range_reversed"],
            5: ["hours_and_extent"],
            6: [sixth],
            7: ["hours_invalid"],
        }

    def test_all_examples_are_told_of_above(self):
        assert {path.name for path in FILES.iterdir()} == {
            "sick_range_omfattning.xml",
            "sick_range_omfattning.bom.xml",
            "sick_continues_next_period.xml",
            *SPLIT,
            "version_2_2_fails_2_0_xsd.xml",
            "xsd_valid_but_rule_breaking.xml",
        }


def day(**fields: object) -> str:
    return sick(datum="2026-09-01", **fields)  # type: ignore[arg-type]


OWN_CODE = f'<koder><kod id="0815" namn="{CANARY}"/></koder>'


class TestWarnings:
    @pytest.mark.parametrize(
        ("text", "warnings"),
        [
            (document(day()), ()),
            (document(), ("no_rows",)),
            (document(day(timmar=8)), ("hours_without_schedule",)),
            (document(day(code="FR1"), day(code="FRX")), ("company_codes_ignored",)),
            (document(day(code="0815")), ("unknown_codes_ignored",)),
            (
                document(
                    day(code="0815"), after=f'<koder><kod id="0815" namn="{CANARY}"/></koder>'
                ),
                ("company_codes_ignored",),
            ),
            (document(day(code="VAB"), day(code="OB1"), day(code="OS5")), ()),
            (document(day(), header="<nyexport/>"), ("reexport_without_range",)),
            (
                document(day(), header="<datum>2027-01-01T00:00:00</datum>"),
                ("created_in_future",),
            ),
        ],
    )
    def test_say_what_the_whole_file_lacks(self, text, warnings):
        found = read(text)
        assert found.warnings == warnings
        assert set(warnings) <= set(WARNINGS)
        assert "Kanarie" not in repr([*found, found])

    def test_nothing_is_said_at_a_time_to_come(self):
        event = only_event(document(day(), header="<datum>2027-01-01T00:00:00</datum>"))
        assert event["occurred_at"] == "2026-11-02T08:30:00+00:00"

    def test_every_error_has_its_sentence(self):
        assert all(text.endswith(".") for text in (DETAILS | WARNINGS).values())
