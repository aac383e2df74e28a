"""A random workload for a shop database, and its changes as files in the format of DMS."""

import csv
import io
import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from tests.mariadb.mariadb import TABLE, Change

CREATE = f"""CREATE TABLE {TABLE} (
id BIGINT PRIMARY KEY, code VARCHAR(40), amount DECIMAL(12,4), born DATE, seen DATETIME(6),
ratio DOUBLE, flag TINYINT(1), note TEXT)"""
COLUMNS = ("id", "code", "amount", "born", "seen", "ratio", "flag", "note")
ADDED = "channel"
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
)
MOMENTS = [datetime.fromisoformat(text) for text in ("1970-01-01", "2019-10-27 02:30:00.123456", "2038-01-20")]
TYPES = {
    "id": pa.int64(),
    "code": pa.string(),
    "amount": pa.decimal128(12, 4),
    "born": pa.date32(),
    "seen": pa.timestamp("us"),
    "ratio": pa.float64(),
    "flag": pa.int32(),
    "note": pa.string(),
    ADDED: pa.string(),
}


class Workload:
    """Run this many statements on a table, some of them grouped into transactions."""

    def __init__(self, random: Random) -> None:
        self.random, self.has_added = random, False

    def run(self, cursor: Any, statements: int) -> None:
        done = 0
        while done < statements:
            together = self.random.choice((1, 1, 1, 3, 8))
            cursor.execute("BEGIN")
            for _ in range(together):
                self._one(cursor)
            cursor.execute("COMMIT")
            done += together
            if done > statements // 2 and not self.has_added:
                cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN {ADDED} VARCHAR(20)")
                self.has_added = True
            if self.random.random() < 0.004:
                cursor.execute(f"TRUNCATE TABLE {TABLE}")

    def _one(self, cursor: Any) -> None:
        row, key = self._row(), self._key()
        names = [*COLUMNS, ADDED] if self.has_added else list(COLUMNS)
        values = [row[name] for name in names]
        kind = self.random.choices(("insert", "update", "all", "delete", "key", "several"), (6, 6, 1, 3, 1, 1))[0]
        if kind == "insert":
            cursor.execute(
                f"REPLACE INTO {TABLE} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})", values
            )
        elif kind == "update":
            name = self.random.choice(names[1:])
            cursor.execute(f"UPDATE {TABLE} SET {name} = %s WHERE id = %s", (row[name], key))
        elif kind == "all":
            sets = ", ".join(f"{name} = %s" for name in names[1:])
            cursor.execute(f"UPDATE {TABLE} SET {sets} WHERE id = %s", (*values[1:], key))
        elif kind == "delete":
            cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", (key,))
        elif kind == "key":
            cursor.execute(f"UPDATE IGNORE {TABLE} SET id = %s WHERE id = %s", (self._key(), key))
        else:
            cursor.execute(
                f"UPDATE {TABLE} SET amount = amount / 2, flag = 1 - flag WHERE id BETWEEN %s AND %s", (key, key + 5)
            )

    def _key(self) -> int:
        return self.random.choice(
            (self.random.randrange(60), 2**62 + self.random.randrange(5), -self.random.randrange(1, 5))
        )

    def _row(self) -> dict[str, Any]:
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
            "note": random.choice(TEXTS),
            ADDED: random.choice((None, "", "web", "Zürich")),
        }


def files(random: Random, changes: Sequence[Change], folder: Path) -> list[Path]:
    """The changes in files of several each, CSV and Parquet, with the columns that those changes have."""
    found, at = list[Path](), 0
    while at < len(changes):
        some = changes[at : at + random.randint(5, 120)]
        alike = list(
            itertools.takewhile(lambda change, first=some[0]: change.op == "T" or _names(change) == _names(first), some)
        ) or [some[0]]
        moment = datetime.fromtimestamp(alike[0].commit_ts, UTC)
        write, end = random.choice(((_csv, "csv"), (_parquet, "parquet")))
        path = folder / f"{moment:%Y%m%d-%H%M%S}{len(found):03}.{end}"
        write(path, alike)
        found.append(path)
        at += len(alike)
    return found


def load(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """The full load in the default format of DMS, without operation and time."""
    names = list(rows[0]) if rows else list(COLUMNS)
    _write_csv(path, names, [[row[name] for name in names] for row in rows])


def _names(change: Change) -> list[str]:
    return list(change.values) or list(COLUMNS)


def _csv(path: Path, changes: Sequence[Change]) -> None:
    names = next((_names(change) for change in changes if change.values), list(COLUMNS))
    _write_csv(
        path,
        ["Op", "commit_ts", *names, "AR_H_CHANGE_SEQ"],
        [_line(one, names) for change in changes for one in _split(change)],
    )


def _line(change: Change, names: Sequence[str]) -> list[Any]:
    moment = f"{datetime.fromtimestamp(change.commit_ts, UTC):%Y-%m-%d %H:%M:%S.%f}"
    return [change.op, moment, *(change.values.get(name) for name in names), change.seq]


def _write_csv(path: Path, names: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([["NULL" if value is None else value for value in line] for line in lines])
    path.write_text(out.getvalue(), encoding="utf-8")


def _parquet(path: Path, changes: Sequence[Change]) -> None:
    names = next((_names(change) for change in changes if change.values), list(COLUMNS))
    records = [one for change in changes for one in _split(change)]
    columns: dict[str, Any] = {
        "Op": pa.array([change.op for change in records]),
        "commit_ts": pa.array(
            [datetime.fromtimestamp(change.commit_ts, UTC).replace(tzinfo=None) for change in records],
            pa.timestamp("us"),
        ),
        **{name: pa.array([change.values.get(name) for change in records], TYPES[name]) for name in names},
        "AR_H_CHANGE_SEQ": pa.array([change.seq for change in records]),
    }
    parquet.write_table(pa.table(columns), path)


def _split(change: Change) -> list[Change]:
    """An update that changes the key becomes a delete directly followed by an insert."""
    if change.op != "U" or change.values["id"] == change.old["id"]:
        return [change]
    return [
        Change("D", change.commit_ts, f"{change.seq[:-1]}0", change.old, {}),
        Change("I", change.commit_ts, f"{change.seq[:-1]}5", change.values, {}),
    ]
