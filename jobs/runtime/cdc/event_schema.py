"""The schemas that Kafka Connect adds to the events of Debezium."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.widening import common_type
from transforms.change_data.debezium import type_of


def row_fields(lines: DataFrame) -> list[dict[str, Any]]:
    """The fields of the changed row in the schemas of the `line`s; empty for events without a schema."""
    schema = F.get_json_object("line", "$.schema").alias("schema")
    # A source column may be called schema too: only objects are schemas.
    rows = lines.select(schema).distinct().filter("schema LIKE '{%'").collect()
    fields = list[dict[str, Any]]()
    for row in rows:
        found = json.loads(row.schema).get("fields", [])
        images = (field for field in found if field.get("field") in ("after", "before") and "fields" in field)
        fields += next((image["fields"] for image in images), found)
    return [field for field in fields if "field" in field]


def types_by_field(fields: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The Spark type of each field. Of several types of a field, as after a change of the schema, the widest counts."""
    types: dict[str, str] = {}
    for field in fields:
        name, kind = field["field"], type_of(field)
        types[name] = common_type(types.get(name, kind), kind) or kind
    return types
