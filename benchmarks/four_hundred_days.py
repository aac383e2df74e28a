"""Growth after hundreds of daily runs: python -m benchmarks.four_hundred_days [--runs 28 56] [--rows_per_day 100].

One lake with one file and one run per simulated day, and lake.maintain every two weeks, or never with --neglected.
After each number of runs, before maintenance, it prints the size of the table metadata and the median wall and CPU
seconds of the last five runs and of five runs without new files. To be affordable, the pipeline has one mart and no
report, and code generation is off: with a hundred rows, compiling takes longer than running.
"""

import argparse
import statistics
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.daily_runs import processor_seconds, run_job
from jobs.ecommerce import clean_events, visitor_first_seen
from jobs.lake import maintain
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Pipeline
from jobs.runtime.spark import session
from jobs.samples.shop_events import shop_events
from schemas.declared import declared_tables

JOB = Pipeline("ecommerce.daily", [clean_events.JOB, visitor_first_seen.JOB])
# Settings that reduce the fixed cost of small days.
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
    """A lake and the files that are delivered to it day by day."""

    def __init__(self, folder: Path, days: int, rows_per_day: int) -> None:
        self.lake, self.input = folder / "lake", folder / "input"
        self.input.mkdir()
        self.spark = session.start(session.catalog_settings(str(self.lake), None))
        for name, value in SMALL.items():
            self.spark.conf.set(name, value)
        shop_events(str(folder / "later"), days * rows_per_day, days, START, 1, False)
        self.later = sorted((folder / "later").glob("*.csv"))
        self.started_at: list[datetime] = []

    def next_day(self) -> Seconds:
        """Deliver the next file and run the pipeline."""
        file = self.later[len(self.started_at)]
        file.rename(self.input / file.name)
        self.started_at.append(datetime.now(UTC))
        return self.run_pipeline()

    def run_pipeline(self) -> Seconds:
        """Run the pipeline on the morning after the newest day. Returns wall and CPU seconds."""
        morning, before = f"{START + timedelta(days=len(self.started_at))}T03:00:00Z", processor_seconds(self.spark)
        seconds = run_job(JOB, self.lake, "--input", str(self.input), "--clock", morning)
        return seconds, processor_seconds(self.spark) - before

    def maintain(self) -> float:
        """Run table maintenance, keeping the history of the last two weeks of runs. Returns its seconds."""
        return run_job(maintain.JOB, self.lake, "--keep_days", "0", "--clock", self.started_at[-TWO_WEEKS].isoformat())


def metadata_size(shop: Shop, stems: tuple[str, ...]) -> tuple[float, float, int]:
    """Kilobytes of the current metadata.json files and of the manifests, and the number of metadata files."""
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


def measure(runs: list[int], rows_per_day: int, *, is_neglected: bool) -> None:
    headings = "".join(f"{f'{group}: json KB':>20}{'manifests KB':>14}{'files':>8}" for group in GROUPS)
    print(f"{'runs':>6}{'a day s':>10}{'cpu s':>8}{'nothing s':>11}{'cpu s':>8}{'maint s':>8}{headings}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder), runs[-1], rows_per_day)
        for run_count in range(TWO_WEEKS, runs[-1] + 1, TWO_WEEKS):
            days = [shop.next_day() for _ in range(TWO_WEEKS)]
            sizes = [metadata_size(shop, stems) for stems in GROUPS.values()] if run_count in runs else []
            idle = [shop.run_pipeline() for _ in range(AT_THE_END)] if run_count in runs else []
            maintenance = 0.0 if is_neglected else shop.maintain()
            if run_count in runs:
                cells = "".join(f"{newest:20,.0f}{manifests:14,.0f}{files:8,}" for newest, manifests, files in sizes)
                medians = [
                    statistics.median(run[clock] for run in several)
                    for several in (days[-AT_THE_END:], idle)
                    for clock in range(2)
                ]
                print(
                    f"{run_count:6}{medians[0]:10.2f}{medians[1]:8.2f}{medians[2]:11.2f}{medians[3]:8.2f}"
                    f"{maintenance:8.1f}{cells}",
                    flush=True,
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, nargs="+", default=[28, 56, 112, 224, 406], help="multiples of 14")
    parser.add_argument("--rows_per_day", type=int, default=100)
    parser.add_argument("--neglected", action="store_true")
    arguments = parser.parse_args()
    measure(arguments.runs, arguments.rows_per_day, is_neglected=arguments.neglected)
