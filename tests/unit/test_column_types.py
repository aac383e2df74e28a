"""The common type of two column types."""

import pytest

from jobs.runtime.cdc.schema_evolution import common_type


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
