"""Events with the schema of Kafka Connect: each is read by its own schema, which may change within a run."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.cdc.change_file_reader import ChangeReader
from jobs.runtime.cdc.schema_evolution import evolve_schema
from jobs.runtime.errors import BadInput
from jobs.runtime.storage.listing import File
from schemas.cdc_source import CdcSource
from schemas.table import Column
from tests.feeds.debezium import unscaled

KEY = Column("id", "int", "")
NEW_YEAR = 1_704_067_200  # 2024-01-01 in seconds
DATE = {"type": "int32", "name": "io.debezium.time.Date"}
MS, US, NS = ({"type": "int64", "name": f"io.debezium.time.{unit}Timestamp"} for unit in ("", "Micro", "Nano"))
INT, TEXT = {"type": "int32"}, {"type": "string"}
VARIABLE = {"type": "struct", "name": "io.debezium.data.VariableScaleDecimal", "fields": []}


def decimal(digits: int, scale: int) -> dict[str, Any]:
    parameters = {"scale": str(scale), "connect.decimal.precision": str(digits)}
    return {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "parameters": parameters}


def variable(number: str) -> dict[str, Any]:
    return {"scale": -int(Decimal(number).as_tuple().exponent), "value": unscaled(Decimal(number))}


def event(value: Any, kind: Mapping[str, Any] | None) -> dict[str, Any]:
    """An event; without a `kind` also without a schema."""
    source = {"ts_ms": NEW_YEAR * 1000, "file": "bin.000001", "pos": 4, "row": 0}
    payload = {"before": None, "after": {"id": 1, "v": value}, "source": source, "op": "c"}
    fields = [{"type": "int32", "field": "id"}, {**(kind or {}), "field": "v"}]
    images = [{"type": "struct", "fields": fields, "field": field} for field in ("before", "after")]
    return {"schema": {"type": "struct", "fields": images}, "payload": payload} if kind else payload


def read(
    spark: SparkSession, folder: Path, *lines: Any, known: str = "", drift: Mapping[str, str] | None = None
) -> tuple[str, list[str]]:
    """The type of column v after a run with a file for each line, and its values as text; `known` was its type."""
    files = list[File]()
    for number, line in enumerate(lines):
        path = folder / f"2024010{number + 1}-100000000.json"
        path.write_text(json.dumps(line) + "\n")
        files.append(File(str(path), path.stat().st_size, ""))
    columns = (KEY, *([Column("v", known, "")] if known else []))
    source = CdcSource("cdc.things", "one row per thing", columns, ("id",))
    flags = {"no_header": False, "multi_line": False}
    reader = ChangeReader(spark, source, {}, ",", **flags, null_text="NULL", unavailable_value="")
    change_files = reader.inspect(files)
    evolved, _ = evolve_schema(source, change_files, drift or {}, lake_types=source.types if known else ())
    rows = replace(reader, source=evolved).read(change_files).orderBy("source_file").select("v").collect()
    return evolved.types["v"], [row.v for row in rows]


def nightly_but(cases: Iterable[str], *in_ci: str) -> list[Any]:
    """The cases as parameters of a test; CI runs these, one of each kind."""
    return [case if case in in_ci else pytest.param(case, marks=pytest.mark.nightly) for case in cases]


CHANGED = {
    "scale": (
        "decimal(10,2)",
        [(unscaled(Decimal("10.50")), decimal(10, 2)), (unscaled(Decimal("10.5000")), decimal(12, 4))],
        ["10.50", "10.5000"],
    ),
    "decimal to text": (
        "decimal(10,2)",
        [(unscaled(Decimal("10.50")), decimal(10, 2)), ("10.50", TEXT), ("5", TEXT)],
        ["10.50", "10.50", "5"],
    ),
    "date to time": ("date", [(19_723, DATE), (NEW_YEAR * 1000, MS)], ["2024-01-01", "2024-01-01 00:00:00"]),
    "time to date": ("timestamp", [(NEW_YEAR * 1000, MS), (19_723, DATE)], ["2024-01-01 00:00:00", "2024-01-01"]),
    "int to text": ("int", [(5, INT), ("7x", TEXT)], ["5", "7x"]),
}


@pytest.mark.parametrize("change", nightly_but(CHANGED, "scale", "decimal to text"))
def test_a_type_that_changes_within_a_run_is_refused_or_each_value_is_read_by_its_own(
    spark: SparkSession, tmp_path: Path, change: str
) -> None:
    kind, values, texts = CHANGED[change]
    events = [event(*one) for one in values]
    with pytest.raises(BadInput, match=r"20240102-100000000\.json has column v as .*changed=coerce"):
        read(spark, tmp_path, *events)
    assert read(spark, tmp_path, *events, drift={"changed": "coerce"}) == (kind, texts)


@pytest.mark.parametrize(
    ("known", "value", "kind"),
    [
        ("decimal(10,2)", unscaled(Decimal("10.5000")), decimal(12, 4)),
        ("int", "7", TEXT),
        ("bigint", 1.5, {"type": "double"}),
    ],
)
def test_a_type_that_changed_since_the_last_run_is_refused(
    spark: SparkSession, tmp_path: Path, known: str, value: Any, kind: dict[str, Any]
) -> None:
    with pytest.raises(
        BadInput, match=rf"20240101-100000000\.json has column v as .* table has it as {re.escape(known)}"
    ):
        read(spark, tmp_path, event(value, kind), known=known)


def test_a_known_decimal_may_come_as_text(spark: SparkSession, tmp_path: Path) -> None:
    events = event("10.50", TEXT), event(unscaled(Decimal("7.25")), decimal(10, 2))
    assert read(spark, tmp_path, *events, known="decimal(10,2)") == ("decimal(10,2)", ["10.50", "7.25"])


def test_units_of_time_may_change_within_a_run(spark: SparkSession, tmp_path: Path) -> None:
    moments = [(NEW_YEAR * 1_000, MS), (NEW_YEAR * 10**6, US), (NEW_YEAR * 10**9, NS), (NEW_YEAR * 1_000, None)]
    at = "2024-01-01 00:00:00"
    assert read(spark, tmp_path, *(event(*one) for one in moments)) == ("timestamp", [at] * 4)


ROWS = {
    "text": {"schema": "{no JSON"},
    "list of names": {"schema": {"fields": ["a", "b"]}},
    "no fields": {"schema": '{"fields":null}'},
    "a list": {"schema": "[1]"},
    "fields like those of a schema": {"schema": {"fields": [{"field": "v", "type": "int32"}]}},
    "flattened": {"schema": {"fields": [{"field": "v", "type": "int32"}]}, "__op": "c", "__source_ts_ms": 5},
    "broken schema": {"schema": {"fields": ["v", {"field": "v"}, {"field": ["v"]}]}, "payload": {"id": 1, "v": "7x"}},
    "schema of another kind": {"schema": "{no JSON", "payload": {"id": 1, "v": "7x"}},
}


@pytest.mark.parametrize("row", nightly_but(ROWS, "text", "flattened", "broken schema"))
def test_a_column_of_the_source_may_be_called_schema(spark: SparkSession, tmp_path: Path, row: str) -> None:
    assert read(spark, tmp_path, {"id": 1, "v": "7x", **ROWS[row]} if "payload" not in ROWS[row] else ROWS[row]) == (
        "string",
        ["7x"],
    )


@pytest.mark.parametrize(
    ("digits", "scale", "kind", "text"),
    [(2, 5, "decimal(5,5)", "0.00042"), (65, 40, "string", f"0.{'0' * 38}42"), (3, -2, "decimal(5,0)", "4200")],
)
def test_a_decimal_has_the_digits_that_its_scale_needs(
    spark: SparkSession, tmp_path: Path, digits: int, scale: int, kind: str, text: str
) -> None:
    value = unscaled(Decimal(42))
    assert read(spark, tmp_path, event(value, decimal(digits, scale))) == (kind, [text])


@pytest.mark.parametrize("parameters", [[1], "2", {"scale": "two"}, {"scale": [2]}], ids=str)
def test_a_decimal_whose_scale_is_no_number_stays_text(spark: SparkSession, tmp_path: Path, parameters: Any) -> None:
    value = unscaled(Decimal("10.50"))
    kind = {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "parameters": parameters}
    assert read(spark, tmp_path, event(value, kind)) == ("string", [value])


LONG = "123456789012345678901234567890123456789.0123456789"


@pytest.mark.parametrize("number", nightly_but(["1234.5600", "-0.05", f"0.{'3' * 20}", LONG, f"-{LONG}"], f"-{LONG}"))
def test_a_decimal_of_any_size_and_scale_is_the_number_in_a_column_of_text(
    spark: SparkSession, tmp_path: Path, number: str
) -> None:
    scale = len(number.partition(".")[2])
    events = event(variable(number), VARIABLE), event(unscaled(Decimal(number)), decimal(65, scale))
    assert read(spark, tmp_path, *events, known="string") == ("string", [number, number])


@pytest.mark.parametrize("known", ["decimal(38,20)", "decimal(10,2)", "bigint"])
def test_a_decimal_without_a_scale_fits_any_column_of_exact_numbers(
    spark: SparkSession, tmp_path: Path, known: str
) -> None:
    assert read(spark, tmp_path, event(variable("-7"), VARIABLE), known=known) == (known, ["-7"])
