"""The SQL of the warehouse on PostgreSQL: loads, and the views."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from pyspark.sql import Column as SparkColumn
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.runtime.spark.small_frames import local_frame
from jobs.runtime.warehouse.statements import Load
from schemas.social.influencer_places import INFLUENCER_PLACES
from schemas.social.influencers import INFLUENCERS
from schemas.social.net_sentiment import NET_SENTIMENT
from schemas.social.place_trends import PLACE_TRENDS
from schemas.table import Column, Table
from tests import ROOT
from tests.postgres import postgres
from tests.postgres.postgres import Server
from tests.transforms.social import (
    test_influencer_places,
    test_influencers,
    test_net_sentiment,
    test_place_trends,
)

VIEWS = ROOT / "infra" / "redshift" / "views"
Rows = Sequence[dict[str, Any]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if lacking := postgres.missing():
        pytest.skip(f"PostgreSQL lacks {', '.join(lacking)} (Debian: postgresql and postgresql-15-wal2json)")
    with postgres.server(behind=timedelta()) as running:
        yield running


def run(server: Server, *statements: str) -> list[str]:
    return server.psql("".join(f"{statement};\n" for statement in statements), "postgres")


def staged(table: Table, rows: Rows) -> list[str]:
    """Fill the staging table, as COPY does."""
    lines = [", ".join(_literal(row.get(name)) for name in table.names) for row in rows]
    return [f"INSERT INTO {table.stem}_staged VALUES ({line})" for line in lines]


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return "'{}'".format(value.replace("'", "''")) if isinstance(value, str) else str(value)


def load(server: Server, table: Table, rows: Rows, snapshot: str = "1") -> None:
    given = Load(table, table.domain, snapshot)
    run(server, *given.preparation())
    run(server, "BEGIN", *given.replacement(staged(table, rows), len(rows)), "COMMIT")


def test_a_load_replaces_the_table_and_one_that_ends_early_changes_nothing(server: Server) -> None:
    first, rows = Load(PLACE_TRENDS, "social", "1"), test_place_trends.MADE
    load(server, PLACE_TRENDS, rows)
    assert run(server, first.loaded) == ["1"]
    load(server, PLACE_TRENDS, rows)
    assert run(server, "SELECT count(*) FROM social.place_trends") == ["10"]
    second = Load(PLACE_TRENDS, "social", "2")
    with pytest.raises(AssertionError, match='null value in column "row_count"'):
        run(server, "BEGIN", *second.replacement(staged(PLACE_TRENDS, rows[:3]), 4), "COMMIT")
    assert run(server, "SELECT count(*) FROM social.place_trends", second.loaded) == ["10", "1"]
    load(server, PLACE_TRENDS, rows[:3], "2")
    assert run(server, "SELECT count(*) FROM social.place_trends", second.loaded) == ["3", "2"]
    assert run(server, "DELETE FROM social.place_trends WHERE place_id = '0'", second.loaded) == [""]


def test_a_second_load_at_once_waits_for_the_first_and_gives_the_rows_once(server: Server) -> None:
    rows, given = test_place_trends.MADE, Load(PLACE_TRENDS, "social", "4")
    load(server, PLACE_TRENDS, [], "3")
    with server.session("postgres") as client, ThreadPoolExecutor(1) as pool:
        first = ("BEGIN", *given.replacement(staged(PLACE_TRENDS, rows), len(rows)))
        client.says("".join(f"{statement};\n" for statement in first), "SELECT 'replaced';")
        second = pool.submit(load, server, PLACE_TRENDS, rows, "4")
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        assert any(run(server, waiting) != ["0"] for _ in range(200))
        client.says("COMMIT;\n", "SELECT 'ended';")
        second.result()
    assert run(server, "SELECT count(*) FROM social.place_trends", given.loaded) == [str(len(rows)), "4"]


def test_a_column_that_a_release_adds_is_added_to_the_target(server: Server) -> None:
    added = Column("comment", "string", "", required=True)
    more = replace(PLACE_TRENDS, columns=(added, *PLACE_TRENDS.columns))
    load(server, PLACE_TRENDS, test_place_trends.MADE, "5")
    given = Load(more, "social", "6")
    run(server, *given.additions(run(server, given.present_columns)))
    assert given.additions(run(server, given.present_columns)) == []
    load(server, more, [{**row, "comment": "x"} for row in test_place_trends.MADE], "6")
    assert run(server, "SELECT DISTINCT comment FROM social.place_trends", given.loaded) == ["x", "6"]
    run(server, "DROP TABLE social.place_trends CASCADE")


def test_a_load_that_is_killed_changes_nothing(server: Server) -> None:
    rows, second = test_place_trends.MADE, Load(PLACE_TRENDS, "social", "8")
    load(server, PLACE_TRENDS, rows, "7")
    loaded = "SELECT count(*) FROM social.place_trends", second.loaded
    *swap, _ = second.replacement(staged(PLACE_TRENDS, rows[:3]), 3)
    with server.session("postgres") as client:
        assert (
            client.says("".join(f"{statement};\n" for statement in ("BEGIN", *swap)), "SELECT 'swapped';") == "swapped"
        )
        client.process.kill()
    assert run(server, *loaded) == ["10", "7"]
    load(server, PLACE_TRENDS, rows[:3], "8")
    assert run(server, *loaded) == ["3", "8"]


def drawn(table: Table, keys: Sequence[dict[str, Any]]) -> Rows:
    """A random row for each key. Counts are small, so that many of them tie."""
    chance = Random(len(keys))

    def value(column: Column) -> Any:
        if not column.required and chance.random() < 0.2:
            return None
        match column.type:
            case "long":
                return chance.randrange(9)
            case "double":
                return chance.choice((0.0, 1 / 3, -2.5e-7, chance.uniform(-9, 9)))
            case "boolean":
                return chance.random() < 0.5
            case "date":
                return f"2019-05-{chance.randint(1, 28):02}"
        return chance.choice(("Zadar", "Đurđevac", "O'Hara"))

    return [{**{column.name: value(column) for column in table.columns}, **key} for key in keys]


DAYS = [f"2019-05-{day:02}" for day in range(1, 29)]
PLACES = [f"{number}" for number in range(8)]
DRAWN = {
    PLACE_TRENDS: drawn(PLACE_TRENDS, [{"day": day, "place_id": place} for day in DAYS for place in PLACES]),
    NET_SENTIMENT: drawn(
        NET_SENTIMENT,
        [
            {"day": day, "subject": subject, "subject_id": place}
            for day in DAYS
            for subject in ("place", "topic")
            for place in PLACES[2:]
        ],
    ),
    INFLUENCERS: drawn(INFLUENCERS, [{"author_id": f"{number}"} for number in range(60)]),
    INFLUENCER_PLACES: drawn(
        INFLUENCER_PLACES,
        [{"author_id": f"{number}", "place_id": place} for number in range(30) for place in PLACES],
    ),
}


def test_the_views_answer_what_spark_answers_to_the_row(server: Server, spark: SparkSession) -> None:
    for table, rows in DRAWN.items():
        load(server, table, rows, "9")
        local_frame(spark, table, rows).createOrReplaceTempView(f"social_{table.stem}")
    for path in sorted(VIEWS.glob("*.sql")):
        statement = path.read_text().strip()
        run(server, statement)
        selected = statement.partition(" AS\n")[2].replace("social.", "social_")
        answered = [json.loads(row[0]) for row in spark.sql(selected).select(as_json()).collect()]
        found = run(server, f"SELECT to_json(answer) FROM social.{path.stem} AS answer")
        assert len(answered) > 5, path.stem
        assert sorted(map(json.loads, found), key=str) == sorted(answered, key=str), path.stem


def as_json() -> SparkColumn:
    """A row as JSON, with its NULLs."""
    return F.to_json(F.struct("*"), {"ignoreNullFields": "false"})


def test_the_views_answer_from_the_loaded_rows(server: Server) -> None:
    trends = [
        {**test_place_trends.MADE[0], "day": f"2019-05-{day:02}", "tweets": day, "z": float(10 - day % 4)}
        for day in range(1, 12)
    ]
    load(server, PLACE_TRENDS, [*trends, {**test_place_trends.MADE[1], "day": "2019-05-01"}])
    load(
        server,
        INFLUENCERS,
        [*test_influencers.MADE, {**test_influencers.MADE[0], "author_id": "x", "is_listed": False}],
    )
    load(server, INFLUENCER_PLACES, test_influencer_places.MADE)
    load(server, NET_SENTIMENT, [{**test_net_sentiment.ALL, "subject": "place", "subject_id": "0"}])
    run(server, *(path.read_text().strip() for path in sorted(VIEWS.glob("*.sql"))))
    assert run(server, "SELECT count(*), max(rank) FROM social.top_influencers") == ["10|10"]
    places = "SELECT place_id, place_rank FROM social.influencer_locations ORDER BY place_rank LIMIT 2"
    assert run(server, places) == ["0|1", "1|2"]
    trend = "SELECT tweets_so_far, net_sentiment FROM social.location_trend WHERE place_id = '0' ORDER BY day DESC"
    assert run(server, trend)[0] == "66|"
    assert run(server, trend)[-4] == "10|0.4"
    assert run(server, "SELECT place_id, day, z FROM social.rising_locations") == ["0|2019-05-08|10"]
