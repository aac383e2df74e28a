"""The common type of two column types."""

import pytest

from jobs.runtime.cdc.event_schema import types_by_field
from schemas.widening import common_type, is_wider


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


def test_of_several_types_in_the_schemas_of_events_the_widest_counts() -> None:
    fields = [{"field": "q", "type": kind} for kind in ("int32", "int64", "int32")]
    assert types_by_field([*fields, {"field": "t", "type": "string"}]) == {"q": "bigint", "t": "string"}
    assert [is_wider(kind, "int") for kind in ("bigint", "int", "smallint", "string")] == [True, False, False, False]
