"""A random workload for a table of a shop database, as SQL."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.feeds.changes import ADDED, DEFAULT, TABLE

TYPES = {
    "id": "bigint",
    "code": "string",
    "amount": "decimal(12,4)",
    "born": "date",
    "seen": "timestamp",
    "ratio": "double",
    "flag": "int",
    "note": "string",
}
COLUMNS = tuple(TYPES)
TYPES_AFTER = {**TYPES, ADDED: "string"}
CREATE = f"""CREATE TABLE {TABLE} (
id BIGINT PRIMARY KEY, code VARCHAR(40), amount DECIMAL(12,4), born DATE, seen DATETIME(6),
ratio DOUBLE, flag TINYINT(1), note TEXT)"""
TEXTS = (
    None,
    "",
    " ",
    "plain",
    "čćžšđ",
    "日本語 🎉",
    'a "quoted", one',
    "comma, comma",
    "null",
    "0",
    "tab\there",
    "it's",
    "\\n",
    "two\nlines",
)
_SPARE_KEY = -999
MOMENTS = [datetime.fromisoformat(text) for text in ("1970-01-01", "2019-10-27 02:30:00.123456", "2038-01-20")]


class Workload:
    """Statements on a table, some of them grouped into transactions; the last one inserts a row, so that there is one.

    Without `has_nulls`, no value is NULL.
    """

    def __init__(self, random: Random, cursor: Any, *, has_nulls: bool = True) -> None:
        self.random, self.cursor, self.has_nulls, self.has_added = random, cursor, has_nulls, False

    def run(self, statements: int) -> None:
        done = 0
        while done < statements:
            together = self.random.choice((1, 1, 1, 3, 8))
            self.cursor.execute("BEGIN")
            for _ in range(together):
                self._one()
            self.cursor.execute("COMMIT")
            done += together
            if self.random.random() < 0.004:
                self.cursor.execute(f"TRUNCATE TABLE {TABLE}")
        self._insert(self._row())

    def add_column(self) -> None:
        self.cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN {ADDED} VARCHAR(20) DEFAULT '{DEFAULT}'")
        self.has_added = True

    def _one(self) -> None:
        row, key = self._row(), self._key()
        names = self._names()
        kind = self.random.choices(
            ("insert", "update", "all", "delete", "key", "swap", "several"), (6, 6, 1, 3, 1, 1, 1)
        )[0]
        if kind == "insert":
            self._insert(row)
        elif kind == "update":
            name = self.random.choice(names[1:])
            self.cursor.execute(f"UPDATE {TABLE} SET {name} = %s WHERE id = %s", (row[name], key))
        elif kind == "all":
            sets = ", ".join(f"{name} = %s" for name in names[1:])
            self.cursor.execute(f"UPDATE {TABLE} SET {sets} WHERE id = %s", ([*(row[name] for name in names[1:]), key]))
        elif kind == "delete":
            self.cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", (key,))
        elif kind == "key":
            self.cursor.execute(f"UPDATE IGNORE {TABLE} SET id = %s WHERE id = %s", (self._key(), key))
        elif kind == "swap":
            self._swap(key, self._key())
        else:
            self.cursor.execute(
                f"UPDATE {TABLE} SET amount = amount / 2, flag = 1 - flag WHERE id BETWEEN %s AND %s", (key, key + 5)
            )

    def _insert(self, row: dict[str, Any]) -> None:
        names = self._names()
        columns, marks = ", ".join(names), ", ".join(["%s"] * len(names))
        self.cursor.execute(f"REPLACE INTO {TABLE} ({columns}) VALUES ({marks})", [row[name] for name in names])

    def _names(self) -> list[str]:
        return [*COLUMNS, ADDED] if self.has_added else list(COLUMNS)

    def _swap(self, one: int, other: int) -> None:
        """Swap the keys of two rows, or change the key of one if there is no other."""
        for old, new in ((one, _SPARE_KEY), (other, one), (_SPARE_KEY, other)):
            self.cursor.execute(f"UPDATE IGNORE {TABLE} SET id = %s WHERE id = %s", (new, old))

    def _key(self) -> int:
        return self.random.choice(
            (self.random.randrange(60), 2**62 + self.random.randrange(5), -self.random.randrange(1, 5))
        )

    def _row(self) -> dict[str, Any]:
        while not self.has_nulls:
            if None not in (row := self._any_row()).values():
                return row
        return self._any_row()

    def _any_row(self) -> dict[str, Any]:
        random = self.random
        return {
            "id": self._key(),
            "code": random.choice([text for text in TEXTS if text is None or len(text) <= 40]),
            "amount": random.choice(
                (None, Decimal("0.0000"), Decimal("-99999999.9999"), Decimal(random.randrange(10**9)) / 10_000)
            ),
            "born": random.choice(
                (None, date(1000, 1, 1), date(9999, 12, 31), date(2000, 1, 1) + timedelta(days=random.randrange(9_000)))
            ),
            "seen": random.choice((None, *MOMENTS, MOMENTS[0] + timedelta(microseconds=random.randrange(10**15)))),
            "ratio": random.choice((None, 0.1, -1e300, 5e-324, random.random())),
            "flag": random.choice((None, 0, 1)),
            "note": random.choice((*TEXTS, random.randbytes(2000).hex())),
            ADDED: random.choice((None, "", "web", "Zürich")),
        }
