"""Sweeps and their drawing."""

from xml.etree import ElementTree

from app.backtests.drawn import heat_map
from app.backtests.sweep import limits_around

SWEEP = {
    "rule": "fifth<in>a-year",
    "measure": "episodes",
    "op": "at_least",
    "values": [4, 5],
    "windows": [{"months": 6}, {"days": 183}],
    "flags": [[9, 3], [8, 2]],
    "persons": [[7, 2], [6, 0]],
}
PERIOD = ("2025-01-01", "2025-12-31")


class TestHeatMap:
    def test_has_every_figure_and_every_limit_and_window_in_words(self):
        root = ElementTree.fromstring(heat_map(SWEEP, PERIOD, "sv"))
        texts = [one.text for one in root.iter() if one.tag.endswith("text")]
        assert {"7", "2", "6", "0", "4", "5", "6 månader", "183 dagar"} <= set(texts)
        assert "Gräns: minst" in texts

    def test_is_darkest_where_most_would_be_flagged(self):
        root = ElementTree.fromstring(heat_map(SWEEP, PERIOD, "en"))
        cells = [r.get("fill") for r in root.iter() if r.tag.endswith("rect")][1:]
        assert (cells[0], cells[3]) == ("#1f5f99", "#ffffff")

    def test_of_nobody_is_white(self):
        nobody = SWEEP | {"persons": [[0, 0], [0, 0]]}
        root = ElementTree.fromstring(heat_map(nobody, PERIOD, "en"))
        assert {r.get("fill") for r in root.iter() if r.tag.endswith("rect")} == {
            "#fff",
            "#ffffff",
        }


class TestLimits:
    def test_are_ten_around_the_rules_own_from_one_on(self):
        assert limits_around(5) == tuple(range(1, 11))
        assert limits_around(200) == tuple(range(120, 320, 20))
        assert limits_around(2)[0] == 1
