"""Count delivered rows by file, day, problem and remark."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pyspark.sql import Row


@dataclass(frozen=True)
class RowCounts:
    """Numbers of input rows.

    *Grain:* (source_file, day, problems, remarks, part); `day` is UTC, `part` is the Spark partition.
    """

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

    def of_file(self, path: str) -> "RowCounts":
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
    def max_partitions_per_day(self) -> int:
        """The largest number of Spark partitions that hold good rows of one day; 0 if there are no good rows."""
        partitions = Counter(day for day, _ in {(row.day, row.part) for row in self.rows if not row.problems})
        return max(partitions.values(), default=0)

    @property
    def problems(self) -> Counter[str]:
        return _sum_by_name((problem, row.rows) for row in self.rows for problem in row.problems)

    @property
    def remarks(self) -> Counter[str]:
        return _sum_by_name((remark, row.rows) for row in self.rows if not row.problems for remark in row.remarks)


def _sum_by_name(counts: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for name, rows in counts:
        total[name] += rows
    return total
