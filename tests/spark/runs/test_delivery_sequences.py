"""Any sequence of deliveries gives the tables of one run: new days, late rows, corrected and withdrawn files."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from jobs.ecommerce.daily import JOB as DAILY
from jobs.runtime.job import Pipeline
from tests.conftest import FEW_TABLES, InProcess, line

pytestmark = pytest.mark.slow

START = date(2019, 9, 24)
ZONES = ("Europe/Zagreb", "America/Asuncion", "Asia/Kolkata", "Asia/Beirut")  # two change clocks at midnight in October
KINDS = ("view", "view", "cart", "cart", "purchase", "remove_from_cart")
BRANDS = ("acme", "bolt", "")
CATEGORIES = ("a.b.c", "a.d", "")


class Deliveries:
    """A folder of event files that changes at random, a few files at a time."""

    def __init__(self, daily: InProcess, random: Random) -> None:
        self.daily, self.random = daily, random
        self.next_day, self.late_files, self.files = 0, 0, list[tuple[Path, int]]()

    def new_days(self) -> list[str]:
        for _ in range(self.random.choice((1, 1, 9, 20))):
            self._deliver(f"{self.next_day:03}.csv", self.next_day)
            self.next_day += self.random.choice((1, 1, 1, 4))
        return []

    def late_rows(self) -> list[str]:
        day = self.random.randrange(self.next_day)
        self.late_files += 1
        self._deliver(f"late_{day}_{self.late_files}.csv", day)
        return []

    def correction(self) -> list[str]:
        if not self.files:
            return []
        path, day = self.files.pop(self.random.randrange(len(self.files)))
        self._deliver(path.name, day)
        return []

    def withdrawal(self) -> list[str]:
        path, _ = self.files.pop(self.random.randrange(len(self.files)))
        path.unlink()
        return ["--withdraw", str(path)]

    def as_of(self) -> str:
        """A time before or after the newest event."""
        newest = datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=self.next_day)
        return (newest + timedelta(hours=self.random.choice((0, 5, 24, 300, -60, -400)))).isoformat()

    def _deliver(self, name: str, day: int) -> None:
        path = self.daily.deliver(name, *(self._event(day) for _ in range(self.random.randrange(1, 25))))
        self.files.append((path, day))

    def _event(self, day: int) -> str:
        minute = self.random.randrange(-180, 1440)  # some events of the previous day
        time = datetime.combine(START, datetime.min.time()) + timedelta(days=day, minutes=minute)
        product = self.random.randrange(6)
        return line(
            event_time=f"{time} UTC" if self.random.random() < 0.97 else "yesterday",
            event_type=self.random.choice(KINDS),
            user_id=str(self.random.randrange(8)),
            user_session=f"s{self.random.randrange(12)}",
            product_id=str(product),
            brand=BRANDS[product % 3],
            category_code=CATEGORIES[product // 2],
            price=f"{self.random.randrange(1, 900) / 100}",
        )


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("seed", "count", "job"),
    [(31, 2, FEW_TABLES), *(pytest.param(seed, 5, DAILY, marks=pytest.mark.nightly) for seed in range(50))],
)
def test_a_sequence_of_deliveries_gives_the_tables_of_one_run(
    daily: InProcess, tmp_path: Path, seed: int, count: int, job: Pipeline
) -> None:
    random = Random(seed)
    deliveries = Deliveries(daily, random)
    daily.job, options = job, ["--time_zone", ZONES[seed % len(ZONES)], "--max_rejected_share", "1"]
    steps = [deliveries.withdrawal, deliveries.correction, deliveries.late_rows, deliveries.new_days]
    as_of, done = "", list[str]()
    for _ in range(count):
        as_of = deliveries.as_of()
        several = [step for step in steps if random.random() < 0.6] if deliveries.files else [deliveries.new_days]
        arguments = [argument for step in several for argument in step()]
        done.append(f"{', '.join(step.__name__ for step in several)} as of {as_of}")
        assert daily.run(*options, "--as_of", as_of, *arguments) == 0, daily.output
    increments, daily.path = daily.content_hashes(), tmp_path / "other"
    assert daily.run(*options, "--as_of", as_of) == 0, daily.output
    assert daily.content_hashes() == increments, done
