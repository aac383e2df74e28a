"""Schema drift: columns added, missing, renamed, reordered or of other types.

Covers delivered files, and tables from one release to the next.
"""

import json
from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import DataFrame

from jobs.ecommerce import clean_events, visitor_first_seen
from jobs.runtime.errors import BadLake
from jobs.runtime.job import Pipeline
from schemas.ecommerce.visitor_first_seen import VISITOR_FIRST_SEEN
from schemas.table import Column, Table
from tests.conftest import HEADER, InProcess, line
from tests.faults import fault

pytestmark = pytest.mark.slow

WITHOUT_BRAND = HEADER.replace("brand,", "")
JSON = json.dumps(
    dict(zip(HEADER.split(","), line().split(","), strict=True)) | {"colour": "red", "brand": None}
).replace('"brand": null, ', "")
WHOLE = json.dumps(dict(zip(HEADER.split(","), line().split(","), strict=True)))


@pytest.fixture
def shop(daily: InProcess) -> InProcess:
    daily.job = clean_events.JOB
    return daily


DRIFTS = {
    # arguments, file name, its lines, exit code, message
    "added": ([], "a.csv", [HEADER + ",colour", line() + ",red"], 0, "column colour is not read"),
    "added, not wanted": (
        ["--drift", "added=fail"],
        "a.csv",
        [HEADER + ",colour", line() + ",red"],
        2,
        "columns added: colour, and --drift sets added=fail",
    ),
    "missing, optional": (
        [],
        "a.csv",
        [WITHOUT_BRAND, line().replace("acme,", "")],
        0,
        "no column brand, read as NULL",
    ),
    "missing, not wanted": (
        ["--drift", "missing=fail"],
        "a.csv",
        [WITHOUT_BRAND, line().replace("acme,", "")],
        2,
        "columns missing: brand, and --drift",
    ),
    "missing, required": (
        [],
        "a.csv",
        [HEADER.replace("user_id,", ""), line(user_id="").replace(",,", ",")],
        2,
        "lacks ['user_id']",
    ),
    "renamed": ([], "a.csv", [HEADER.replace("price", "unit_price"), line()], 2, "--columns price=unit_price"),
    "reordered": (
        [],
        "a.csv",
        [",".join(reversed(HEADER.split(","))), ",".join(reversed(line().split(",")))],
        0,
        "1 row read = 1 kept",
    ),
    "of JSON, added": ([], "a.json", [JSON], 0, "column colour is not read"),
    "of JSON, missing": ([], "a.json", [JSON], 0, "no column brand, read as NULL"),
    "of JSON, not wanted": (
        ["--drift", "added=ignore,missing=fail"],
        "a.json",
        [JSON],
        2,
        "columns missing: brand, and --drift sets missing=fail",
    ),
    "of JSON, renamed later": (
        ["--drift", "added=fail"],
        "a.json",
        [WHOLE] * 700 + [WHOLE.replace('"brand"', '"marca"')],
        2,
        "columns added: marca, and --drift",
    ),
    "no policy": (
        ["--drift", "added=apply"],
        "a.csv",
        [HEADER, line()],
        2,
        "'added=apply' is not of the form added=fail,missing=fail",
    ),
}


@fault(
    "I05",
    injected="extra, missing, renamed columns, also as JSON",
    checked="the policy of its kind, and a message that names the column",
)
@pytest.mark.parametrize(
    "case",
    [pytest.param(name, marks=[pytest.mark.nightly] * (name not in ("added", "missing, required"))) for name in DRIFTS],
)
def test_a_file_of_other_columns_is_treated_by_the_policy_of_its_kind(shop: InProcess, case: str) -> None:
    arguments, name, (header, *lines), code, says = DRIFTS[case]
    shop.deliver(name, *lines, header=header)
    assert shop.run(*arguments) == code, shop.output
    assert says in shop.output


