"""One more day in DuckDB: python -m benchmarks.day_in_duckdb FILE OUTPUT DAY.

Adds the file of the day after the newest to the tables that `in_duckdb` wrote to OUTPUT. Like Weir, it reads the events
of the affected periods alone, and keeps all other rows. No suites, no history, no atomic publication, and no other
delivery than the next day. Prints the seconds of each table as JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.in_duckdb import PARQUET, SQL

DAYS = timedelta(days=1)
CARTS = """
WITH open_lines AS (
    SELECT user_id, product_id, min(first_cart_at) AS since FROM published WHERE closed_at IS NULL GROUP BY ALL
)
SELECT events.* FROM all_events AS events LEFT JOIN open_lines USING (user_id, product_id)
WHERE event_type <> 'view' AND event_time >= coalesce(since, getvariable('day'))
    AND events.day >= (SELECT least(min(since), getvariable('day'))::DATE FROM open_lines)
"""


@dataclass(frozen=True)
class Increment:
    """The events that a table needs since `first_day`, and the condition of its rows that change."""

    first_day: date
    affected: str


def increments(day: date) -> Mapping[str, Increment]:
    """The tables that are rewritten, in the order of their dependencies."""
    monday, month, period = day - day.weekday() * DAYS, day.replace(day=1), day - 27 * DAYS
    of_grain = f"CASE grain WHEN 'week' THEN DATE '{monday}' WHEN 'month' THEN DATE '{month}' ELSE DATE '{day}' END"
    return {
        "unique_visitors": Increment(min(monday, month, period), f"period_start >= {of_grain}"),
        "visitor_lifecycle": Increment(monday - 7 * DAYS, f"week >= DATE '{monday}'"),
        "abandoned_carts": Increment(day, "closed_at IS NULL"),
        "cart_abandonment": Increment(day - 10 * DAYS, f"day >= DATE '{day - 10 * DAYS}'"),
        "shopping_funnel": Increment(day - DAYS, f"day >= DATE '{day - DAYS}'"),
        "top_categories": Increment(period, "true"),
        "brand_category_gaps": Increment(period, "true"),
        "brand_gaps": Increment(period, "true"),
    }


class Tables:
    """The tables of a folder: one file each, and a folder with a file for each day added later."""

    def __init__(self, output: Path, day: date) -> None:
        self.output, self.day, self.database = output, day, duckdb.connect()
        self.database.execute("SET threads = 2; SET preserve_insertion_order = false")
        self.database.execute((SQL / "macros.sql").read_text())

    def add_events(self, file: str) -> None:
        """Read and check the events of the day, and append them."""
        as_of = f"TIMESTAMP '{self.day + DAYS}'"
        values = {"input": f"'{file}'", "day": f"TIMESTAMP '{self.day}'", "as_of": as_of, "clock": as_of}
        for name, value in values.items():
            self.database.execute(f"SET VARIABLE {name} = {value}")
        self.database.execute((SQL / "clean_events.sql").read_text())
        self._append("clean_events", "(SELECT * EXCLUDE (day) FROM clean_events)")
        self._append("rejected_events", "rejected_events")
        self.database.execute("ALTER TABLE clean_events RENAME TO new_events")
        self.database.execute(f"CREATE VIEW all_events AS {self._rows('clean_events')}")

    def add_first_seen(self) -> None:
        self.database.execute(f"CREATE VIEW known AS {self._rows('visitor_first_seen')}")
        self.database.execute(
            "CREATE TABLE first_seen AS SELECT user_id, min(event_time) AS first_event_time "
            "FROM new_events ANTI JOIN known USING (user_id) GROUP BY user_id"
        )
        self._append("visitor_first_seen", "first_seen")
        self.database.execute(f"CREATE VIEW visitor_first_seen AS {self._rows('visitor_first_seen')}")

    def add_visitor_days(self) -> None:
        self._build("visitor_days", "SELECT * FROM new_events")
        self._append("visitor_days", "visitor_days")

    def rewrite(self, name: str, increment: Increment) -> None:
        """Rebuild the affected rows of a table and keep the others."""
        self.database.execute(f"CREATE OR REPLACE VIEW published AS {self._rows(name)}")
        events = f"SELECT * FROM all_events WHERE day >= DATE '{increment.first_day}'"
        self._build(name, CARTS if name == "abandoned_carts" else events)
        rebuilt = name if name == "abandoned_carts" else f"(SELECT * FROM {name} WHERE {increment.affected})"
        self.database.execute(
            f"CREATE OR REPLACE TABLE whole AS SELECT * FROM published WHERE NOT ({increment.affected}) "
            f"UNION ALL BY NAME SELECT * FROM {rebuilt}"
        )
        self.database.execute(f"DROP TABLE {name}; ALTER TABLE whole RENAME TO {name}")
        self.database.execute(f"COPY {name} TO '{self.output}/{name}.parquet' ({PARQUET})")

    def _build(self, name: str, events: str) -> None:
        self.database.execute(f"CREATE OR REPLACE VIEW clean_events AS {events}")
        self.database.execute((SQL / f"{name}.sql").read_text())

    def _append(self, name: str, source: str) -> None:
        folder = self.output / name / f"day={self.day}"
        folder.mkdir(parents=True, exist_ok=True)
        self.database.execute(f"COPY {source} TO '{folder}/added.parquet' ({PARQUET})")

    def _rows(self, name: str) -> str:
        files = [str(path) for path in (self.output / f"{name}.parquet", self.output / name / "*" / "*.parquet")]
        if name == "clean_events" or not Path(files[0]).exists():
            return f"SELECT * FROM read_parquet('{files[1]}', hive_partitioning = true)"
        present = files if (self.output / name).exists() else files[:1]
        return f"SELECT * FROM read_parquet({present}, hive_partitioning = false)"


def main(file: str, output: str, day: str) -> None:
    seconds, started = dict[str, float](), time.perf_counter()
    tables = Tables(Path(output), date.fromisoformat(day))
    steps: dict[str, Callable[[], None]] = {
        "clean_events": partial(tables.add_events, file),
        "visitor_first_seen": tables.add_first_seen,
        "visitor_days": tables.add_visitor_days,
    }
    steps |= {name: partial(tables.rewrite, name, increment) for name, increment in increments(tables.day).items()}
    for name, step in steps.items():
        step()
        seconds[name], started = time.perf_counter() - started, time.perf_counter()
    print(json.dumps({"seconds_of": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
