"""The schemas that Kafka Connect adds to the events of Debezium. Each event has its own, which a source may change."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.change_data.debezium import semantic_type_of, type_of
from transforms.change_data.json_envelopes import schema_id, schema_text


@dataclass(frozen=True)
class EventSchema:
    """A schema and the files that have it; `fields` are those of the changed row by name.

    Events without a schema, or with one that tells nothing, have no fields.
    """

    id: int
    paths: Sequence[str]
    fields: Mapping[str, Mapping[str, Any]]


def event_schemas(lines: DataFrame) -> list[EventSchema]:
    """The different schemas of the `lines` (line, source_file)."""
    texts = lines.filter(~F.trim("line").isin("", "null")).withColumn("schema", schema_text())
    rows = texts.groupBy("schema").agg(F.collect_set("source_file").alias("paths"), F.first(schema_id()).alias("id"))
    return [EventSchema(row.id, row.paths, row_fields(row.schema or "")) for row in rows.orderBy("id").collect()]


def row_fields(schema: str) -> dict[str, dict[str, Any]]:
    """The fields of the changed row in a schema. Other JSON, and text that is none, has no fields."""
    parsed: Any = None
    with suppress(ValueError):
        parsed = json.loads(schema)
    fields = _fields(parsed)
    images = (image for name in ("after", "before") if (image := _fields(fields.get(name))))
    return next(images, fields)


def types_in_file(path: str, schemas: Iterable[EventSchema], known: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The types of each field in the events of a file; none if only other files have a schema with it.

    `known` are the types of the fields in the table.
    """
    types: dict[str, set[str]] = {}
    for schema in schemas:
        for name, field in schema.fields.items():
            found = types.setdefault(name, set())
            if path in schema.paths:
                found.add(type_of(field, known.get(name, "")))
    return {name: tuple(sorted(found)) for name, found in types.items()}


def semantic_types(schemas: Sequence[EventSchema]) -> dict[str, dict[str, list[int]]]:
    """The semantic types of each field, with the ids of the schemas that have it so."""
    types: dict[str, dict[str, list[int]]] = {name: {} for schema in schemas for name in schema.fields}
    for schema in schemas:
        for name in schema.fields or types:
            semantic_type = semantic_type_of(schema.fields.get(name, {}))
            types[name].setdefault(semantic_type, []).append(schema.id)
    return types


def _fields(struct: Any) -> dict[str, dict[str, Any]]:
    fields = struct.get("fields") if isinstance(struct, dict) else None
    named = [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []
    return {field["field"]: field for field in named if isinstance(field.get("field"), str)}
