"""How the ledger's rows describe a file."""

from datetime import UTC, datetime

from pyspark.sql import Row, SparkSession

from jobs.runtime.ingest.file_plan import known_files


def recorded(path: str, run_id: str, state: str, at: str, duplicates: int | None) -> Row:
    """A timestamp as Spark returns it, in the time zone of the machine."""
    local = datetime.fromtimestamp(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())  # noqa: DTZ006
    return Row(path=path, run_id=run_id, state=state, recorded_at=local, duplicates=duplicates)


def test_rows_of_files_are_looked_for_from_a_day_before_their_run_on(spark: SparkSession) -> None:
    """The clock may have been set back since then. Files that are not ingested have no rows left to look for."""
    rows = spark.createDataFrame(
        [("20191003t115959_a",), ("20191003t120000_b",), ("20191009t000000_c",)], "run_id string"
    )
    found = known_files([recorded("/in/a.csv", "20191004t120000_x", "taken", "2019-10-04 12:00:00", 0)], set(), set())
    assert [row.run_id[-1] for row in rows.filter(found.run_id_filter(["/in/a.csv", "/in/b.csv"])).collect()] == [
        "b",
        "c",
    ]
    assert rows.filter(found.run_id_filter(["/in/b.csv"])).count() == 0
