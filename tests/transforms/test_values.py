"""Delivered text as typed values."""

from pyspark.sql import SparkSession

from transforms.values import parse_value

AT = "2024-01-01 10:00:00"
TIMES = {
    # As PostgreSQL writes an offset of whole hours, and one of a local mean time.
    f"{AT}.123+00": f"{AT}.123",
    f"{AT}-05": "2024-01-01 15:00:00",
    "1920-01-01 10:19:32+00:19:32": "1920-01-01 10:00:00",
    f"{AT}+0530": "2024-01-01 04:30:00",
    f"{AT}.120000000": f"{AT}.12",
    f"{AT}.123456000Z": f"{AT}.123456",
    f"{AT}.1234567": None,
    f"{AT}.": None,
    f"{AT}+5": None,
    f"{AT}+0": None,
    f"{AT}+99": None,
}


def test_a_time_has_any_offset_and_is_exact_to_the_microsecond(spark: SparkSession) -> None:
    given = spark.createDataFrame([(text,) for text in TIMES], "text string")
    found = given.select("text", parse_value("text", "timestamp").cast("string").alias("time")).collect()
    assert {row.text: row.time for row in found} == TIMES
