"""Delivered lines as the columns of a raw table: text, with what the line itself was.

Each verb returns `names` (all string), source_file, raw_line and malformed, and row_no where the lines have one; no row is judged or
dropped here, except that blank lines and repetitions of the header are no rows. Where other_columns is one of the names, it is all that
`columns` does not name.
"""

import re
from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StringType, StructType

from schemas.table import OTHER_COLUMNS

_BROKEN = "_broken"
# As Java prints a double: always with a point, so that a text such as 1E5 stays what it is. Up to 1E28 it fits the decimal.
_EXPONENT = r"\A-?\d\.\d+E-?([0-9]|1\d|2[0-6])\z"
_MOST_COLUMNS = 20_000
_LONGEST_LINE = 1 << 23


def csv_rows(
    lines: DataFrame,
    names: Sequence[str],
    *,
    header: Sequence[str],
    header_line: str | None,
    columns: Mapping[str, str],
    delimiter: str,
    null_text: str = "",
) -> DataFrame:
    """Rows of delimited `lines` (line, source_file) whose fields are `header`; `columns` maps our names to theirs. *Nulls:* what reads `null_text`."""
    # The parser stops the job at a line of more columns, or of a longer field, than it has room for. A line of so few bytes has not more
    # letters; letters have to be counted.
    is_short, has_quotes = F.octet_length("line") < _MOST_COLUMNS, F.contains("line", F.lit('"'))
    is_parsable = is_short | ((F.length("line") < _LONGEST_LINE) & (_count(delimiter) < _MOST_COLUMNS))
    rows = lines.filter((F.trim("line") != "") & ~F.col("line").eqNullSafe(F.lit(header_line)))
    # Most lines have no quotes: to cut them is all that there is to parse, at a quarter of the cost.
    parts = F.when(is_short & ~has_quotes, F.split("line", re.escape(delimiter), len(header) + 1))
    is_cut = F.coalesce(F.size("parts") == len(header), F.lit(False))
    parsed = F.from_csv(
        "line", ", ".join(f"{field.name} string" for field in csv_schema(header)), csv_options(delimiter)
    )
    fields = F.when(~is_cut, F.when(is_parsable, parsed))
    rows = rows.withColumn("parts", parts).withColumn("fields", fields)
    # from_csv takes a quote inside a field as it is; a line that opens a quote and never closes it is cut or joined.
    has_odd_quotes = F.when(has_quotes, _count('"') % 2 == 1).otherwise(F.lit(False))
    is_malformed = ~is_cut & (F.col("fields").isNull() | F.col(f"fields.{_BROKEN}").isNotNull() | has_odd_quotes)

    def cell(place: int) -> Column:
        text = F.when(is_cut, F.get("parts", F.lit(place))).otherwise(F.coalesce(f"fields._{place}", F.lit("")))
        return F.when(text != null_text, text)

    others = {field: cell(place) for place, field in enumerate(header) if field not in columns.values()}
    return _contract(
        rows,
        names,
        {name: cell(place) for name, place in _places(names, header, columns).items()},
        others,
        malformed=is_malformed,
    )


def _count(sign: str) -> Column:
    """How often it is in the line."""
    return F.length("line") - F.length(F.translate("line", sign, ""))


def csv_records(
    records: DataFrame,
    names: Sequence[str],
    *,
    header: Sequence[str],
    columns: Mapping[str, str],
    delimiter: str,
    null_text: str = "",
) -> DataFrame:
    """Rows of `records` (csv_schema(header) and source_file) as Spark's CSV reader makes them, with line breaks inside quotes.

    raw_line is the record written anew, since such a reader does not keep it.
    """
    cells = [F.col(f"_{position}") for position in range(len(header))]
    is_header = F.concat_ws("\0", *cells) == "\0".join(header)
    written = F.to_csv(F.struct(*cells), {"sep": delimiter, "escape": '"'})
    rows = records.filter(~is_header).withColumn("line", F.coalesce(_BROKEN, written))

    def cell(place: int) -> Column:
        text = F.coalesce(f"_{place}", F.lit(""))
        return F.when(text != null_text, text)

    others = {field: cell(place) for place, field in enumerate(header) if field not in columns.values()}
    fields = {name: cell(place) for name, place in _places(names, header, columns).items()}
    return _contract(rows, names, fields, others, malformed=F.col(_BROKEN).isNotNull())


def csv_schema(header: Sequence[str]) -> StructType:
    """A text column for each field, by position, and one for a record that has other fields."""
    schema = StructType()
    for position in range(len(header)):
        schema = schema.add(f"_{position}", "string")
    return schema.add(_BROKEN, "string")


def csv_options(delimiter: str) -> dict[str, str]:
    return {"sep": delimiter, "quote": '"', "escape": '"', "mode": "PERMISSIVE", "columnNameOfCorruptRecord": _BROKEN}


