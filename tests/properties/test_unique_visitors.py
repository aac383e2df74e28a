"""unique_visitors against DuckDB, which is told the definitions afresh."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs.frames import local_frame
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import event
from transforms.ecommerce.unique_visitors import unique_visitors
from transforms.ecommerce.visitor_first_seen import visitor_first_seen

ORACLE = """
WITH events AS (SELECT *, CAST(event_time AT TIME ZONE $zone AS DATE) AS day FROM given WHERE event_time < $as_of),
bounds AS (SELECT min(day) AS first, max(day) AS last FROM events),
days AS (SELECT CAST(unnest(generate_series(first, last, INTERVAL 1 DAY)) AS DATE) AS d FROM bounds WHERE first IS NOT NULL),
periods AS (
    SELECT DISTINCT 'day' AS grain, d AS period_start, d AS f, d AS l FROM days
    UNION SELECT DISTINCT 'week', CAST(date_trunc('week', d) AS DATE), CAST(date_trunc('week', d) AS DATE), CAST(date_trunc('week', d) + INTERVAL 6 DAY AS DATE) FROM days
    UNION SELECT DISTINCT 'month', CAST(date_trunc('month', d) AS DATE), CAST(date_trunc('month', d) AS DATE), last_day(d) FROM days
    UNION SELECT 'rolling_7d', d, d - 6, d FROM days
    UNION SELECT 'rolling_28d', d, d - 27, d FROM days
),
firsts AS (SELECT user_id, CAST(min(event_time) AT TIME ZONE $zone AS DATE) AS day FROM given GROUP BY user_id HAVING min(event_time) < $as_of),
counted AS (
    SELECT grain, period_start, any_value(f) AS f, any_value(l) AS l,
        count(DISTINCT user_id) AS visitors, count(user_id) AS events,
        count(DISTINCT CASE WHEN user_id IS NULL THEN NULL
            ELSE coalesce(user_session, 'user:' || user_id || ':' || CAST(event_time AT TIME ZONE 'UTC' AS DATE)) || ' on ' || day END) AS sessions,
        count(DISTINCT CASE WHEN event_type = 'purchase' THEN user_id END) AS buyers
    FROM periods LEFT JOIN events ON day BETWEEN f AND l GROUP BY grain, period_start
),
described AS (
    SELECT counted.*, (SELECT count(*) FROM firsts WHERE day BETWEEN f AND l) AS new_visitors,
        f < (SELECT first FROM bounds) OR (CAST(l + 1 AS TIMESTAMP) AT TIME ZONE $zone) > $as_of AS partial
    FROM counted
)
SELECT d.grain, d.period_start, d.visitors, d.events, d.sessions, d.buyers, d.new_visitors, d.visitors - d.new_visitors AS returning_visitors,
    CASE WHEN d.grain = 'day' AND NOT r.partial THEN d.visitors / nullif(r.visitors, 0) END AS stickiness, d.partial, $zone AS time_zone
FROM described d LEFT JOIN described r ON r.grain = 'rolling_28d' AND r.period_start = d.period_start
ORDER BY ALL
"""


def expected(rows: list[dict[str, Any]], as_of: datetime, zone: str) -> list[tuple[Any, ...]]:
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute("CREATE TABLE given (event_time TIMESTAMPTZ, event_type TEXT, user_id BIGINT, user_session TEXT)")
    if rows:
        database.executemany(
            "INSERT INTO given VALUES (?, ?, ?, ?)", [(row["event_time"], row["event_type"], row["user_id"], row["user_session"]) for row in rows]
        )
    return database.execute(ORACLE, {"zone": zone, "as_of": as_of}).fetchall()


# Borders of weeks and months, and both days on which the clocks of Zagreb and New York change.
STARTS = [datetime(2019, 10, 20, tzinfo=UTC), datetime(2019, 3, 5, tzinfo=UTC), datetime(2019, 12, 20, tzinfo=UTC), datetime(2020, 2, 10, tzinfo=UTC)]


@st.composite
def shops(draw: st.DrawFn) -> tuple[list[dict[str, Any]], datetime, str]:
    random = draw(st.randoms(use_true_random=False))
    start, days, visitors = draw(st.sampled_from(STARTS)), draw(st.integers(1, 60)), draw(st.sampled_from([1, 5, 300]))
    rows = []
    for _ in range(draw(st.integers(0, 1500))):
        user = int(visitors * random.random() ** 2)
        time = start + timedelta(seconds=random.choice([random.randrange(days * 86_400), 3600 * random.randrange(days * 24)]))
        session = random.choice([None, f"{user}", f"{user}-{time.day}", "shared"])
        rows.append(event(event_time=time, event_type=random.choice(["view", "view", "cart", "purchase"]), user_id=user, user_session=session))
    as_of = start + timedelta(hours=draw(st.sampled_from([1, 24 * days // 2, 24 * days + 48])))
    return rows, as_of, draw(st.sampled_from(["UTC", "Europe/Zagreb", "America/New_York", "Asia/Kathmandu"]))


@pytest.mark.properties
@settings(
    max_examples=int(os.environ.get("WEIR_EXAMPLES", "10")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(shop=shops())
def test_every_number_equals_that_of_the_oracle(spark: SparkSession, shop: tuple[list[dict[str, Any]], datetime, str]) -> None:
    rows, as_of, zone = shop
    events = local_frame(spark, CLEAN_EVENTS, rows)
    found = unique_visitors(events, visitor_first_seen(events), as_of=as_of, time_zone=zone).collect()
    oracle = expected(rows, as_of, zone)
    assert sorted(tuple(row)[:8] + tuple(row)[9:] for row in found) == sorted(row[:8] + row[9:] for row in oracle)
    stickiness = {(row.grain, row.period_start): row.stickiness for row in found}
    assert stickiness == {(row[0], row[1]): pytest.approx(row[8], rel=1e-9) for row in oracle}
