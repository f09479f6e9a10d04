"""Pairs of stories of referrals that look alike from outside.

In each pair the provider has accepted on the same day. A chain of pairs shows that all of a class
look the same: accepted like booked, booked like nobody came, and so on.
"""

import random

from tests.secrecy.steps import (
    accept,
    adopt,
    book,
    book_slot,
    by_employer,
    change_deadlines,
    close,
    complete,
    decline,
    decline_by_employee,
    enter_grant,
    follow_up,
    hold,
    invite,
    no_show,
    plan_three_party,
    reassign,
    try_to_record_everything,
    write_plan,
)
from tests.secrecy.twins import Case, Step, every_day

# Days: the referral is of Monday 2 March 2026 and is accepted the day after.
ACCEPTED = accept("2026-03-03")
BOOKED = (book("2026-03-04", "2026-03-10"),)
REBOOKED = (*BOOKED, book("2026-03-06", "2026-03-11", "phone"))
MISSED = (*BOOKED, no_show("2026-03-10"))
MISSED_AND_BOOKED = (*MISSED, book("2026-03-11", "2026-04-16"))
HELD = (*BOOKED, complete("2026-03-10", recommend=False))
RECOMMENDED = (*BOOKED, complete("2026-03-10"))
SAID_AGAIN = (*RECOMMENDED, complete("2026-03-12"), complete("2026-03-13"))
HELD_ON_THE_LAST_DAY = (book("2026-03-04", "2026-03-17"), complete("2026-03-17"))
HELD_LATE = (*MISSED, book("2026-03-11", "2026-03-30"), complete("2026-03-30"))

IN_PROGRESS = [
    Case("accepted or booked", [ACCEPTED], [], BOOKED),
    Case("accepted, or held on the last day", [ACCEPTED], [], HELD_ON_THE_LAST_DAY),
    Case("booked once or twice", [ACCEPTED], BOOKED, REBOOKED),
    Case("booked or nobody came", [ACCEPTED], BOOKED, MISSED),
    Case("nobody came, booked anew", [ACCEPTED], MISSED, MISSED_AND_BOOKED),
    Case("nobody came or talk held", [ACCEPTED], MISSED, HELD),
    Case("with or without a three-party talk", [ACCEPTED], HELD, RECOMMENDED),
    Case("said once or thrice", [ACCEPTED], RECOMMENDED, SAID_AGAIN),
    Case("accepted, or held late", [ACCEPTED], [], HELD_LATE),
]

TRIED = [
    *try_to_record_everything("2026-03-13"),
    *try_to_record_everything("2026-04-01"),
    plan_three_party("2026-03-16", "2026-03-18"),
    hold("2026-03-17"),
    hold("2026-03-19"),
    write_plan("2026-03-20"),
    adopt("2026-03-20"),
]
"""Refused whatever has happened, and with the same words."""


def _and_then(case: Case, *more: Step) -> Case:
    return Case(case.name, [*case.open, *more], case.one, case.other)


ATTEMPTS = [*IN_PROGRESS[:2], *(_and_then(case, *TRIED) for case in IN_PROGRESS[2:])]

END = "2026-04-20"
_CLOSED = by_employer(END, "close", {"outcome": "no_further_need"})
_WITHDRAWN = by_employer(END, "withdraw", {"reason": "no_longer_needed"})
_DECLINED = by_employer(END, "decline-by-employee")
_AFTER = try_to_record_everything("2026-04-21")
ENDED_BY_EMPLOYER = [
    Case(
        "closed",
        [ACCEPTED, enter_grant("2026-03-17"), change_deadlines("2026-03-18"), _CLOSED],
        [],
        HELD,
    ),
    Case("closed before another time", [ACCEPTED, _CLOSED], MISSED_AND_BOOKED, RECOMMENDED),
    Case("withdrawn", [ACCEPTED, _WITHDRAWN, *_AFTER], MISSED_AND_BOOKED, HELD),
    Case(
        "declined at work, with a three-party talk planned",
        [ACCEPTED, plan_three_party("2026-03-16", "2026-05-18"), _DECLINED],
        [],
        RECOMMENDED,
    ),
    Case(
        "reassigned, with a slot booked",
        [ACCEPTED, book_slot("2026-03-11"), reassign(END)],
        MISSED_AND_BOOKED,
        RECOMMENDED,
    ),
]

