"""The outcomes report: every figure is right, and none lets anybody be found among fewer than ten.

People here are of some kinds; for each figure of a report it is known which kinds it counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, product
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reports.disclosure import Timeline
from app.reports.journeys import PAIRS, STEPS, Journey
from app.reports.outcomes import outcomes
from app.reports.participants import DIVISIONS, FLAGGED, Flagged, Participant
from app.reports.sick_leave import Year, Years
from app.reports.view import View
from tests.unit.reports.attacker import Attacker, sizes

NOWHERE = Journey(0, False, "neither", {})
REFERRED = Journey(1, False, "referred", {})
TALKED = Journey(3, False, "released", {("requested", "accepted"): 2})
ORIGINS: tuple[Any, ...] = ("released", "referred")
JOURNEYS = (
    NOWHERE,
    *(Journey(*way, {}) for way in product((1, 3), (False, True), ORIGINS)),
)
"""Whatever may be at once: else the attacker would know more than can be known."""
BECAME = tuple(product(("back_in_work", "left_employment"), ("none", "part_time")))
MORE = tuple(
    product(("back_in_work", "left_employment", "unknown"), ("none", "part_time", "full_time"))
)


class Setting(NamedTuple):
    """What people may differ in."""

    months: int
    journeys: tuple[Journey, ...] = (REFERRED,)
    became: tuple[tuple[Any, Any], ...] = BECAME
    starts: tuple[Any, ...] = ("full_time",)
    sexes: tuple[str, ...] = ("not_given",)
    units: tuple[str | None, ...] = (None,)

    def kinds(self) -> list[Participant]:
        several = (self.journeys, self.became, self.starts, self.sexes, self.units)
        return [
            Participant(month, unit, sex, way, False, start, now, status)
            for month in range(self.months)
            for way, (status, now), start, sex, unit in product(*several)
        ]


SETTINGS = {
    "journeys": Setting(3, journeys=JOURNEYS, became=BECAME[:1]),
    "what became of people": Setting(3, became=MORE),
    "journeys and what became": Setting(2, journeys=(NOWHERE, REFERRED, TALKED)),
    "sexes": Setting(2, starts=("full_time", "part_time"), sexes=("female", "male")),
    "units": Setting(2, units=("u", "v", "w", None)),
}
Counts = Callable[[Participant], bool]


def figures(report: Any) -> Iterator[tuple[Counts, Any]]:
    """Every number of people in a report of all, with the kinds it is of."""
    yield lambda p: True, report["participants"]
    yield from side_by_side(report)
    for one in report["by_sex"] or ():
        yield partial(of_sex, one["sex"], lambda _: True), one["participants"]
        for counts, people in side_by_side(one):
            yield partial(of_sex, one["sex"], counts), people
    for step in report["funnel"]:
        name = step["step"]
        if name in STEPS:
            rank = STEPS.index(name) + 1
            yield partial(reached, rank), step["people"]
    told = {step["step"]: step["people"] for step in report["funnel"]}
    yield lambda p: p.journey.origin == "released", told.get("released")
    yield lambda p: p.journey.closed, told.get("closed")
    if report["absence"]:
        yield lambda p: p.years is not None, report["absence"]["people"]


def reached(rank: int, person: Participant) -> bool:
    return person.journey.furthest >= rank


def of_sex(sex: str, counts: Counts, person: Participant) -> bool:
    return person.sex == sex and counts(person)


def in_group(part: str, group: str, person: Participant) -> bool:
    return GROUPS[part](person, group)


GROUPS: dict[str, Callable[[Participant, str], bool]] = {
    "sick_leave_at_start": lambda p, group: (
        p.at_start != "full_time" if group == "not_full_time" else p.at_start == group
    ),
    "sick_leave_now": lambda p, group: (
        p.now != "none" if group == "on_sick_leave" else p.now == group
    ),
    "work_status": lambda p, group: (
        p.work_status != "back_in_work" if group == "not_back_in_work" else p.work_status == group
    ),
}


def side_by_side(parts: Any) -> Iterator[tuple[Counts, int]]:
    for part in GROUPS:
        for one in parts[part] or ():
            yield partial(in_group, part, one["group"]), one["people"]
    if parts["fully_back"]:
        yield (
            lambda p: p.work_status == "back_in_work" and p.now == "none",
            parts["fully_back"]["people"],
        )


def told(people: Sequence[Participant], setting: Setting) -> Iterator[tuple[set[int], int]]:
    """Every number of every report of every period and unit, with the kinds it counts."""
    timeline = Timeline(people, DIVISIONS, setting.months - 1)
    flagged: Timeline[Flagged] = Timeline([], FLAGGED, setting.months - 1)
    kinds = setting.kinds()
    for first, last in combinations(range(setting.months + 1), 2):
        for unit in {None, *setting.units}:
            report = outcomes(View(timeline, flagged, (first, last - 1), unit))
            for counts, number in figures(report):
                if number is None:
                    continue
                yield (
                    {
                        n
                        for n, kind in enumerate(kinds)
                        if first <= kind.month < last and unit in (None, kind.unit) and counts(kind)
                    },
                    number,
                )


def crowd(setting: Setting, of_kind: Sequence[int]) -> list[Participant]:
    return [kind for kind, n in zip(setting.kinds(), of_kind, strict=True) for _ in range(n)]


class TestEveryFigure:
    @pytest.mark.parametrize("name", SETTINGS)
    @settings(max_examples=100, deadline=None)
    @given(data=st.data())
    def test_is_right_and_gives_nobody_away(self, name: str, data: st.DataObject):
        setting = SETTINGS[name]
        kinds = setting.kinds()
        of_kind = sizes(data, len(kinds))
        attacker = Attacker(range(len(kinds)))
        for those, number in told(crowd(setting, of_kind), setting):
            assert number == sum(of_kind[n] for n in those)
            assert not 0 < number < 10
            attacker.learn(those, number)
        for those in targets(setting):
            found = attacker.works_out(those)
            assert found is None or not 0 < found < 10
        closed_in = [low for low, high in attacker.bounds().values() if low == high]
        assert [n for n in closed_in if 0 < n < 10] == []


KNOWN = tuple(Journey(furthest, False, "referred", {}) for furthest in (1, 2, 3, 4))
SECRET = tuple(Journey(furthest, False, "referred", {}, secret=True) for furthest in (2, 3))
IN_PART = Setting(3, journeys=(*KNOWN, *SECRET), became=BECAME[:1])


class TestWhatTheEmployerDoesNotKnow:
    """It knows of each who consented, and how many the others are: of these it learns no more
    than that ten or more came to a talk, and ten or more did not."""

    @settings(max_examples=150, deadline=None)
    @given(data=st.data())
    def test_stays_unknown_when_the_known_are_subtracted(self, data: st.DataObject):
        kinds = IN_PART.kinds()
        of_kind = sizes(data, len(kinds))
        attacker = Attacker(range(len(kinds)))
        for n, kind in enumerate(kinds):
            if not kind.journey.secret:
                attacker.learn({n}, of_kind[n])
        for those, number in told(crowd(IN_PART, of_kind), IN_PART):
            attacker.learn(those, number)
        for first, last in combinations(range(4), 2):
            unknown = {
                n for n, k in enumerate(kinds) if first <= k.month < last and k.journey.secret
            }
            held = {n for n in unknown if kinds[n].journey.talk_held}
            came = attacker.works_out(held)
            if came is not None and (all_of_them := sum(of_kind[n] for n in unknown)):
                assert 10 <= came <= all_of_them - 10

    def test_control_is_told_where_it_is_mixed(self):
        people = [one(journey=way) for way in SECRET for _ in range(10)]
        steps = {s["step"]: s["people"] for s in report_of(people)["funnel"]}
        assert (steps["accepted"], steps["talk_held"]) == (20, 10)

    @pytest.mark.parametrize("known", [(), (KNOWN[2],) * 20, (KNOWN[0],) * 20, KNOWN * 20])
    @pytest.mark.parametrize("secret", [(0, 12), (12, 0), (9, 30), (30, 9), (0, 1)])
    def test_is_not_told_where_all_or_nearly_all_did_the_same(self, known: Any, secret: Any):
        ways = [*known, *(way for way, n in zip(SECRET, secret, strict=True) for _ in range(n))]
        report = report_of([one(journey=way) for way in ways])
        steps = {s["step"]: s["people"] for s in report["funnel"]}
        assert steps.get("talk_held") is None
        assert steps.get("three_party_held") is None


def targets(setting: Setting) -> Iterator[set[int]]:
    """Whom somebody might like to count: of any kinds, in any stretch of time."""
    kinds = list(enumerate(setting.kinds()))
    ways = [None, *setting.journeys]
    rest = product(ways, [None, *setting.became], [None, *setting.sexes], ["any", *setting.units])
    choices = list(rest)
    for first, last in combinations(range(setting.months + 1), 2):
        for way, became, sex, unit in choices:
            yield {
                n
                for n, kind in kinds
                if first <= kind.month < last
                and way in (None, kind.journey)
                and became in (None, (kind.work_status, kind.now))
                and sex in (None, kind.sex)
                and unit in ("any", kind.unit)
            }


def one(**more: Any) -> Participant:
    given = {
        "month": 0,
        "unit": None,
        "sex": "not_given",
        "journey": REFERRED,
        "met": False,
        "at_start": "full_time",
        "now": "none",
        "work_status": "back_in_work",
    }
    return Participant(**(given | more))


def report_of(people: Sequence[Participant], flagged: Sequence[Flagged] = ()) -> Any:
    timelines = Timeline(people, DIVISIONS, 0), Timeline(flagged, FLAGGED, 0)
    return outcomes(View(*timelines, (0, 0)))


def hidden(report: Any) -> dict[str, str]:
    return {one["part"]: one["shown"] for one in report["suppressed"]}


class TestCoarsening:
    def test_shows_fewer_groups_where_one_has_few(self):
        people = [one()] * 40 + [one(work_status="other_work")] * 3
        people += [one(work_status="left_employment")] * 12
        report = report_of(people)
        assert [(g["group"], g["people"]) for g in report["work_status"]] == [
            ("back_in_work", 40),
            ("not_back_in_work", 15),
        ]
        assert hidden(report) == {"work_status": "partly"}

    def test_shows_no_groups_where_those_are_few_too(self):
        report = report_of([one()] * 40 + [one(work_status="other_work")] * 3)
        assert report["participants"] == 43
        assert report["work_status"] is report["fully_back"] is None
        assert hidden(report) == {"work_status": "nothing"}

    def test_tells_work_apart_only_as_finely_as_it_may_stand_beside_sick_leave(self):
        """Who has left is on no sick leave: of 15 on none and not back, 3 would be left over."""
        people = [one()] * 20 + [one(work_status="left_employment")] * 12
        people += [one(work_status="studies_or_parental_leave")] * 3
        people += [one(work_status="studies_or_parental_leave", now="part_time")] * 9
        people += [one(now="part_time", work_status="unknown")] * 10
        report = report_of(people)
        assert [g["people"] for g in report["sick_leave_now"]] == [0, 19, 35]
        assert [g["group"] for g in report["work_status"]] == ["back_in_work", "not_back_in_work"]

    def test_keeps_a_finer_part_to_the_periods_of_the_coarser_one(self):
        """Of 10 not referred in the first month and 5 in the second, 15 may not be told: it would
        follow from the talks, of which there are ten only in both months together."""
        accepted = Journey(2, False, "referred", {})
        people = [one(journey=NOWHERE)] * 10 + [one(journey=accepted)] * 15
        people += [one(journey=TALKED)] * 5
        people += [one(month=1, journey=NOWHERE)] * 5 + [one(month=1, journey=TALKED)] * 5
        timelines = Timeline(people, DIVISIONS, 1), Timeline[Flagged]([], FLAGGED, 1)
        requested = {}
        for last in (0, 1):
            report = outcomes(View(*timelines, (0, last)))
            steps = {step["step"]: step["people"] for step in report["funnel"]}
            requested[last] = (report["participants"], steps["requested"])
        assert requested == {0: (30, 20), 1: (40, None)}

    def test_shows_nothing_by_sex_where_a_group_of_one_sex_is_empty(self):
        """All women begin full-time and return, no man begins full-time: so in each month the men
        who returned could be told, as those of all who are more than began full-time."""
        woman = one(sex="female")
        man = one(sex="male", at_start="part_time")
        away = one(sex="male", at_start="part_time", now="part_time", work_status="unknown")
        months = ([woman] * 30 + [man] * 2 + [away] * 10, [woman] * 30 + [man] * 18 + [away] * 10)
        people = [replace(p, month=n) for n, month in enumerate(months) for p in month]
        timelines = Timeline(people, DIVISIONS, 1), Timeline[Flagged]([], FLAGGED, 1)
        first = outcomes(View(*timelines, (0, 0)))
        assert first["sick_leave_at_start"][0]["people"] == 30
        assert first["fully_back"]["people"] == 32
        assert outcomes(View(*timelines, (0, 1)))["by_sex"] is None

    def test_counts_who_is_flagged_only_where_both_parts_of_them_are_ten(self):
        people = [one(journey=TALKED)] * 20
        for others, told in ((0, 20), (9, None), (10, 30)):
            flagged = [Flagged(0, None, "not_given")] * others
            steps = {s["step"]: s["people"] for s in report_of(people, flagged)["funnel"]}
            assert (steps["flagged"], steps["released"]) == (told, 20)

    def test_shows_days_between_steps_of_ten_people(self):
        pair = ("requested", "accepted")
        for few, told in ((9, (None, None)), (10, (5.5, 9))):
            ways = [Journey(2, False, "referred", {pair: n}) for n in range(1, few + 1)]
            people = [one(journey=way) for way in ways] + [one()] * 10
            between = report_of(people)["days_between"][PAIRS.index(pair)]
            assert (between["median"], between["p90"]) == told


class TestAbsence:
    ILL = Years(Year(4, 20), Year(2, 6))
    WELL = Years(Year(4, 20), Year(0, 0))

    def test_is_hidden_where_few_have_any(self):
        """Of twelve, three were ill in the year after: their days would be told."""
        few = [one(years=self.ILL, expected=(1.0, 2.0))] * 3
        absence = report_of(few + [one(years=self.WELL, expected=(1.0, 2.0))] * 9)["absence"]
        assert absence == {
            "people": 12,
            "before": None,
            "after": None,
            "compared": None,
            "reason": "fewer_than_ten",
        }

    def test_is_compared_for_those_of_whom_there_are_comparable(self):
        matched = [one(years=self.ILL, expected=(3.0, 10.0))] * 10
        others = [one(years=Years(Year(9, 90), Year(5, 50)))] * 10
        absence = report_of([*matched, *others])["absence"]
        assert absence["people"] == 20
        assert absence["after"] == {"episodes": 3.5, "sick_days": 28.0}
        assert absence["compared"] == {
            "people": 10,
            "before": {"episodes": 4.0, "sick_days": 20.0},
            "after": {"episodes": 2.0, "sick_days": 6.0},
            "expected_after": {"episodes": 3.0, "sick_days": 10.0},
        }

    def test_is_not_compared_where_that_would_tell_of_few(self):
        matched = [one(years=self.ILL, expected=(3.0, 10.0))] * 10
        others = [one(years=Years(Year(9, 90), Year(5, 50)))] * 4
        absence = report_of([*matched, *others])["absence"]
        assert (absence["compared"], absence["reason"]) == (None, "fewer_than_ten")