def _places(names: Sequence[str], header: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Where the fields of our names stand in a line; of those that the file lacks, nowhere."""
    return {name: header.index(columns[name]) for name in names if columns.get(name) in header}


def json_rows(lines: DataFrame, names: Sequence[str], *, columns: Mapping[str, str]) -> DataFrame:
    """Rows of `lines` (line, source_file) that hold one JSON object each; keys that we do not know are left out."""
    schema = StructType()
    for key in columns.values():
        schema = schema.add(key, "string")
    # from_json takes the first value of a line and forgets the rest: in brackets, a line of two values is none.
    values = F.from_json(F.concat(F.lit("["), "line", F.lit("]")), ArrayType(schema))
    rows = (
        lines.filter(F.trim("line") != "")
        .withColumn("values", values)
        .withColumn("fields", F.when(F.size("values") == 1, F.get("values", 0)))
    )
    fields = {name: without_exponent(F.col("fields").getField(key)) for name, key in columns.items()}
    if OTHER_COLUMNS.name in names:
        whole = F.when(F.col("fields").isNotNull(), F.from_json("line", "map<string, string>"))
        unknown = F.map_filter(whole, lambda key, value: ~key.isin(*columns.values()) & value.isNotNull())
        in_order = F.transform(
            F.array_sort(F.array_distinct(F.map_keys(unknown))),
            lambda key: F.struct(key.alias("key"), _with_nul_shown(without_exponent(unknown[key])).alias("value")),
        )
        fields[OTHER_COLUMNS.name] = F.when(F.size(unknown) > 0, F.to_json(F.map_from_entries(in_order)))
    return _contract(rows, names, fields, {}, malformed=F.col("fields").isNull())


def parquet_rows(
    frame: DataFrame, names: Sequence[str], *, columns: Mapping[str, str], is_exact: bool = False
) -> DataFrame:
    """Rows of a typed `frame` (and source_file) as the text that a CSV of it would hold; raw_line is the row as JSON.

    Where it `is_exact` binary fractions keep all their digits, in whichever form, and bytes are hexadecimal; else fractions are plain decimals.
    """
    delivered = [name for name in frame.columns if name not in ("source_file", "row_no")]
    types = dict(frame.dtypes)
    rows = frame.withColumn("line", F.to_json(F.struct(*(F.col(f"`{name}`") for name in delivered))))
    as_text = _exact if is_exact else _as_text
    others = {name: as_text(name, types[name]) for name in delivered if name not in columns.values()}
    fields = {name: as_text(theirs, types[theirs]) for name, theirs in columns.items() if theirs in types}
    return _contract(rows, names, fields, others, malformed=F.lit(False))


def source_file(file_path: Column) -> Column:
    """A file's URI as Spark gives it, percent-decoded; a local file as its plain absolute path."""
    # Most paths have nothing to decode, and each row has one.
    decoded = F.when(
        F.contains(file_path, F.lit("%")), F.url_decode(F.replace(file_path, F.lit("+"), F.lit("%2B")))
    ).otherwise(file_path)
    # After the scheme comes one slash, or three. Bytes are cut at a third of what letters cost, and a regular expression costs more.
    of_bytes = decoded.cast("binary")
    one, three = (F.substring(of_bytes, len(scheme), _LONGEST_LINE).cast("string") for scheme in ("file:/", "file:///"))
    is_file = F.startswith(decoded, F.lit("file:/"))
    return F.when(is_file & F.startswith(decoded, F.lit("file:///")), three).when(is_file, one).otherwise(decoded)


def without_exponent(value: Column) -> Column:
    """A JSON number of many digits, which Spark hands over as 1.5E7, as a plain decimal."""
    return F.when(value.rlike(_EXPONENT), value.cast("decimal(38,10)").cast("string")).otherwise(value)


def _with_nul_shown(value: Column) -> Column:
    """NUL as the sign for bytes that are none, since JSON would write it in other letters. *Nulls:* stay."""
    return F.translate(value, "\0", "\ufffd")


def _as_text(name: str, spark_type: str) -> Column:
    """Binary fractions print with an exponent when they are large; as decimals they do not. NaN becomes NULL."""
    if spark_type in ("double", "float"):
        return F.expr(f"cast(try_cast(`{name}` as decimal(38,10)) as string)")
    return F.col(f"`{name}`").cast(StringType())


def _exact(name: str, spark_type: str) -> Column:
    return F.hex(name) if spark_type == "binary" else F.col(f"`{name}`").cast(StringType())


def _contract(
    rows: DataFrame,
    names: Sequence[str],
    fields: Mapping[str, Column],
    others: Mapping[str, Column],
    *,
    malformed: Column,
) -> DataFrame:
    nothing = F.lit(None).cast("string")
    if others and OTHER_COLUMNS.name in names:
        given = F.coalesce(*others.values()).isNotNull()
        in_order = F.struct(*(_with_nul_shown(others[name]).alias(name) for name in sorted(others)))
        fields = {**fields, OTHER_COLUMNS.name: F.when(given, F.to_json(in_order))}
    return rows.select(
        *(fields.get(name, nothing).alias(name) for name in names),
        "source_file",
        F.col("line").alias("raw_line"),
        malformed.alias("malformed"),
        *(["row_no"] if "row_no" in rows.columns else []),
    )
