"""Changes as events of Debezium, nested or flattened, with or without the schema of Kafka Connect."""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.feeds.changes import KEY, TABLE, Change, Row

UNAVAILABLE = "__debezium_unavailable_value"
OPERATIONS = {"L": "r", "I": "c", "U": "u", "D": "d", "T": "t"}
# Spark type -> type and semantic type in the schema of an event.
_TYPES = {
    "bigint": ("int64", None),
    "int": ("int32", None),
    "double": ("double", None),
    "boolean": ("boolean", None),
    "string": ("string", None),
    "binary": ("bytes", None),
    "date": ("int32", "io.debezium.time.Date"),
    "timestamp": ("int64", "io.debezium.time.MicroTimestamp"),
}


@dataclass(frozen=True)
class Debezium:
    """How a connector writes changes; `types` are the Spark types of all columns.

    With its default settings a connector writes decimals as bytes, which only readers of the schema understand;
    events without a schema are those of `decimal.handling.mode=string`. A change of the key is a delete and a create;
    with `is_key_change_an_update`, as with other `message.key.columns`, it is an update with the row before it.
    """

    types: Mapping[str, str]
    has_schema: bool = False
    is_flattened: bool = False
    is_key_change_an_update: bool = False

    def lines(self, changes: Iterable[Change]) -> list[str]:
        return [json.dumps(event, ensure_ascii=False) for change in changes for event in self._events(change)]

    def _events(self, change: Change) -> list[dict[str, Any]]:
        before = self._image(change.old, change, missing=None) if change.old else None
        after = self._image(change.values, change, missing=UNAVAILABLE) if change.values else None
        if change.is_key_change and not self.is_key_change_an_update:
            return [self._event("d", before, None, change), self._event("c", None, after, change)]
        return [self._event(OPERATIONS[change.op], before, after, change)]

    def _image(self, values: Row, change: Change, *, missing: str | None) -> dict[str, Any]:
        return {
            name: self.encoded(values[name]) if name in values else self._missing(name, missing)
            for name in change.columns
        }

    def _missing(self, name: str, text: str | None) -> str | None:
        return base64.b64encode(text.encode()).decode() if text and self.types[name] == "binary" else text

    def encoded(self, value: Any) -> Any:
        match value:
            case Decimal():
                return unscaled(value) if self.has_schema else str(value)
            case datetime():
                return (value - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001
            case date():
                return (value - date(1970, 1, 1)).days
            case bytes():
                return base64.b64encode(value).decode()
        return value

    def _event(self, op: str, before: Row | None, after: Row | None, change: Change) -> dict[str, Any]:
        ms = milliseconds(change.committed_at)
        source = {"version": "2.7.3.Final", "name": "shop", "ts_ms": ms, "table": TABLE, **change.source}
        if self.is_flattened:
            fields = {f"__source_{name}": source[name] for name in ("ts_ms", *change.source) if name in source}
            return {
                **((before if op == "d" else after) or {}),
                "__deleted": str(op == "d").lower(),
                "__op": op,
                **fields,
            }
        event = {"before": before, "after": after, "source": source, "op": op, "ts_ms": ms + 40, "transaction": None}
        return {"schema": self._schema(change.columns), "payload": event} if self.has_schema else event

    def _schema(self, columns: Sequence[str]) -> dict[str, Any]:
        fields = [self._field(name) for name in columns]
        images = [
            {"type": "struct", "fields": fields, "optional": True, "name": f"shop.{TABLE}.Value", "field": field}
            for field in ("before", "after")
        ]
        return {"type": "struct", "fields": images, "optional": False, "name": f"shop.{TABLE}.Envelope", "version": 2}

    def _field(self, name: str) -> dict[str, Any]:
        kind, is_optional = self.types[name], name != KEY
        if digits := re.fullmatch(r"decimal\((\d+),(\d+)\)", kind):
            parameters = {"scale": digits[2], "connect.decimal.precision": digits[1]}
            decimal = {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "parameters": parameters}
            return {**decimal, "optional": is_optional, "version": 1, "field": name}
        physical, semantic = _TYPES[kind]
        return {"type": physical, "optional": is_optional, "field": name, **({"name": semantic} if semantic else {})}


def unscaled(value: Decimal) -> str:
    """The unscaled value: big-endian two's complement bytes in base64."""
    sign, digits, _ = value.as_tuple()
    number = int(Decimal((sign, digits, 0)))
    size = (number + (number < 0)).bit_length() // 8 + 1
    return base64.b64encode(number.to_bytes(size, "big", signed=True)).decode()


def milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
