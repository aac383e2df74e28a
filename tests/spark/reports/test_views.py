"""Views for Athena return the same results as the tiles of the report."""

import duckdb
from pyspark.sql import SparkSession

from infra import athena
from jobs.runtime.reporting import report
from jobs.runtime.reporting.query_runner import create_tables
from jobs.runtime.reporting.tile_definitions import tiles
from tests.spark.reports import answers, lake
from tests.unit.infra.test_views import VIEWS, in_duckdb, plain


def test_each_view_answers_what_its_tile_answers(spark: SparkSession) -> None:
    rows, tables = lake(40), report.board_tables("ecommerce")
    found = {answer.tile.stem: answer.rows for answer in answers(spark, rows)[0]}
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    create_tables(database, tables)
    for table in tables:
        for row in rows.get(table.stem, []):
            given = ", ".join(f'"{name}"' for name in row)
            database.execute(
                f"INSERT INTO {table.name} ({given}) VALUES ({', '.join('?' * len(row))})", list(row.values())
            )
    for tile in tiles("ecommerce"):
        asked = database.execute(in_duckdb(VIEWS[f"{athena.view_name(tile, 'ecommerce')}.sql"]))
        names = [column[0] for column in asked.description]
        answered = [dict(zip(names, map(plain, row), strict=True)) for row in asked.fetchall()]
        assert answered == [{name: plain(value) for name, value in row.items()} for row in found[tile.stem]], tile.stem
