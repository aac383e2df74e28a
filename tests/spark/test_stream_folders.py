"""The files of a stream are those of a folder and its subfolders, in the order of their times."""

import os
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.runtime.streaming.sources import read_lines

# In the order of their times: Firehose writes to a folder for each hour.
FILES = ("b.json", "2019/10/01/12/shop-1", "a.json", "year=2019/1 [x].json", "2019/10/01/13/shop-2")
SKIPPED = (".hidden.json", "_unfinished.json", "_temporary/0/part.json", ".folder/x.json", "2019/.y.json.4.tmp")
WEEK_S = 604_800


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for second, name in enumerate([*SKIPPED, *FILES], 1):
        path = tmp_path / "in {1}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n{name}\n")
        os.utime(path, (second * WEEK_S, second * WEEK_S))
    return tmp_path / "in {1}"


def test_files_in_subfolders_are_read_in_the_order_of_their_times(
    spark: SparkSession, folder: Path, tmp_path: Path
) -> None:
    values = {"input": str(folder), "lake": str(tmp_path / "lake"), "checkpoint": None, "available_now": True}
    found = list[list[tuple[str, str]]]()

    def take(batch: DataFrame, _: int) -> None:
        found.append([(row.line, row.source_file) for row in batch.collect()])

    def read() -> None:
        writer = read_lines(spark, {**values, "max_files": 1}).writeStream.foreachBatch(take)
        checkpointed = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
        checkpointed.trigger(availableNow=True).start().awaitTermination()

    read()
    assert found == [[(name, str(folder / name))] * 2 for name in FILES]
    (folder / "copied.json").write_text("copied.json\n")
    os.utime(folder / "copied.json", (5, 5))  # weeks older than the newest one, as after cp -p
    read()
    assert found[len(FILES) :] == [[("copied.json", str(folder / "copied.json"))]]
