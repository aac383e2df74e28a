"""Declarations, and what is derived from them."""

import pytest

from jobs.runtime.job import Job, Pipeline
from schemas.table import Column, Table


def table(name: str) -> Table:
    return Table(f"d.{name}", "one row per x", (Column("x", "long", "X."),))


def job(writes: str, *reads: str) -> Job:
    return Job([table(name) for name in reads], lambda: None, table(writes))


def test_a_pipeline_makes_every_table_before_it_is_read() -> None:
    pipeline = Pipeline("d.daily", [job("c", "b", "a"), job("b", "a"), job("a", "raw"), job("z")])
    names = [one.name for one in pipeline.jobs]
    assert names.index("d.a") < names.index("d.b") < names.index("d.c")
    assert len(names) == 4


def test_tables_that_read_each_other_are_said_to() -> None:
    with pytest.raises(ValueError, match=r"circular dependency: .*d\.a -> d\.b"):
        assert Pipeline("d.daily", [job("a", "b"), job("b", "a")]).jobs


@pytest.mark.parametrize(
    "kind", ["string", "long", "decimal(18,2)", "timestamp", "date", "boolean", "double", "array<string>"]
)
def test_a_column_has_a_type_and_a_comment(kind: str) -> None:
    field = Column("x", kind, "X.").field
    assert field.dataType.simpleString() == {"long": "bigint"}.get(kind, kind)
    assert field.metadata == {"comment": "X."}
