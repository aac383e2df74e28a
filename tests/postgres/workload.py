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
    "is_new": "boolean",
    "big": "string",
    "picture": "binary",
}
COLUMNS = tuple(TYPES)
TYPES_AFTER = {**TYPES, ADDED: "string"}
# Values from 2 kB on are stored outside of the row: the log leaves them out if an update does not change them.
LARGE = ("big", "picture")
CREATE = f"""CREATE TABLE {TABLE} (id bigint PRIMARY KEY, code text, amount numeric(12,4), born date,
seen timestamp(6), ratio double precision, is_new boolean, big text, picture bytea);
ALTER TABLE {TABLE} ALTER big SET STORAGE EXTERNAL, ALTER picture SET STORAGE EXTERNAL;
"""
ADD_COLUMN = f"ALTER TABLE {TABLE} ADD COLUMN {ADDED} text DEFAULT '{DEFAULT}';"
TEXTS = (
    None,
    "",
    " ",
    "plain",
    "čćžšđ",
    "日本語 🎉",
    'a "quoted", one',
    "it's",
    "null",
    "0",
    "tab\there",
    "\\n",
    "two\nlines",
    "\u2028\x01",
)
# Without the schema of their event, Debezium's numbers for instants near 1970 or after 5138 are ambiguous.
MOMENTS = [datetime.fromisoformat(text) for text in ("1900-01-01", "2019-10-27 02:30:00.123456", "2261-12-31")]
AMBIGUOUS_MOMENTS = [datetime.fromisoformat(text) for text in ("1970-01-01", "9999-12-31 23:59:59.999999")]
_OPERATIONS = {
    "insert": 9,
    "upsert": 2,
    "update": 8,
    "touch": 2,
    "all": 2,
    "several": 1,
    "delete": 3,
    "replace": 1,
    "move": 3,
    "swap": 1,
}
_SPARE_KEY = -999


