"""Names that look the same are written the same."""

import unicodedata
from random import Random

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.transforms.test_raw_rows import assert_rows
from transforms.names import composed

NAMES = ["acme", "Škoda", "Citroën", "Việt Tiến", "ǘ", "삼성", "각가", "カ\u3099", "Ångström \u212b", "", "e\u0301"]


def assert_composed(spark: SparkSession, cases: dict[str | None, str | None]) -> None:
    given = spark.createDataFrame([(name,) for name in cases], "name string")
    found = given.withColumn("found", composed(F.col("name")))
    assert_rows(found, "name found", [[name, expected] for name, expected in cases.items()])


def test_every_form_of_a_name_becomes_nfc(spark: SparkSession) -> None:
    random = Random(1)
    letters = [chr(code) for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00), *range(0xAC00, 0xD7A4, 37))]
    names = [*NAMES, *("".join(random.choices(letters, k=random.randint(1, 6))) for _ in range(300))]
    cases: dict[str | None, str | None] = {}
    for name in names:
        cases |= dict.fromkeys((name, unicodedata.normalize("NFD", name)), unicodedata.normalize("NFC", name))
    assert_composed(spark, cases)


def test_marks_may_come_in_any_order(spark: SparkSession) -> None:
    assert_composed(spark, dict.fromkeys(("e\u0323\u0302", "e\u0302\u0323", "ê\u0323", "ẹ\u0302"), "ệ"))


def test_characters_that_are_not_seen_are_removed(spark: SparkSession) -> None:
    assert_composed(
        spark,
        {"ac\u200bme": "acme", "\ufeffacme\u00ad": "acme", "e\u200d\u0301": "é", "\u200b": "", None: None},
    )
