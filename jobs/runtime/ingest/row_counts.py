"""Count delivered rows by file, day, problem and remark."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pyspark.sql import Row


@dataclass(frozen=True)
class RowCounts:
    """How many rows of the input are of which kind, by file, UTC day, problems, remarks and part of the frame."""

    rows: Sequence[Row]

    @cached_property
    def _by_file(self) -> dict[str, list[Row]]:
        by_file: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            by_file[row.source_file].append(row)
        return by_file

    @property
    def files(self) -> list[str]:
        return sorted(self._by_file)

    def of(self, path: str) -> "RowCounts":
        return RowCounts(self._by_file.get(path, []))

    @property
    def read(self) -> int:
        return sum(row.rows for row in self.rows)

    @property
    def late(self) -> int:
        return sum(row.rows for row in self.rows if row.problems == ["late"])

    @property
    def good(self) -> int:
        return sum(row.rows for row in self.rows if not row.problems)

    @property
    def rejected(self) -> int:
        return self.read - self.good - self.late

    @property
    def good_days(self) -> list[date]:
        return sorted({row.day for row in self.rows if not row.problems})

    @property
    def most_parts_of_a_day(self) -> int:
        """In how many parts of the frame that day has good rows which has them in the most; 0 where there is none."""
        parts = Counter(day for day, _ in {(row.day, row.part) for row in self.rows if not row.problems})
        return max(parts.values(), default=0)

    @property
    def problems(self) -> Counter[str]:
        return _added((problem, row.rows) for row in self.rows for problem in row.problems)

    @property
    def remarks(self) -> Counter[str]:
        return _added((remark, row.rows) for row in self.rows if not row.problems for remark in row.remarks)


def _added(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for name, rows in pairs:
        total[name] += rows
    return total
