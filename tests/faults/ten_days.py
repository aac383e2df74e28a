"""Ten days of a shop: one file a day, with duplicates, bad rows, and files that change, come late or are withdrawn."""

import re
import subprocess
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from jobs.samples.shop_events import shop_events
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from tests.conftest import HEADER, line
from tests.processes import start
from tests.readers import catalog, rows

DAYS = 10
_BAD = "dear"


class TenDays:
    """The deliveries of each day into one folder, and how they change the rows of a lake."""

    def __init__(self, folder: Path) -> None:
        shop_events(str(folder / "made"), rows=200 * DAYS, days=DAYS, start=date(2019, 10, 1), seed=7, dirt=False)
        self.made = [path.read_text().splitlines()[1:] for path in sorted((folder / "made").iterdir())]
        self.input, self.files, self.withdrawn = folder / "in", dict[str, list[str]](), ""
        self.input.mkdir()

    def deliver(self, day: int) -> list[str]:
        """Deliver the files of a day from 1 on. Returns the options that the daily job needs for them."""
        lines, before = self.made[day - 1], self.made[max(day - 2, 0)]
        bad = [line(price=_BAD, product_id=f"{day}{number}") for number in range(5)]
        self._write(f"{day:02}.csv", [*lines[:-20], *before[:30], *lines[:10], *bad])
        if day == 5:
            self._write("04.csv", self.files["04.csv"][15:])
        if day == 7:
            self._write("late.csv", self.made[2][-20:])
        if day == 8:
            self.withdrawn = "02.csv"
        return ["--withdraw", str(self.input / self.withdrawn)] if day == 8 else []

    def run(self, lake: Path, java: str, *options: str) -> subprocess.Popen[str]:
        return start("ecommerce.daily", "--input", str(self.input), "--lake", str(lake), *options, java=java)

    @property
    def rows(self) -> int:
        return sum(map(len, self.files.values()))

    def _write(self, name: str, lines: list[str]) -> None:
        self.files[name] = lines
        (self.input / name).write_text("\n".join([HEADER, *lines]) + "\n")

    def astray(self, lake: Path) -> tuple[int, int]:
        """The number of delivered rows, good or bad, that are lost, and of those that are published too often.

        Each good row must be published exactly once.
        """
        delivered = [(name, row) for name, lines in self.files.items() if name != self.withdrawn for row in lines]
        good = {tuple(re.split(" UTC,|,", row)) for _, row in delivered if _BAD not in row}
        wanted = Counter[Any](_as_text(*fields[:3], fields[-2], fields[-1]) for fields in good)
        wanted.update((str(self.input / name), row) for name, row in delivered if _BAD in row)
        with catalog(lake) as opened:
            clean, refused = rows(opened, CLEAN_EVENTS), rows(opened, REJECTED_EVENTS)
        found = Counter[Any](
            _as_text(*(row[name] for name in ("event_time", "event_type", "product_id", "user_id", "user_session")))
            for row in clean
        )
        found.update((row["source_file"], row["raw_line"]) for row in refused)
        return (wanted - found).total(), (found - wanted).total()


def _as_text(*fields: Any) -> tuple[str, ...]:
    return tuple(str(field).removesuffix("+00:00") for field in fields)
