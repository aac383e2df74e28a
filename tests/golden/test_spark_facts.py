"""Results of Spark that often surprise. The transforms depend on them on both runtime lines."""

import pytest
from pyspark.sql import SparkSession

from tests.conftest import assert_rows

FACTS = {
    # ISO weekdays and weeks
    "dayofweek(date'2019-09-30')": 2,
    "weekday(date'2019-09-30')": 0,
    "extract(DAYOFWEEK_ISO FROM date'2019-09-30')": 1,
    "cast(date_trunc('week', timestamp'2019-10-02 12:00:00') AS string)": "2019-09-30 00:00:00",
    "cast(trunc(date'2019-12-31', 'week') AS string)": "2019-12-30",
    "weekofyear(date'2019-12-30')": 1,
    "extract(YEAROFWEEK FROM date'2019-12-30')": 2020,
    "year(date'2019-12-30')": 2019,
    # times
    "cast(to_timestamp('2019-11-01 00:00:00 UTC', 'yyyy-MM-dd HH:mm:ss z') AS string)": "2019-11-01 00:00:00",
    "cast(try_cast('2019-11-01 00:00:00 UTC' AS timestamp) AS string)": "2019-11-01 00:00:00",
    "cast(from_utc_timestamp(timestamp'2019-10-27 00:30:00', 'Europe/Zagreb') AS string)": "2019-10-27 02:30:00",
    "cast(from_utc_timestamp(timestamp'2019-10-27 01:30:00', 'Europe/Zagreb') AS string)": "2019-10-27 02:30:00",
    # ids and numbers
    "cast(cast('2103807459595387613' AS double) AS bigint) = 2103807459595387648": True,
    "try_cast('2103807459595387613' AS bigint) = 2103807459595387613": True,
    "'9' > '100'": True,
    "'100' > '10'": True,
    # text
    r"'abc\n' rlike '^[a-z]+$'": True,
    r"'abc\n' rlike '\\A[a-z]+\\z'": False,
    "size(filter(split('a.b.c', '.'), part -> part <> ''))": 0,
    "size(split('a.b.c', '[.]'))": 3,
    "'Š' = concat('S', decode(X'CC8C', 'UTF-8'))": False,
    # NULLs
    "NULL = NULL": None,
    "NULL <=> NULL": True,
    # aggregates
    "(SELECT count(DISTINCT a, b) FROM VALUES (1, 1), (1, NULL) AS t(a, b))": 1,
}


def test_spark_evaluates_each_expression_to_the_known_answer(spark: SparkSession) -> None:
    [found] = spark.sql(f"SELECT {', '.join(FACTS)}").collect()
    assert dict(zip(FACTS, found, strict=True)) == FACTS


def test_the_pattern_of_weekday_numbers_is_rejected(spark: SparkSession) -> None:
    with pytest.raises(Exception, match="u"):
        spark.sql("SELECT date_format(date'2019-09-30', 'u')").collect()


def test_a_literal_zone_in_a_pattern_is_read_in_the_zone_of_the_session(spark: SparkSession) -> None:
    wrong = "unix_timestamp(to_timestamp('2019-11-01 00:00:00 UTC', \"yyyy-MM-dd HH:mm:ss 'UTC'\"))"
    right = "unix_timestamp(try_cast('2019-11-01 00:00:00 UTC' AS timestamp))"
    spark.conf.set("spark.sql.session.timeZone", "Europe/Zagreb")
    try:
        assert_rows(spark.sql(f"SELECT {right} - {wrong} AS seconds"), "seconds", [(3600,)])
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_a_join_on_equality_drops_null_keys_and_one_on_null_safe_equality_keeps_them(spark: SparkSession) -> None:
    keys = "(SELECT * FROM VALUES (NULL), (1) AS t(k))"
    joined = (f"SELECT '{sign}' AS sign, a.k FROM {keys} a JOIN {keys} b ON a.k {sign} b.k" for sign in ("=", "<=>"))
    assert_rows(spark.sql(" UNION ALL ".join(joined)), "sign k", [("=", 1), ("<=>", 1), ("<=>", None)])


def test_a_running_sum_without_a_row_frame_adds_all_peers_of_a_tie(spark: SparkSession) -> None:
    without, by_row = "sum(v) OVER (ORDER BY o)", "sum(v) OVER (ORDER BY o, v ROWS UNBOUNDED PRECEDING)"
    found = spark.sql(
        f"SELECT v, {without} AS without, {by_row} AS by_row FROM VALUES (1, 1), (1, 2), (2, 3) AS t(o, v)"
    )
    assert_rows(found, "v without by_row", [(1, 3, 1), (2, 3, 3), (3, 6, 6)])
