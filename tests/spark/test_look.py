"""`python -m jobs`: the list of jobs, and the inspection of a lake."""

from pathlib import Path

import pytest

from jobs.runtime.cli.lake_commands import COMMANDS
from jobs.runtime.spark.small_frames import content_hash
from tests.conftest import InProcess, line


def test_a_lake_shows_its_tables_rows_and_runs(daily: InProcess) -> None:
    daily.deliver("a.csv", line(), line(product_id="2", brand="other"))
    assert daily.run() == 0
    assert daily.run("--content", job=COMMANDS["tables"]) == 0, daily.output
    hashed = content_hash(daily.table("ecommerce.clean_events").drop("source_file", "run_id"))
    for text in ("ecommerce.clean_events", "one row per shopper action", "metadata.json", hashed):
        assert text in daily.output
    assert daily.run("--table", "ecommerce.clean_events", "--where", "brand = 'other'", job=COMMANDS["show"]) == 0
    assert ("other" in daily.output, "acme" in daily.output) == (True, False)
    assert daily.run(job=COMMANDS["runs"]) == 0
    assert "published" in daily.output


NOT_SHOWN = [
    ["ecommerce.nothing"],
    ["ecommerce.clean_events", "--where", "brand = "],
    ["ecommerce.clean_events", "--where", "cast(brand AS int) = 1"],
]


def test_what_cannot_be_shown_is_an_error_with_a_hint(daily: InProcess) -> None:
    daily.deliver("a.csv", line())
    assert daily.run() == 0
    for arguments in NOT_SHOWN:
        assert daily.run("--table", *arguments, job=COMMANDS["show"]) == 2, arguments
        assert "Traceback" not in daily.output


@pytest.mark.parametrize("look", COMMANDS)
def test_looking_makes_no_lake(daily: InProcess, look: str) -> None:
    arguments = ["--table", "ecommerce.clean_events"] if look == "show" else []
    assert daily.run(*arguments, job=COMMANDS[look]) == 2
    assert f"there is no lake in {daily.path}" in daily.output
    assert not daily.path.exists()


def test_the_content_hash_knows_rows_not_their_order(daily: InProcess, tmp_path: Path) -> None:
    spark = daily.spark
    one = spark.sql("SELECT * FROM VALUES (1, 'a'), (2, NULL), (2, NULL) AS t(x, y)")
    assert content_hash(one) == content_hash(one.orderBy("y", "x").repartition(3))
    assert (
        len(
            {
                content_hash(one),
                content_hash(one.distinct()),
                content_hash(spark.sql("SELECT * FROM VALUES (1, 'a'), (2, ''), (2, '') AS t(x, y)")),
            }
        )
        == 3
    )
