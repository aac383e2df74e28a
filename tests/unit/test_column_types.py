"""The wider of two column types."""

import pytest

from jobs.runtime.cdc.schema_evolution import wider


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
    assert (wider(one, other), wider(other, one)) == (fit, fit)
