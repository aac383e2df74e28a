"""What hundreds of daily runs leave behind: python -m benchmarks.four_hundred_days [--runs 28 56 112 224 406] [--rows_per_day 100] [--neglected].

One lake, a file and a run a day, and lake.maintain after two weeks of them, as if each run had been a day after the one before; or never,
if neglected. After so many runs, before those two weeks are maintained: what the metadata of the tables takes, the median seconds of
the last five runs, and of five that find nothing new, by the clock and of the processor. To be affordable the pipeline has one mart and no report, and queries
are not compiled: of a hundred rows an answer is there before.
"""

import argparse
import statistics
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.daily_runs import processor_seconds, ran
from jobs.ecommerce import clean_events, visitor_first_seen
from jobs.lake import maintain
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.job import Pipeline
from jobs.runtime.spark import session
from jobs.samples.shop_events import shop_events
from schemas.declared import declared_tables

JOB = Pipeline("ecommerce.daily", [clean_events.JOB, visitor_first_seen.JOB])
# What costs time of a small day is not its rows, and neither grows.
SMALL = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
}
START = date(2019, 10, 1)
TWO_WEEKS = 14
AT_THE_END = 5
GROUPS = {
    "delivered": ("clean_events", "rejected_events"),
    "mart": ("visitor_first_seen",),
    "ledger": ("runs", "files"),
}
Seconds = tuple[float, float]


class Shop:
    """A lake, and files that are delivered to it day by day."""

    def __init__(self, folder: Path, days: int, rows_per_day: int) -> None:
        self.lake, self.input = folder / "lake", folder / "input"
        self.input.mkdir()
        self.spark = session.start(session.catalog(str(self.lake), None))
        for name, value in SMALL.items():
            self.spark.conf.set(name, value)
        shop_events(str(folder / "later"), days * rows_per_day, days, START, 1, False)
        self.later = sorted((folder / "later").glob("*.csv"))
        self.began: list[datetime] = []

    def next_day(self) -> Seconds:
        """Of the run that takes the next file."""
        file = self.later[len(self.began)]
        file.rename(self.input / file.name)
        self.began.append(datetime.now(UTC))
        return self.again()

    def again(self) -> Seconds:
        """Of a run on the morning after the newest day."""
        morning, before = f"{START + timedelta(days=len(self.began))}T03:00:00Z", processor_seconds(self.spark)
        passed = ran(JOB, self.lake, "--input", str(self.input), "--clock", morning)
        return passed, processor_seconds(self.spark) - before

    def maintained(self) -> float:
        """Seconds of the care that leaves the history of the last two weeks of runs."""
        return ran(maintain.JOB, self.lake, "--keep_days", "0", "--clock", self.began[-TWO_WEEKS].isoformat())


def takes(shop: Shop, stems: tuple[str, ...]) -> tuple[float, float, int]:
    """Kilobytes of the newest metadata.json of each of the tables, of the manifests that it names, and how many files the folders of metadata hold."""
    lake = Lake(shop.spark)
    tables = [table for table in declared_tables() if table.stem in stems]
    newest = sum(Path(lake.metadata_file(table).removeprefix("file:")).stat().st_size for table in tables)
    manifests = sum(
        lake.spark.sql(f"SELECT COALESCE(sum(length), 0) FROM lake.{table.name}.manifests").collect()[0][0]
        for table in tables
    )
    files = sum(
        1 for table in tables for _ in (shop.lake / "warehouse" / table.domain / table.stem / "metadata").iterdir()
    )
    return newest / 1024, manifests / 1024, files


def measured(runs: list[int], rows_per_day: int, *, is_neglected: bool) -> None:
    heads = "".join(f"{f'{group}: json KB':>20}{'manifests KB':>14}{'files':>8}" for group in GROUPS)
    print(f"{'runs':>6}{'a day s':>10}{'cpu s':>8}{'nothing s':>11}{'cpu s':>8}{'care s':>8}{heads}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder), runs[-1], rows_per_day)
        for so_far in range(TWO_WEEKS, runs[-1] + 1, TWO_WEEKS):
            days = [shop.next_day() for _ in range(TWO_WEEKS)]
            sizes = [takes(shop, stems) for stems in GROUPS.values()] if so_far in runs else []
            idle = [shop.again() for _ in range(AT_THE_END)] if so_far in runs else []
            care = 0.0 if is_neglected else shop.maintained()
            if so_far in runs:
                cells = "".join(f"{newest:20,.0f}{manifests:14,.0f}{files:8,}" for newest, manifests, files in sizes)
                spent = [
                    statistics.median(run[what] for run in several)
                    for several in (days[-AT_THE_END:], idle)
                    for what in range(2)
                ]
                print(
                    f"{so_far:6}{spent[0]:10.2f}{spent[1]:8.2f}{spent[2]:11.2f}{spent[3]:8.2f}{care:8.1f}{cells}",
                    flush=True,
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, nargs="+", default=[28, 56, 112, 224, 406], help="multiples of 14")
    parser.add_argument("--rows_per_day", type=int, default=100)
    parser.add_argument("--neglected", action="store_true")
    asked = parser.parse_args()
    measured(asked.runs, asked.rows_per_day, is_neglected=asked.neglected)
