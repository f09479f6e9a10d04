"""Codes, schedules, days off, re-exports and dialects: what PAXml's rules make of rows."""

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.absences.days import sick_runs
from app.absences.fold import fold
from app.absences.history import History
from app.absences.policy import Policy, ordinal
from app.intake import schedule as schedules
from app.intake.schemas import EVENT
from tests.unit.intake.made import (
    DAY,
    document,
    failed,
    read,
    refusal,
    said,
    schedule,
    sick,
    span,
    times,
)

PERSON = "191212121212"


def kinds(content: bytes, **settings) -> list[tuple[object, object]]:
    return [(r.event["kind"], r.event["absence"]) for r in read(content, **settings) if r.event]


class TestKinds:
    def test_injury_and_infection_keep_their_kind_and_stand_beside_sickness(self):
        rows = [sick(code=code, datum=DAY) for code in ("ASK", "SJK", "SMB", "SJK_KAR")]
        found = read(document(*rows))
        assert [(r.event["kind"], r.event["absence"]) for r in found if r.event] == [
            ("work_injury", "101:2026-09-01:work_injury"),
            ("sickness", "101:2026-09-01"),
            ("infection_carrier", "101:2026-09-01:infection_carrier"),
        ]
        assert (found.rows_total, found.rows_merged) == (4, 1)

    def test_found_out_later_is_the_same_absence(self):
        """Else the day would go on counting as sickness beside the injury that it was."""
        plain = "101:2026-09-01"
        assert kinds(document(sick(code="ASK", datum=DAY))) == [("work_injury", plain)]
        assert kinds(document(sick(datum=DAY))) == [("sickness", plain)]
        two = document(sick(code="ASK", datum=DAY), sick(code="SMB", datum=DAY))
        assert kinds(two) == [
            ("work_injury", f"{plain}:work_injury"),
            ("infection_carrier", plain),
        ]

    def test_own_codes_go_by_mapping(self):
        rows = [sick(code=code, datum=DAY) for code in ("FR1", "FR2", "4711")]
        own = {"FR2": "rehabilitation", "4711": "sickness"}
        found = read(document(*rows), codes=own)
        assert kinds(document(*rows), codes=own) == [
            ("rehabilitation", "101:2026-09-01:rehabilitation"),
            ("sickness", "101:2026-09-01"),
        ]
        assert (found.rows_ignored, found.warnings) == (1, ("company_codes_ignored",))

    @pytest.mark.parametrize("code", ["VAB", "HAV", "SEM", "OS1", "ARB", "SJK"])
    def test_what_the_standard_says_is_not_a_mappings_to_say(self, code):
        content = document(sick(code=code, datum=DAY))
        assert kinds(content, codes={code: "work_injury"}) == kinds(content)


class TestPersonalNumbers:
    def test_are_asked_for_once_and_not_kept(self):
        asked = []

        def who(number: str) -> str:
            asked.append(number)
            return "7"

        rows = [sick("", persnr=PERSON, datum=f"2026-09-0{n}") for n in (1, 2)]
        content = document(*rows, sick("", persnr="VABBARNVABBA", code="VAB", datum=DAY))
        found = list(read(content, who=who))
        assert asked == [PERSON]
        assert [row.event and row.event["employee"] for row in found] == ["7", "7"]
        assert PERSON not in repr(found)

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            (sick("", persnr="19121212T212", datum=DAY), "personal_number_invalid"),
            (sick("", persnr="196101182803", datum=DAY), "personal_number_unknown"),
            (sick("", datum=DAY), "employee_missing"),
        ],
    )
    def test_that_lead_to_nobody_are_an_error(self, row, code):
        assert failed(document(row), who={PERSON: "7"}.get) == {1: [code]}


