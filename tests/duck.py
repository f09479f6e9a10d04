"""Three rules over a whole population, written by hand as SQL for DuckDB: a third opinion.

The default policy: sickness of any extent, days off bridge, short is at most 14 days. What each
rule may trigger on is worked out here on its own: an `episodes` rule only on the first day of an
episode, when everything before it is over; Bradford on any sick day, of which only those are
looked at that lie in a spell that can reach the limit.
"""

from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

_EPOCH = 719_163
"""The ordinal of 1 January 1970."""

Summary = list[tuple[str, bool, int, int]]
"""Of each rule, crossings and renewals apart: how many triggers, and the sum of their ordinals."""


def load(
    conn: duckdb.DuckDBPyConnection,
    person: npt.NDArray[Any],
    first: npt.NDArray[Any],
    last: npt.NDArray[Any],
    holidays: frozenset[int],
) -> None:
    """Put the absences, and which days are off, into tables. Days are ordinals."""
    conn.execute("CREATE OR REPLACE TABLE said (person INTEGER, first DATE, last DATE)")
    given = {"person": person, "first": first - _EPOCH, "last": last - _EPOCH}
    conn.register("given", given)
    conn.execute(
        "INSERT INTO said SELECT person, DATE '1970-01-01' + CAST(first AS INTEGER),"
        " DATE '1970-01-01' + CAST(last AS INTEGER) FROM given"
    )
    conn.unregister("given")
    conn.execute("CREATE OR REPLACE TABLE bridges (before DATE, after DATE)")
    if len(first):
        conn.executemany("INSERT INTO bridges VALUES (?, ?)", _bridges(first, last, holidays))


def _bridges(
    first: npt.NDArray[Any], last: npt.NDArray[Any], holidays: frozenset[int]
) -> list[tuple[str, str]]:
    """Every two days with nothing but days off between them."""
    found = []
    for day in range(int(first.min()) - 1, int(last.max()) + 1):
        after = day + 1
        while (after - 1) % 7 >= 5 or after in holidays:
            after += 1
            found.append((_iso(day), _iso(after)))
    return found


def _iso(day: int) -> str:
    return str(np.datetime64(day - _EPOCH, "D"))


PREPARE = """
CREATE OR REPLACE TEMP TABLE spells AS
WITH ordered AS (
    SELECT person, first, last, max(last) OVER (
        PARTITION BY person ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS reach FROM said
), numbered AS (
    SELECT *, sum(CASE WHEN first <= reach + 1 THEN 0 ELSE 1 END)
        OVER (PARTITION BY person ORDER BY first, last) AS spell FROM ordered
), joined AS (
    SELECT person, min(first) AS first, max(last) AS last FROM numbered GROUP BY person, spell
), neighbours AS (
    SELECT *, lag(last) OVER (PARTITION BY person ORDER BY first) AS before FROM joined
), bridged AS (
    SELECT n.*, b.before IS NULL AS begins
    FROM neighbours n LEFT JOIN bridges b ON b.before = n.before AND b.after = n.first
)
SELECT person, first, last, begins,
    CAST(sum(begins::INTEGER) OVER line AS INTEGER) AS episode,
    CAST(sum(last - first + 1) OVER line - (last - first + 1) AS INTEGER) AS days_before
FROM bridged WINDOW line AS (PARTITION BY person ORDER BY first);

CREATE OR REPLACE TEMP TABLE episodes AS
SELECT person, min(first) AS first, sum(last - first + 1) <= 14 AS short
FROM spells GROUP BY person, episode;
"""

SHORT_EPISODES = """
WITH counted AS (
    SELECT first,
        lag(CASE WHEN short THEN first END, {others} IGNORE NULLS) OVER line AS with_this,
        lag(CASE WHEN short THEN first END, {least} IGNORE NULLS) OVER line AS without
    FROM episodes WINDOW line AS (PARTITION BY person ORDER BY first)
)
SELECT coalesce(without > {day_before}, FALSE) AS renewal, count(*) AS number,
    CAST(sum(first - DATE '1970-01-01') + count(*) * {epoch} AS BIGINT) AS days
FROM counted WHERE with_this > {day} GROUP BY 1 ORDER BY 1
"""

BRADFORD = """
WITH reachable AS (
    SELECT *, episode - first_value(episode) OVER year + 1 AS most_spells,
        sum(last - first + 1) OVER year AS most_days
    FROM spells WINDOW year AS (
        PARTITION BY person ORDER BY last
        RANGE BETWEEN to_days(CAST(last - first + 364 AS INTEGER)) PRECEDING AND CURRENT ROW
    )
), looked_at AS (
    SELECT person, first, begins, episode, days_before,
        unnest(range(-1, CAST(last - first + 1 AS BIGINT))) AS place
    FROM reachable WHERE most_spells * most_spells * most_days >= 200
), judged AS (
    SELECT person, first, begins AND place = 0 AS begins, place,
        CAST(first + CAST(place AS INTEGER) AS DATE) AS day,
        CAST(first + CAST(place AS INTEGER) - 364 AS DATE) AS over,
        episode - CASE WHEN place < 0 AND begins THEN 1 ELSE 0 END AS latest,
        days_before + place + 1 AS days
    FROM looked_at
), measured AS (
    SELECT j.*,
        j.days - coalesce(s.days_before + least(j.over, s.last) - s.first + 1, 0) AS d,
        coalesce(s.episode, 0) AS episode_then,
        e.last > j.over AS reaches_in
    FROM judged j
    ASOF LEFT JOIN spells s ON s.person = j.person AND s.first <= j.over
    LEFT JOIN ends e ON e.person = s.person AND e.episode = s.episode
), held AS (
    SELECT person, first, day, place, begins,
        (latest - episode_then + coalesce(reaches_in, FALSE)::INTEGER) AS s, d FROM measured
), told AS (
    SELECT *, s * s * d >= 200 AS now,
        lag(s * s * d >= 200) OVER (PARTITION BY person, first ORDER BY place) AS before FROM held
)
SELECT before AS renewal, count(*) AS number,
    CAST(sum(day - DATE '1970-01-01') + count(*) * {epoch} AS BIGINT) AS days
FROM told WHERE place >= 0 AND now AND (NOT before OR begins) GROUP BY 1 ORDER BY 1
"""

ENDS = """
CREATE OR REPLACE TEMP TABLE ends AS
SELECT person, episode, max(last) AS last FROM spells GROUP BY person, episode
"""


def three_rules(conn: duckdb.DuckDBPyConnection) -> Summary:
    """All triggers of episodes at least 6 in 12 months, 3 in 183 days, Bradford 200 in 52 weeks."""
    conn.execute(PREPARE)
    conn.execute(ENDS)
    year = {
        "others": 5,
        "least": 6,
        # A window of months starts on the day after.
        "day": "CAST(first - INTERVAL 12 MONTH AS DATE)",
        "day_before": "CAST((first - 1) - INTERVAL 12 MONTH AS DATE)",
    }
    half = {"others": 2, "least": 3, "day": "first - 183", "day_before": "first - 184"}
    asked = {
        "6 in 12 months": SHORT_EPISODES.format(epoch=_EPOCH, **year),
        "3 in 183 days": SHORT_EPISODES.format(epoch=_EPOCH, **half),
        "bradford 200": BRADFORD.format(epoch=_EPOCH),
    }
    return [
        (name, bool(renewal), number, days)
        for name, sql in asked.items()
        for renewal, number, days in conn.execute(sql).fetchall()
    ]
