"""Lines of JSON files with several objects."""

import json
from random import Random
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from transforms.change_data.json_lines import is_one_object, split_objects

ONE = ['{"a": 1}', '{"a": 1} \t', '{"a": 1},', '{"a": "{}"} , ', '{"a": {"b": "}{"}, "c": [{"d": 1}, {"d": "} x"}]}']
SEVERAL = [
    '{"a": 1} x',
    '{"a": 1}"x"',
    '{"a": 1} 5',
    '{"a": 1},{"b": 2}',
    '{"a": 1}{"b": 2}',
    '{"a": 1},5',
    *('{"a": 1}' + end for end in (',"b"', ',"b": 2}', "}", "]")),
]


def lines(spark: SparkSession, *given: str) -> DataFrame:
    parsed = F.from_json(F.lit(json.dumps(given)), "array<string>")
    return spark.range(1).select(F.posexplode(parsed).alias("row_no", "line"))


def test_objects_without_a_line_break_between_them_are_lines(spark: SparkSession) -> None:
    random = Random(7)
    texts = ["", "a", "}{", '"', "\\", '\\"}', "} {", "\u2028", "é", "{", "\n"]

    def value(depth: int) -> Any:
        text = "".join(random.choices(texts, k=random.randint(0, 4)))
        inner = [] if depth > 2 else [value(depth + 1) for _ in range(random.randint(0, 2))]
        return random.choice([text, 1.5, None, inner, dict(zip(texts, inner, strict=False))])

    given = [[{"a": value(0), "b": value(0)} for _ in range(random.randint(1, 5))] for _ in range(300)]
    joined = [random.choice(["", " ", "\t"]).join(json.dumps(one, ensure_ascii=False) for one in row) for row in given]
    found: dict[int, list[Any]] = {}
    for row in split_objects(lines(spark, *joined)).collect():
        found.setdefault(row.row_no, []).append(json.loads(row.line))
    assert found == dict(enumerate(given))


def test_nulls_are_lines_too_and_what_is_no_json_stays_on_its_line(spark: SparkSession) -> None:
    broken = ['{"a": "x}{"b": 1}', '{"a": "\\"}{', "", "a", *ONE]
    assert [row.line for row in split_objects(lines(spark, *broken)).collect()] == broken
    found = split_objects(lines(spark, 'null{"a": null} null null{"b": {"c": 1}}null', '{"a": 1}{"b": "x')).collect()
    assert [row.line for row in found] == [
        *("null", '{"a": null}', "null", "null", '{"b": {"c": 1}}', "null"),
        *('{"a": 1}', '{"b": "x'),
    ]


def test_a_line_has_one_object_if_nothing_but_a_comma_follows(spark: SparkSession) -> None:
    found = lines(spark, *ONE, *SEVERAL).select("line", is_one_object(F.col("line")).alias("is_one")).collect()
    assert [row.line for row in found if row.is_one] == ONE