class TestHours:
    @pytest.mark.parametrize(
        ("hours", "scheduled", "extent"),
        [
            ("8.00", "8", 100),
            ("9", "8", 100),
            ("4", "8", 50),
            ("1", "8", 13),
            ("0.01", "8", 1),
            ("0", "0", 100),
            ("3.98", "8", 50),
            ("3", "0", 100),
            ("6.01666666666667", "6.01666666666667", 100),
        ],
    )
    @pytest.mark.parametrize("by_person", [False, True])
    def test_are_weighed_by_the_schedule_wherever_it_stands(
        self, hours, scheduled, extent, by_person
    ):
        person = PERSON if by_person else ""
        section = schedule({DAY: scheduled}, persnr=person)
        content = document(sick(persnr=person, datum=DAY, timmar=hours), after=section)
        assert said(content) == [(1, "101", DAY, DAY, extent)]
        assert read(content).warnings == ()
        first = content.replace(section.encode(), b"").replace(
            b"<tidtr", section.encode() + b"<tidtr", 1
        )
        assert said(first) == said(content)

    def test_of_split_codes_add_up(self):
        rows = [
            sick(code="SJK_KAR", datum=DAY, timmar=5),
            sick(code="SJK_LÖN", datum=DAY, timmar=1),
        ]
        assert said(document(*rows, after=schedule({DAY: 8}))) == [(1, "101", DAY, DAY, 75)]

    @pytest.mark.parametrize(("section", "extent"), [(schedule({DAY: 8}), 75), ("", 75)])
    def test_beside_a_larger_extent_add_nothing(self, section, extent):
        rows = [sick(datum=DAY, omfattning=75), sick(code="SJK_KAR", datum=DAY, timmar=4)]
        assert said(document(*rows, after=section)) == [(1, "101", DAY, DAY, extent)]

    def test_of_a_day_with_two_shifts_are_of_both(self):
        both = schedule({DAY: 4}).replace("</schema>", f'<dag datum="{DAY}" timmar="4"/></schema>')
        content = document(sick(datum=DAY, timmar=4), after=both)
        assert said(content) == [(1, "101", DAY, DAY, 50)]

    def test_may_be_those_from_start_to_end(self):
        row = sick(**times(f"{DAY}T08:00:00", f"{DAY}T10:00:00"))
        assert said(document(row, after=schedule({DAY: 8}))) == [(1, "101", DAY, DAY, 25)]

    @pytest.mark.parametrize(
        "section",
        [
            "",
            schedule({DAY: 8}, anstid="102"),
            schedule({"2026-09-02": 8}),
            schedule({DAY: "eight"}),
            schedule({DAY: -1}),
            schedule({DAY: ""}),
            schedule({DAY: 8}).replace(' anstid="101"', ""),
        ],
    )
    def test_without_the_days_schedule_say_nothing(self, section):
        found = read(document(sick(datum=DAY, timmar=4), after=section))
        assert "hours_without_schedule" in found.warnings
        assert [row.event and row.event["extent"] for row in found] == [100]

    def test_go_with_a_range_of_one_day_alone(self):
        one = sick(timmar=4, **span(DAY, DAY))
        two = sick("102", timmar=4, **span(DAY, "2026-09-02"))
        content = document(one, two, after=schedule({DAY: 8}))
        assert said(content) == [(1, "101", DAY, DAY, 50)]
        assert failed(content) == {2: ["hours_with_range"]}

    def test_more_schedule_than_memory_is_meant_for_is_refused(self, monkeypatch):
        monkeypatch.setattr(schedules, "MAX_DAYS", 2)
        days = {f"2026-09-0{n}": 8 for n in (1, 2, 3)}
        assert refusal(document(after=schedule(days))) == "too_large"


def two_days(first: str, second: str, days: Mapping[str, object], **settings) -> list:
    """First and last days of two day rows with a schedule."""
    rows = [sick(datum=day) for day in (first, second)]
    return [row[2:4] for row in said(document(*rows, after=schedule(days)), **settings)]


