"""Parse the typed rows of Parquet files into the columns of a raw table."""

from collections.abc import Collection, Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BinaryType, DataType, MapType, StringType, StructField, StructType

from transforms.raw_rows import plain_number, raw_columns
from transforms.values import PLAIN_TEXT

# A Parquet timestamp in nanoseconds, which Spark reads as a bigint.
NANOSECONDS = "timestamp_ns"
# Columns that a reader adds to those of a file.
ADDED_COLUMNS = ("source_file", "row_no")
_MICROSECONDS = {
    "timestampFormat": "yyyy-MM-dd HH:mm:ss.SSSSSS",
    "timestampNTZFormat": "yyyy-MM-dd HH:mm:ss.SSSSSS",
}


def parquet_rows(
    frame: DataFrame,
    names: Sequence[str],
    *,
    columns: Mapping[str, str],
    nanoseconds: Collection[str] = (),
    is_exact: bool = False,
) -> DataFrame:
    """Rows of a typed `frame` (with source_file) as text; raw_line is a JSON object of these texts, without nulls.

    So json_rows reads raw_line as the same row. `nanoseconds` are the bigint columns that hold instants. Floats become
    plain decimals, NaN becomes NULL, and invalid UTF-8 becomes U+FFFD; if `is_exact`, floats may have an exponent, and
    binary becomes hexadecimal, or base64 inside arrays, maps and structs.
    """
    kinds = {field.name: field.dataType for field in frame.schema if field.name not in ADDED_COLUMNS}
    types = {name: kind.simpleString() for name, kind in kinds.items()} | dict.fromkeys(nanoseconds, NANOSECONDS)
    texts = {
        name: _nested_as_text(name, kinds[name], is_exact=is_exact)
        if isinstance(kinds[name], (ArrayType, MapType, StructType))
        else _as_text(name, spark_type, is_exact=is_exact)
        for name, spark_type in types.items()
    }
    line = F.to_json(F.struct(*(text.alias(name) for name, text in texts.items())))
    others = {name: text for name, text in texts.items() if name not in columns.values()}
    fields = {name: texts[source] for name, source in columns.items() if source in texts}
    return raw_columns(frame, names, fields, others, malformed=F.lit(False), line=line)


def _as_text(name: str, spark_type: str, *, is_exact: bool) -> Column:
    quoted = _quoted(name)
    value = F.col(quoted)
    if spark_type == "binary" and is_exact:
        return F.hex(value)
    if spark_type in ("string", "binary"):
        # Spark does not check the bytes of a file. Most texts are plain ASCII, which is cheaper to find out.
        return F.when(value.cast("string").rlike(PLAIN_TEXT), value.cast("string")).otherwise(
            F.decode(value.cast("binary"), "UTF-8")
        )
    if spark_type in ("double", "float"):
        text = value.cast("string")
        return text if is_exact else F.when(value == 0, "0.0").when(~F.isnan(value), plain_number(text))
    if spark_type == NANOSECONDS:
        below = F.pmod(value, F.lit(1000))
        micros = F.timestamp_micros(F.expr(f"{quoted} div 1000") - F.when((value < 0) & (below > 0), 1).otherwise(0))
        finer = F.concat(F.date_format(micros, "yyyy-MM-dd HH:mm:ss.SSSSSS"), F.lpad(below.cast("string"), 3, "0"))
        return F.when(below == 0, micros.cast("string")).otherwise(finer)
    return value.cast("string")


def _nested_as_text(name: str, kind: DataType, *, is_exact: bool) -> Column:
    """An array, map or struct in JSON."""
    return F.to_json(F.col(_quoted(name)).cast(_json_type(kind, is_exact=is_exact)), _MICROSECONDS)


def _json_type(kind: DataType, *, is_exact: bool) -> DataType:
    """The type with text for binary unless `is_exact`, and for the keys of maps: to_json writes others as no value."""
    if isinstance(kind, BinaryType) and not is_exact:
        return StringType()
    if isinstance(kind, ArrayType):
        return ArrayType(_json_type(kind.elementType, is_exact=is_exact))
    if isinstance(kind, MapType):
        return MapType(StringType(), _json_type(kind.valueType, is_exact=is_exact))
    if isinstance(kind, StructType):
        fields = ((field.name, _json_type(field.dataType, is_exact=is_exact)) for field in kind.fields)
        return StructType([StructField(name, json_type) for name, json_type in fields])
    return kind


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
