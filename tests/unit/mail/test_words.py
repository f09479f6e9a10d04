"""What a mail says, in both languages, and how little that is."""

import re

import pytest

from app.mail.words import WORDINGS, say

LINK = "https://omtanke.example.se/case"
LANGUAGES = tuple(WORDINGS)


def paragraphs(text: str) -> list[str]:
    return text.strip().split("\n\n")


@pytest.mark.parametrize("language", LANGUAGES)
class TestSay:
    def test_gives_the_link_on_a_line_of_its_own(self, language):
        _, text = say(language, waiting=1, again=0, link=LINK)
        assert LINK in text.splitlines()

    @pytest.mark.parametrize(("waiting", "again"), [(1, 0), (1, 1)])
    def test_counts_nothing_where_one_thing_waits(self, language, waiting, again):
        subject, text = say(language, waiting=waiting, again=again, link=LINK)
        assert re.findall(r"\d", subject + text.replace(LINK, "")) == []

    @pytest.mark.parametrize(
        ("waiting", "again", "numbers"), [(7, 0, ["7"]), (7, 3, ["7", "3"]), (7, 7, ["7"])]
    )
    def test_says_how_many_things_at_most(self, language, waiting, again, numbers):
        subject, text = say(language, waiting=waiting, again=again, link=LINK)
        assert re.findall(r"\d+", subject + text.replace(LINK, "")) == numbers

    def test_calls_a_reminder_so_when_nothing_is_new(self, language):
        new, _ = say(language, waiting=2, again=1, link=LINK)
        again, _ = say(language, waiting=2, again=2, link=LINK)
        assert new != again
        assert again.split(":")[0] in ("Påminnelse", "Reminder")

    def test_leaves_no_place_to_fill_in(self, language):
        for waiting, again in [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]:
            subject, text = say(language, waiting=waiting, again=again, link=LINK)
            assert "{" not in subject + text
            assert subject.isprintable()
            assert len(paragraphs(text)) == 6

    def test_names_neither_illness_nor_person(self, language):
        said = " ".join(
            part.lower()
            for waiting, again in [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]
            for part in say(language, waiting=waiting, again=again, link=LINK)
        )
        swedish = ("sjuk", "frånvar", "medarbetar", "anställd", "rehab", "hälso", "enhet", "samtal")
        english = ("sick", "absen", "employee", "health", "unit", "referral", "talk", "flag")
        assert [word for word in (*swedish, *english) if word in said] == []


def test_a_link_with_braces_is_left_as_it_is():
    _, text = say("sv", waiting=2, again=1, link="https://x.example/{waiting}")
    assert "https://x.example/{waiting}" in text