class TestDaysOff:
    # 2026-09-01 is a Tuesday.
    def test_by_schedule_belong_to_the_spell(self):
        off = {"2026-09-02": 0, "2026-09-03": "0.00"}
        assert two_days(DAY, "2026-09-04", off) == [
            (DAY, "2026-09-03"),
            ("2026-09-04", "2026-09-04"),
        ]

    def test_by_schedule_keep_the_absences_name(self):
        rows = [sick(datum=DAY), sick(datum="2026-09-03")]
        content = document(*rows, after=schedule({"2026-09-02": 0}))
        assert [name for _, name in kinds(content)] == ["101:2026-09-01", "101:2026-09-03"]

    @pytest.mark.parametrize(
        "days",
        [
            {},
            {"2026-09-02": 0},
            {"2026-09-02": 0, "2026-09-03": 8},
            {"2026-09-02": 0, "2026-09-03": ""},
        ],
    )
    def test_are_those_that_the_schedule_says_all_of(self, days):
        assert two_days(DAY, "2026-09-04", days) == [(DAY, DAY), ("2026-09-04", "2026-09-04")]

    def test_at_the_weekend_are_left_to_the_employers_policy(self):
        friday, monday = "2026-09-04", "2026-09-07"
        for days in ({}, {"2026-09-05": 0, "2026-09-06": 0}):
            assert two_days(friday, monday, days) == [(friday, friday), (monday, monday)]

    def test_around_the_weekend_reach_as_far_as_the_policy_would_not(self):
        thursday, tuesday = "2026-09-03", "2026-09-08"
        assert two_days(thursday, tuesday, {"2026-09-04": 0, "2026-09-07": 0})[0] == (
            thursday,
            "2026-09-07",
        )
        assert two_days(thursday, "2026-09-07", {"2026-09-04": 0})[0] == (thursday, "2026-09-04")

    def test_on_a_working_weekend_are_none(self):
        friday, monday = "2026-09-04", "2026-09-07"
        days: dict[str, object] = {"2026-09-05": 8, "2026-09-06": 0}
        assert two_days(friday, monday, days)[0] == (friday, friday)

    def test_on_a_holiday_are_left_to_the_employers_policy(self):
        off: dict[str, object] = {"2026-09-02": 0}
        assert two_days(DAY, "2026-09-03", off, holidays={ordinal("2026-09-02")})[0] == (DAY, DAY)

    def test_between_kinds_join_nothing(self):
        rows = [sick(datum=DAY), sick(code="ASK", datum="2026-09-03")]
        content = document(*rows, after=schedule({"2026-09-02": 0}))
        assert [row[2:4] for row in said(content)] == [(DAY, DAY), ("2026-09-03", "2026-09-03")]


class TestOverlaps:
    @pytest.mark.parametrize("order", [1, -1])
    def test_a_day_inside_a_range_is_said_already(self, order):
        day = sick(code="SJK_KAR", datum="2026-09-02", omfattning=50)
        rows = [sick(omfattning=50, **span(DAY, "2026-09-04")), day]
        content = document(*rows[::order])
        assert [row[1:] for row in said(content)] == [("101", DAY, "2026-09-04", 50)]
        assert read(content).rows_merged == 1

    def test_a_day_of_larger_extent_inside_a_range_stands_beside_it(self):
        day = sick(datum="2026-09-02", omfattning=75)
        content = document(sick(omfattning=50, **span(DAY, "2026-09-04")), day)
        assert len(said(content)) == 2


class TestReexport:
    @pytest.mark.parametrize(
        ("attributes", "days"),
        [
            ('datumfrom="2026-09-01" datumtom="2026-09-30"', ["2026-09-01", "2026-09-30"]),
            ('datum="2026-10-05" datumfrom="2026-09-01" datumtom="2026-09-01"', [DAY, DAY]),
            ('datumfrom="2026-09-30" datumtom="2026-09-01"', None),
            ('datumfrom="2026-09-01"', None),
            ('datumfrom="2026-09-01" datumtom="september"', None),
            ('datum="2026-10-05"', None),
        ],
    )
    def test_replaces_a_range_that_is_one(self, attributes, days):
        found = read(document(sick(datum=DAY), header=f"<nyexport {attributes}/>"))
        assert (found.replaces and [day.isoformat() for day in found.replaces]) == days
        assert found.warnings == (() if days else ("reexport_without_range",))

    def test_elsewhere_replaces_nothing(self):
        elsewhere = '<nyexport datumfrom="2026-09-01" datumtom="2026-09-30"/>'
        assert read(document(sick(datum=DAY), elsewhere)).replaces is None


class TestDialects:
    @pytest.mark.parametrize("mark", ["klar", "klart", "attesterat", "kommentar"])
    def test_marks_between_rows_are_not_rows(self, mark):
        content = document(f"<{mark}>true</{mark}>", sick(datum=DAY), f'<{mark} anstid="1"/>')
        assert read(content).rows_total == 1
        assert len(said(content)) == 1

    def test_the_format_may_be_any(self):
        for form in ("LÖNIN", "LÖNUT", "REGISTER", ""):
            assert said(document(sick(datum=DAY), header=f"<format>{form}</format>"))

    def test_invented_elements_are_passed_over(self):
        row = sick(datum=DAY).replace("</tidtrans>", "<kommentar>x</kommentar></tidtrans>")
        root = ' xmlns="http://www.paxml.se/2.2/"'
        invented = "<tidtransaktion anstid='1'><tidkod>SJK</tidkod></tidtransaktion>"
        assert len(said(document(row, invented, root=root))) == 1

    @pytest.mark.parametrize(
        "datum", ["2026-10-01 06:00:00", "2026-10-01T06:00", "2026-10-01T06:00:00.0"]
    )
    def test_the_header_may_write_its_time_otherwise(self, datum):
        (row,) = read(document(sick(datum=DAY), header=f"<datum>{datum}</datum>"))
        assert row.event
        assert row.event["occurred_at"] == "2026-10-01T06:00:00+02:00"

    def test_the_number_of_a_post_is_no_identity(self):
        once = sick(datum=DAY)
        ids = [
            row.event and row.event["id"]
            for number in (1, 2)
            for row in read(document(once.replace("<tidtrans", f'<tidtrans postid="{number}"')))
        ]
        assert ids[0] == ids[1]


