"""The board of accounts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.reporting import report
from jobs.runtime.reporting.page import render
from jobs.runtime.reporting.query_runner import Answer, run_queries
from jobs.runtime.reporting.tile_definitions import tiles
from jobs.runtime.spark.small_frames import local_frame

# 61 months in which accounts were opened: in 60 of them two by one customer and one by another.
# The last is far in the future.
OPENED = [
    *(
        (date(2014 + at // 12, at % 12 + 1, day), customer)
        for at in range(60)
        for day, customer in ((1, "a"), (15, "a"), (28, "b"))
    ),
    (date(2100, 1, 1), "c"),
]


@pytest.fixture
def answers(spark: SparkSession) -> dict[str, Answer]:
    rows = {
        "clean_accounts": [{"customer_id": customer, "account_opened_on": day} for day, customer in OPENED]
        + [{"customer_id": "d"}],
        "clean_visits": [{"user_id": "a", "visited_at": "2019-10-01 22:00:00"}],
        "top_visitors": [
            {
                "rank": 1,
                "user_id": "a",
                "visits": 1,
                "emails": [],
                "first_day": "2019-10-02",
                "last_day": "2019-10-02",
                "time_zone": "Europe/Zagreb",
            }
        ],
    }
    frames = {table: local_frame(spark, table, rows.get(table.stem, [])) for table in report.board_tables("accounts")}
    with ThreadPoolExecutor(1) as pool:
        return {answer.tile.stem: answer for answer in run_queries(tiles("accounts"), frames, pool)}


def test_openings_are_of_the_last_sixty_whole_months_in_which_there_were_any(answers: dict[str, Answer]) -> None:
    found = [(row["month"], row["customers"]) for row in answers["opened"].rows]
    assert len(found) == 60
    assert (found[0], found[-2:]) == ((date(2014, 2, 1), 2), [(date(2018, 12, 1), 2), (date(2100, 1, 1), 1)])


def test_the_board_names_the_time_zone_of_its_days(answers: dict[str, Answer]) -> None:
    [facts] = answers["facts"].rows
    assert (facts["time_zone"], [row["last_day"] for row in answers["top_visitors"].rows]) == (
        "Europe/Zagreb",
        [date(2019, 10, 2)],
    )
    page = render("accounts", answers.values(), [], report.board_tables("accounts"), datetime(2019, 10, 5, tzinfo=UTC))
    assert "time zone: <b>Europe/Zagreb</b>" in page