class Workload:
    """Statements on a table whose keys it knows, grouped into transactions, some of them rolled back.

    Updates set large columns to NULL, and `has_truncates`, only where the feed can express it.
    """

    def __init__(
        self, random: Random, *, has_truncates: bool = True, has_null_updates: bool = True, moments: list[datetime]
    ) -> None:
        self.random, self.moments = random, moments
        self.has_truncates, self.has_null_updates, self.has_added = has_truncates, has_null_updates, False
        self.keys, self.deleted = set[int](), set[int]()

    def script(self, statements: int) -> str:
        """A script of about so many statements. Its last one inserts a row, so that there is one."""
        lines = list[str]()
        while len(lines) < statements:
            before = self.keys.copy()
            lines += ["BEGIN;", *(line for _ in range(self.random.choice((1, 1, 2, 5))) for line in self._operation())]
            if self.random.random() < 0.1:
                self.keys = before
                lines.append("ROLLBACK;")
            else:
                lines.append("COMMIT;")
            if self.has_truncates and self.random.random() < 0.004:
                self.keys.clear()
                lines.append(f"TRUNCATE {TABLE};")
        return "\n".join([*lines, self._inserted(self._free_key())])

    def add_column(self) -> str:
        self.has_added = True
        return ADD_COLUMN

    def _operation(self) -> list[str]:
        kind = self.random.choices([*_OPERATIONS], [*_OPERATIONS.values()])[0]
        made: list[str] = getattr(self, f"_{kind}")()
        return made

    def _insert(self) -> list[str]:
        return [self._inserted(self._free_key())]

    def _upsert(self) -> list[str]:
        key, name = self._any_key(), self.random.choice(("code", "born", "seen"))
        return [f"{self._inserted(key)[:-1]} ON CONFLICT (id) DO UPDATE SET {name} = excluded.{name};"]

    def _update(self) -> list[str]:
        name = self.random.choice(self._names())
        return [self._set(f"{name} = {self._value(name)}", self._known_key())]

    def _touch(self) -> list[str]:
        return [self._set("big = big, picture = picture", self._known_key())]

    def _all(self) -> list[str]:
        return [self._set(", ".join(f"{name} = {self._value(name)}" for name in self._names()), self._known_key())]

    def _several(self) -> list[str]:
        first = self._any_key()
        return [
            f"UPDATE {TABLE} SET amount = amount / 2, is_new = NOT is_new WHERE id BETWEEN {first} AND {first + 5};"
        ]

    def _delete(self) -> list[str]:
        return self._deleted(self._known_key())

    def _replace(self) -> list[str]:
        """Delete a row and insert another one with its key."""
        key = self._known_key()
        return [*self._deleted(key), self._inserted(key)]

    def _move(self) -> list[str]:
        """Change a key, often to that of a row that was deleted before, and sometimes a large value with it."""
        key, new = self._known_key(), self._free_key()
        if key not in self.keys:
            return []
        big = f", big = {self._value('big')}" if self.random.random() < 0.3 else ""
        self.keys = self.keys - {key} | {new}
        self.deleted.add(key)
        return [self._set(f"id = {new}{big}", key)]

    def _swap(self) -> list[str]:
        """Swap the keys of two rows."""
        if len(self.keys) < 2:
            return []
        one, other = self.random.sample(sorted(self.keys), 2)
        steps = ((one, _SPARE_KEY), (other, one), (_SPARE_KEY, other))
        return [self._set(f"id = {new}", old) for old, new in steps]

    def _inserted(self, key: int) -> str:
        names = [name for name in self._names() if self.random.random() < 0.9]
        values = ", ".join(["", *(self._value(name, may_be_null=True) for name in names)])
        self.keys = self.keys | {key}
        return f"INSERT INTO {TABLE} (id{''.join(f', {name}' for name in names)}) VALUES ({key}{values});"

    def _deleted(self, key: int) -> list[str]:
        self.keys = self.keys - {key}
        self.deleted.add(key)
        return [f"DELETE FROM {TABLE} WHERE id = {key};"]

    def _set(self, what: str, key: int) -> str:
        return f"UPDATE {TABLE} SET {what} WHERE id = {key};"

    def _names(self) -> list[str]:
        return [*COLUMNS[1:], *([ADDED] if self.has_added else [])]

    def _any_key(self) -> int:
        extremes = (2**62 + self.random.randrange(5), -self.random.randrange(1, 5))
        return self.random.choice((self.random.randrange(60), self.random.randrange(60), *extremes))

    def _known_key(self) -> int:
        return self.random.choice(sorted(self.keys)) if self.keys else self._any_key()

    def _free_key(self) -> int:
        if self.random.random() < 0.5 and (free := sorted(self.deleted - self.keys)):
            return self.random.choice(free)
        while (key := self._any_key()) in self.keys:
            pass
        return key

    def _value(self, name: str, *, may_be_null: bool = False) -> str:
        value = self._random_value(name)
        if value is None and name in LARGE and not (may_be_null or self.has_null_updates):
            value = "x" if name == "big" else b"x"
        return literal(value)

    def _random_value(self, name: str) -> Any:
        random = self.random
        size = random.choice((0, 10, 900, 2100, 5000))
        match name:
            case "amount":
                some = Decimal(random.randrange(10**9)) / 10_000
                return random.choice((None, Decimal("0.0000"), Decimal("-99999999.9999"), Decimal("-0.0001"), some))
            case "born":
                day = date(2000, 1, 1) + timedelta(days=random.randrange(9_000))
                return random.choice((None, date(1000, 1, 1), date(9999, 12, 31), date(1969, 12, 31), day))
            case "seen":
                moment = MOMENTS[1] + timedelta(microseconds=random.randrange(10**15))
                return random.choice((None, *self.moments, moment, moment))
            case "ratio":
                return random.choice((None, 0.1, -1e300, 5e-324, 3.0, random.random()))
            case "is_new":
                return random.choice((None, True, False))
            case "big":
                return random.choice((None, random.randbytes(size // 2).hex(), random.choice(TEXTS)))
            case "picture":
                return random.choice((None, random.randbytes(size)))
        return random.choice(TEXTS)


def literal(value: Any) -> str:
    """A value in SQL."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case int() | float() | Decimal():
            return f"'{value}'"
    return "'" + str(value).replace("'", "''") + "'"