START = date(2026, 8, 31)
DAYS = [START + timedelta(days=n) for n in range(16)]
HOURS = st.sampled_from([None, 0, 0, 4, 8])


def written(day: date, hours: float, split: int, rng: random.Random) -> list[str]:
    """A day's hours over some codes."""
    codes = ["SJK_KAR", "SJK_LÖN", "SJK"][:split]
    return [sick(code=code, datum=day, timmar=hours / split) for code in rng.sample(codes, split)]


def runs(days: list[date], rng: random.Random) -> list[tuple[date, date]]:
    """Whole days as ranges, cut anywhere."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and day - found[-1][1] == timedelta(days=1) and rng.random() < 0.7:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def expected(sick_hours: dict[date, float | None], scheduled: dict[date, int]) -> dict[date, int]:
    """The oracle: extent of every sick day, looked at day by day."""
    extents: dict[date, int] = {}
    for day, hours in sick_hours.items():
        whole = scheduled.get(day)
        if hours is None or whole is None or hours >= whole:
            extents[day] = 100
        else:
            extents[day] = max(1, int(Fraction(hours) * 100 / whole + Fraction(1, 2)))
    for day in sorted(sick_hours):
        gap = []
        later = day + timedelta(days=1)
        while later not in sick_hours and later <= DAYS[-1]:
            gap.append(later)
            later += timedelta(days=1)
        if later not in sick_hours:
            continue
        if all(scheduled.get(d) == 0 or (d not in scheduled and d.weekday() > 4) for d in gap):
            while gap and gap[-1].weekday() > 4:
                gap.pop()
            extents |= dict.fromkeys(gap, extents[day])
    return extents


@given(
    scheduled=st.fixed_dictionaries(dict.fromkeys(DAYS, HOURS)),
    ill=st.dictionaries(
        st.sampled_from(DAYS), st.tuples(st.sampled_from([None, 2, 4, 8]), st.integers(1, 2))
    ),
    rng=st.randoms(use_true_random=False),
)
def test_any_splitting_order_and_schedule_gives_the_days_that_were_meant(scheduled, ill, rng):
    plan = {day: hours for day, hours in scheduled.items() if hours is not None}
    rows = [
        row
        for day, (hours, split) in ill.items()
        if hours is not None
        for row in written(day, hours, split, rng)
    ]
    for first, last in runs([day for day, (hours, _) in ill.items() if hours is None], rng):
        rows.append(sick(**span(first.isoformat(), last.isoformat())))
    rng.shuffle(rows)
    section = schedule({day.isoformat(): hours for day, hours in plan.items()})
    found = defaultdict(list)
    for row in read(document(*rows, after=section)):
        assert row.event
        found[row.event["absence"]].append(EVENT.validate_python(row.event).event())
    absences = [fold(events) for events in found.values()]
    extents = {
        date.fromordinal(day): run.extent
        for run in sick_runs(absences, Policy(), (), as_of=ordinal("2026-12-31"))
        for day in range(run.first, run.last + 1)
    }
    assert extents == expected({day: hours for day, (hours, _) in ill.items()}, plan)


def test_a_shift_workers_days_off_do_not_cut_an_episode():
    rows = [sick(datum=day) for day in (DAY, "2026-09-04")]
    off = schedule({"2026-09-02": 0, "2026-09-03": 0})
    for section, episodes in (("", 2), (off, 1)):
        events = [
            EVENT.validate_python(row.event).event() for row in read(document(*rows, after=section))
        ]
        absences = [fold([event]) for event in events]
        history = History(absences, Policy(), (), as_of=ordinal("2026-10-01"))
        assert len(history.view("episodes")) == episodes
