"""The columns of a source and their types, after files with other ones."""

from dataclasses import replace

import pytest

from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.cdc.kafka_connect_schemas import EventSchema, types_in_file
from jobs.runtime.cdc.schema_evolution import evolve_schema
from jobs.runtime.errors import BadInput
from jobs.runtime.storage.listing import File
from schemas.cdc_source import CdcSource
from schemas.table import Column
from schemas.widening import common_type


@pytest.mark.parametrize(
    ("one", "other", "fit"),
    [
        ("int", "int", "int"),
        ("int", "bigint", "bigint"),
        ("bigint", "tinyint", "bigint"),
        ("float", "double", "double"),
        ("decimal(10,2)", "decimal(12,2)", "decimal(12,2)"),
        ("decimal(10,2)", "decimal(10,4)", None),
        ("int", "double", None),
        ("string", "date", None),
    ],
)
def test_of_two_types_the_wider_one_holds_both(one: str, other: str, fit: str | None) -> None:
    assert (common_type(one, other), common_type(other, one)) == (fit, fit)


def test_each_file_has_the_types_of_its_own_schemas() -> None:
    schemas = [
        EventSchema(1, ["/a"], {"q": {"type": "int32"}, "t": {"type": "string"}}),
        EventSchema(2, ["/a", "/b"], {"q": {"type": "int64"}}),
        EventSchema(3, ["/c"], {}),
    ]
    types = {path: types_in_file(path, schemas, {}) for path in ("/a", "/b", "/c")}
    assert types["/a"] == {"q": ("bigint", "int"), "t": ("string",)}
    assert types["/b"] == {"q": ("bigint",), "t": ()}
    assert types["/c"] == {"q": (), "t": ()}


def test_a_file_in_which_all_values_of_a_column_are_null_leaves_its_type_to_the_others() -> None:
    source = CdcSource("cdc.things", "one row per thing", (Column("id", "bigint", ""),), ("id",))

    def types_after(*types: tuple[str, ...]) -> str:
        files = [
            ChangeFile(File(f"/{number}", 1, ""), "parquet", None, ("id", "v"), ("id", "v"), {"v": kinds})
            for number, kinds in enumerate(types)
        ]
        return evolve_schema(source, files, {}, lake_types=())[0].types["v"]

    assert types_after((), ("int",), (), ("bigint", "int")) == "bigint"
    assert types_after(()) == "string"
    with pytest.raises(BadInput, match="/1 has column v as date, and the table has it as int"):
        types_after(("int",), ("date",))


def test_a_known_column_that_no_object_of_a_json_file_has_is_missing() -> None:
    columns = tuple(Column(name, "string", "") for name in ("id", "v", "w"))
    source = CdcSource("cdc.things", "one row per thing", columns, ("id",))

    def events(*own: str) -> ChangeFile:
        fields = ("id", "v", "w", "x")
        return ChangeFile(File("/a.json", 1, ""), "json", None, fields, fields, {}, own_names=own)

    partial = replace(source, ignore_null_updates=("w",))
    # The event of a delete may have the key only.
    for complete in (
        (source, events("id", "v", "w")),
        (source, events("id", "op", "commit_ts")),
        (source, events()),
        (partial, events("id", "v")),
    ):
        _, warnings = evolve_schema(complete[0], [complete[1]], {"missing": "fail"}, lake_types=source.types)
        [warning] = warnings
        assert warning.startswith("/a.json: column x is new and was added, with NULL in rows that have not changed")
    _, warnings = evolve_schema(source, [events("id", "v")], {}, lake_types=source.types)
    assert "/a.json: no column w, read as NULL in changes that are applied" in warnings
    with pytest.raises(BadInput, match=r"/a.json has columns missing: w, and --drift has missing=fail"):
        evolve_schema(source, [events("id", "v")], {"missing": "fail"}, lake_types=source.types)
