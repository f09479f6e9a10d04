"""What the papers of a service lack, and that every lack is said in words."""

from datetime import date
from typing import Any, get_args

import pytest

from app.grants.checklist import ITEMS, SHOWN, Lack, Shown, lacking
from app.grants.kinds import KINDS, NOT_COVERED, WORDS

DAY = date(2026, 3, 2)
WHOLE: dict[str, Any] = {
    "provider_id": "prv_1",
    "approved": True,
    "paid_on": DAY,
    "provider_report_on": DAY,
    "invoice_shows": list(SHOWN),
}


def test_whole_papers_lack_nothing():
    assert lacking(**WHOLE) == ()


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"provider_id": None, "approved": None}, ("provider",)),
        ({"approved": None}, ("provider_approval",)),
        ({"approved": False}, ("provider_approval",)),
        ({"paid_on": None}, ("payment",)),
        ({"provider_report_on": None}, ("provider_report",)),
        *(
            ({"invoice_shows": [s for s in SHOWN if s != part]}, (f"invoice_{part}",))
            for part in get_args(Shown)
        ),
    ],
)
def test_each_paper_that_is_missing_is_named(change: dict[str, Any], codes: tuple[str, ...]):
    assert lacking(**(WHOLE | change)) == codes


def test_nothing_but_the_service_lacks_nearly_everything():
    bare: dict[str, Any] = dict.fromkeys(WHOLE) | {"invoice_shows": []}
    assert set(lacking(**bare)) == set(get_args(Lack)) - {"provider_approval"}


def test_every_lack_and_every_kind_has_words_in_both_languages():
    assert set(ITEMS) == set(get_args(Lack))
    assert set(WORDS) == set(KINDS)
    words = [(item.sv, item.en) for item in ITEMS.values()] + list(WORDS.values())
    assert all(sv and en and sv != en for sv, en in words)


def test_no_kind_is_both_covered_and_not():
    assert not set(KINDS) & set(NOT_COVERED)
    assert {"treatment", "group_measure"} == set(NOT_COVERED)