def release(visitors: Table) -> Pipeline:
    """The jobs of a release in which visitor_first_seen has these columns. The value of a new column is its name."""

    def build(clean_events: DataFrame, published: DataFrame, since: date | None) -> DataFrame:
        made = visitor_first_seen.JOB.build(clean_events, published.drop("word"), since=since)
        more = [
            f"CAST('{column.name}' AS {column.type}) AS {column.name}"
            for column in visitors.columns
            if column.name not in made.columns
        ]
        kinds = [
            f"CAST({column.name} AS {column.data_type.simpleString()}) AS {column.name}"
            for column in visitors.columns
            if column.name in made.columns
        ]
        return made.selectExpr(*kinds, *more).select(*visitors.names)

    return Pipeline(
        "ecommerce.daily", [clean_events.JOB, replace(visitor_first_seen.JOB, build=build, writes=visitors)]
    )


WORD = Column("word", "string", "A word that a later release adds.")


@fault(
    "R14",
    injected="a release with a new column, with a wider one, without one",
    checked="added or widened, and rebuilt in full; a missing column is refused with 2",
)
def test_a_table_grows_and_loses_nothing(daily: InProcess) -> None:
    grown = replace(VISITOR_FIRST_SEEN, columns=(WORD, *VISITOR_FIRST_SEEN.columns))
    daily.job = release(VISITOR_FIRST_SEEN)
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    old = daily.lake.main(VISITOR_FIRST_SEEN)

    daily.job = release(grown)
    daily.deliver("b.csv", line(user_id="2", event_time="2019-10-02 10:00:00"))
    assert daily.run("--dry_run") == 2
    assert (
        "ecommerce.visitor_first_seen needs a schema change (word string), which readers would see; --dry_run changes"
        in daily.output
    )
    assert daily.table("ecommerce.visitor_first_seen").columns == VISITOR_FIRST_SEEN.names
    assert daily.run() == 0, daily.output
    assert "ecommerce.visitor_first_seen: column word is missing or narrower" in daily.output
    seen = daily.table("ecommerce.visitor_first_seen")
    assert seen.columns == grown.names
    assert [row.word for row in seen.collect()] == ["word", "word"]  # also for the previous visitor
    assert daily.lake.frame(grown, old).select("user_id", "word").collect() == [(1, None)]
    assert daily.run() == 0
    assert daily.output.count("nothing new") == 2

    daily.job = release(VISITOR_FIRST_SEEN)
    assert daily.run() == 2
    assert (
        "ecommerce.visitor_first_seen has other columns than this version of Weir writes (without word string)"
        in daily.output
    )
    daily.job = release(replace(grown, columns=(replace(WORD, type="long"), *VISITOR_FIRST_SEEN.columns)))
    assert daily.run() == 2
    assert "changed types: word string, not bigint" in daily.output


WIDENED = [("integer", "long"), ("float", "double"), ("decimal(10,2)", "decimal(18,2)")]
REFUSED = [
    ("decimal(18,2)", "decimal(18,4)"),
    ("decimal(18,2)", "decimal(10,2)"),
    ("long", "integer"),
    ("string", "timestamp"),
]


def test_only_what_loses_nothing_is_widened(daily: InProcess) -> None:
    assert daily.run("--allow_empty") == 0, daily.output
    assert daily.output.count("nothing new") == 2
    for number, (there, wanted) in enumerate(WIDENED + REFUSED):
        table, wider = (
            Table(f"ecommerce.any_{number}", "one row", (Column("value", kind, "A value."),))
            for kind in (there, wanted)
        )
        assert daily.lake.ensure(table) == []
        if (there, wanted) in WIDENED:
            assert daily.lake.ensure(wider) == [f"{wider.name}: column value"]
            daily.lake.evolve_schema(wider)
            assert daily.lake.ensure(wider) == []
        else:
            with pytest.raises(BadLake, match="changed types: value"):
                daily.lake.ensure(wider)
