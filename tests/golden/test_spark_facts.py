"""What Spark does, where it is not what people expect: the transforms stand on these answers, on both runtime lines."""

from typing import Any

import pytest
from pyspark.sql import SparkSession

FACTS = [
    # ISO weekdays and weeks
    ("dayofweek(date'2019-09-30')", 2),
    ("weekday(date'2019-09-30')", 0),
    ("extract(DAYOFWEEK_ISO FROM date'2019-09-30')", 1),
    ("cast(date_trunc('week', timestamp'2019-10-02 12:00:00') AS string)", "2019-09-30 00:00:00"),
    ("cast(trunc(date'2019-12-31', 'week') AS string)", "2019-12-30"),
    ("weekofyear(date'2019-12-30')", 1),
    ("extract(YEAROFWEEK FROM date'2019-12-30')", 2020),
    ("year(date'2019-12-30')", 2019),
    # times
    ("cast(to_timestamp('2019-11-01 00:00:00 UTC', 'yyyy-MM-dd HH:mm:ss z') AS string)", "2019-11-01 00:00:00"),
    ("cast(try_cast('2019-11-01 00:00:00 UTC' AS timestamp) AS string)", "2019-11-01 00:00:00"),
    ("cast(from_utc_timestamp(timestamp'2019-10-27 00:30:00', 'Europe/Zagreb') AS string)", "2019-10-27 02:30:00"),
    ("cast(from_utc_timestamp(timestamp'2019-10-27 01:30:00', 'Europe/Zagreb') AS string)", "2019-10-27 02:30:00"),
    # ids and numbers
    ("cast(cast('2103807459595387613' AS double) AS bigint) = 2103807459595387648", True),
    ("try_cast('2103807459595387613' AS bigint) = 2103807459595387613", True),
    ("'9' > '100'", True),
    ("'100' > '10'", True),
    # text
    (r"'abc\n' rlike '^[a-z]+$'", True),
    (r"'abc\n' rlike '\\A[a-z]+\\z'", False),
    ("size(filter(split('a.b.c', '.'), part -> part <> ''))", 0),
    ("size(split('a.b.c', '[.]'))", 3),
    ("'Š' = concat('S', decode(X'CC8C', 'UTF-8'))", False),
    # NULLs
    ("NULL = NULL", None),
    ("NULL <=> NULL", True),
]


@pytest.mark.parametrize(("expression", "expected"), FACTS)
def test_spark_answers(spark: SparkSession, expression: str, expected: Any) -> None:
    assert spark.sql(f"SELECT {expression}").collect()[0][0] == expected


def test_the_pattern_of_weekday_numbers_is_refused(spark: SparkSession) -> None:
    with pytest.raises(Exception, match="u"):
        spark.sql("SELECT date_format(date'2019-09-30', 'u')").collect()


def test_a_literal_zone_in_a_pattern_is_read_in_the_zone_of_the_session(spark: SparkSession) -> None:
    spark.conf.set("spark.sql.session.timeZone", "Europe/Zagreb")
    try:
        wrong = spark.sql(
            "SELECT unix_timestamp(to_timestamp('2019-11-01 00:00:00 UTC', \"yyyy-MM-dd HH:mm:ss 'UTC'\"))"
        ).collect()[0][0]
        right = spark.sql("SELECT unix_timestamp(try_cast('2019-11-01 00:00:00 UTC' AS timestamp))").collect()[0][0]
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
    assert right - wrong == 3600


def test_equality_drops_null_keys_and_null_safe_equality_keeps_them(spark: SparkSession) -> None:
    def joined(sign: str) -> int:
        return len(
            spark.sql(
                f"SELECT * FROM VALUES (NULL), (1) AS a(k) JOIN (SELECT * FROM VALUES (NULL), (1) AS t(k)) AS b ON a.k {sign} b.k"
            ).collect()
        )

    assert (joined("="), joined("<=>")) == (1, 2)


def test_a_distinct_count_of_pairs_ignores_those_with_a_null(spark: SparkSession) -> None:
    assert spark.sql("SELECT count(DISTINCT a, b) FROM VALUES (1, 1), (1, NULL) AS t(a, b)").collect()[0][0] == 1


def test_a_running_sum_without_a_row_frame_adds_all_peers_of_a_tie(spark: SparkSession) -> None:
    query = "SELECT sum(v) OVER (ORDER BY o{frame}) FROM VALUES (1, 1), (1, 2), (2, 3) AS t(o, v) ORDER BY 1"
    ties = [row[0] for row in spark.sql(query.format(frame="")).collect()]
    rows = [row[0] for row in spark.sql(query.format(frame=", v ROWS UNBOUNDED PRECEDING")).collect()]
    assert (ties, rows) == ([3, 3, 6], [1, 3, 6])