ENDED_BY_PROVIDER = [
    Case(
        "declined for one reason or another",
        [],
        [decline("2026-03-03")],
        [decline("2026-03-03", "not_our_area")],
    ),
    Case(
        "declined by provider or employee",
        [],
        [decline("2026-03-03")],
        [decline_by_employee("2026-03-03")],
    ),
    Case(
        "the same once accepted",
        [ACCEPTED],
        [decline(END)],
        [*BOOKED, decline_by_employee(END)],
    ),
    Case(
        "the same after the talk",
        [ACCEPTED],
        [*MISSED, decline(END, "wrong_provider")],
        [*RECOMMENDED, decline_by_employee(END)],
    ),
    Case(
        "closed with one outcome or another",
        [ACCEPTED],
        [close(END, "not_completed")],
        [*HELD, close(END, "back_in_work")],
    ),
    Case(
        "closed after nobody came or a talk",
        [ACCEPTED, *try_to_record_everything("2026-04-21")],
        [*MISSED_AND_BOOKED, close(END, "not_completed")],
        [*SAID_AGAIN, close(END, "studies_or_parental_leave")],
    ),
    Case(
        "closed without being accepted",
        [],
        [close(END, "not_completed")],
        [close(END, "no_further_need")],
    ),
]

_ON = [write_plan("2026-04-21"), adopt("2026-04-22")]
_DONE = [follow_up("2026-04-23", number) for number in (1, 2, 3)]
THREE_PARTY = [
    Case(
        "the employer plans and the provider holds",
        [ACCEPTED, plan_three_party("2026-03-16", END), hold(END, by_provider=True), *_ON, *_DONE],
        HELD,
        HELD_LATE,
    ),
    Case(
        "the provider invites and the employer holds",
        [ACCEPTED, invite("2026-04-13", END), hold(END), *_ON, *_DONE[:1]],
        SAID_AGAIN,
        HELD,
    ),
    Case(
        "the provider invites and holds",
        [ACCEPTED, invite("2026-04-13", END), hold(END, by_provider=True), *_ON],
        HELD_LATE,
        RECOMMENDED,
    ),
    Case(
        "a slot of a series, and closed by the provider",
        [
            ACCEPTED,
            book_slot("2026-03-11"),
            hold(END, by_provider=True),
            close("2026-04-24", "other_work"),
        ],
        HELD_LATE,
        RECOMMENDED,
    ),
]

STORIES = {
    "in progress": ATTEMPTS,
    "ended by employer": ENDED_BY_EMPLOYER,
    "ended by provider": ENDED_BY_PROVIDER,
    "three-party talk": THREE_PARTY,
}


def random_cases(seed: int, count: int = 6) -> list[Case]:
    """Pairs of stories drawn by lot: accepted on the same day, and ended on the same, or not."""
    lot = random.Random(seed)
    return [_random_case(lot, f"{seed}/{place}") for place in range(count)]


def _random_case(lot: random.Random, name: str) -> Case:
    one, other = _secrets(lot), _secrets(lot)
    open_steps = [accept("2026-03-03")]
    match lot.choice(["goes on", "employer", "provider closes", "declined", "turns"]):
        case "employer":
            open_steps.append(by_employer(END, "close", {"outcome": "no_further_need"}))
        case "provider closes":
            one.append(close(END, "not_completed"))
            other.append(close(END, "back_in_work"))
        case "declined":
            one.append(decline_by_employee(END))
            other.append(decline_by_employee(END))
        case "turns":
            open_steps += [reassign(END), accept("2026-04-21", which=1)]
            other.append(book("2026-04-22", "2026-04-24", which=1))
    if lot.random() < 0.5:
        open_steps.append(plan_three_party("2026-03-06", "2026-03-24"))
        open_steps.append(hold("2026-03-25"))
    if lot.random() < 0.5:
        open_steps += try_to_record_everything("2026-04-02")
    return Case(name, open_steps, one, other)


def _secrets(lot: random.Random) -> list[Step]:
    """Moves of the provider in turn, on days drawn by lot."""
    state, found = "accepted", []
    for day in every_day("2026-03-04", "2026-04-17"):
        if lot.random() > 0.2:
            continue
        if state == "accepted" or (state == "booked" and lot.random() < 0.3):
            found.append(book(day, day, lot.choice(["phone", "video"])))
            state = "booked"
        elif state == "booked":
            held = lot.random() < 0.5
            found.append(complete(day, recommend=lot.random() < 0.5) if held else no_show(day))
            state = "talk_held" if held else "accepted"
    return found
