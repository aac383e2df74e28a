"""Frames whose rows this process reads: as Arrow, and as pandas for Great Expectations."""

from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame

from schemas.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


def to_arrow(frame: DataFrame) -> "pa.Table":
    """All rows of the frame. Instants are naive, in UTC."""
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema

    untyped: Any = frame
    if hasattr(frame, "toArrow"):  # since Spark 4
        table = untyped.toArrow()
    else:
        batches = untyped._collect_as_arrow()
        table = pa.Table.from_batches(batches, None if batches else to_arrow_schema(frame.schema))
    instant = pa.timestamp("us")
    fields = [field.with_type(instant) if pa.types.is_timestamp(field.type) else field for field in table.schema]
    return table.cast(pa.schema(fields))


def to_pandas(frame: DataFrame, table: Table) -> Any:
    """All rows of the frame for Great Expectations. NULLs stay NULLs.

    Ids become strings, because Great Expectations compares numbers as floats.
    """
    import pandas as pd

    rows = to_arrow(frame)
    dtypes = {"long": "Int64", "double": "Float64", "boolean": "boolean"}
    result = pd.DataFrame({name: pd.Series(_python_values(rows[name]), dtype=object) for name in rows.column_names})
    for column in (column for column in table.columns if column.type in dtypes):
        dtype = "string" if column.name.endswith("_id") else dtypes[column.type]
        result[column.name] = result[column.name].astype(dtype)
    for column in (column for column in table.columns if column.type.startswith(("struct", "map", "array"))):
        result[column.name] = result[column.name].map(str, na_action="ignore")  # comparisons need hashable values
    return result


def _python_values(column: "pa.ChunkedArray") -> list[Any]:
    """The values of the column. Invalid UTF-8 is replaced, as Spark does when it collects rows."""
    import pyarrow as pa

    if not pa.types.is_string(column.type):
        return list(column.to_pylist())
    return [None if text is None else text.decode(errors="replace") for text in column.cast(pa.binary()).to_pylist()]
