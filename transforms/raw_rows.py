"""Parse delivered lines into the columns of a raw table. All values are text.

Each function returns `names` (all string), source_file, raw_line and malformed, and row_no if the lines have it. Rows
are neither validated nor dropped, but blank lines and repeated headers are not rows. If other_columns is in `names`, it
holds all fields that `columns` does not name.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DoubleType, StructField, StructType

from schemas.table import OTHER_COLUMNS

_BROKEN = "_broken"
# A double as Java prints it. Others have more digits than a decimal of Spark.
_LARGE, _SMALL = r"\A-?\d\.\d+E([7-9]|1\d|2[0-6])\z", r"\A-?\d\.\d+E-[1-9]\z"
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
# The high half before a low one is text if its backslash is escaped. Java looks back at most a given length.
_PAIRED = rf"(?<!\\)(?:\\\\){{0,20}}{_HIGH}"
_LONE_SURROGATE = rf"(?<!\\)((?:\\\\)*)(?:{_HIGH}(?!{_LOW})|(?<!{_PAIRED}){_LOW})"
_MAX_COLUMNS = 20_000
_MAX_LINE_LENGTH = 1 << 23


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
    """Parse delimited `lines` (line, source_file) with the fields `header`. `columns` maps column names to fields.

    A line may be one of csv_records. *Nulls:* `null_text` becomes NULL.
    """
    # The parser fails the job on a line with too many columns or a field that is too long. The length in bytes, an
    # upper bound of the length in characters, is cheaper to compute.
    is_short, has_quotes = F.octet_length("line") < _MAX_COLUMNS, F.contains("line", F.lit('"'))
    is_parsable = is_short | ((F.length("line") < _MAX_LINE_LENGTH) & (_occurrences(delimiter) < _MAX_COLUMNS))
    rows = lines.filter((F.trim("line") != "") & ~F.col("line").eqNullSafe(F.lit(header_line)))
    # Most lines have no quotes. Splitting them costs a quarter of parsing them.
    parts = F.when(is_short & ~has_quotes, F.split("line", re.escape(delimiter), len(header) + 1))
    is_split = F.coalesce(F.size("parts") == len(header), F.lit(False))
    parsed = F.from_csv(
        "line", ", ".join(f"{field.name} string" for field in _csv_schema(header)), csv_options(delimiter)
    )
    rows = rows.withColumn("parts", parts).withColumn("fields", F.when(~is_split, F.when(is_parsable, parsed)))
    is_misquoted = F.when(has_quotes, _is_misquoted(delimiter)).otherwise(F.lit(False))
    is_malformed = ~is_split & (F.col("fields").isNull() | F.col(f"fields.{_BROKEN}").isNotNull() | is_misquoted)
    if "is_unclosed" in rows.columns:
        is_malformed |= F.col("is_unclosed")

    def cell(position: int) -> Column:
        part, field = F.get("parts", F.lit(position)), F.coalesce(f"fields._{position}", F.lit(""))
        text = F.when(is_split, part).otherwise(field)
        return F.when(text != null_text, text)

    fields, others = _cells(names, header, columns, cell)
    return raw_columns(rows, names, fields, others, malformed=is_malformed)


def _is_misquoted(delimiter: str) -> Column:
    """Whether the line has an unclosed quote, as if it was truncated, or text after the quote that closes a field.

    from_csv accepts both, and keeps the quotes as text.
    """
    end = re.escape(delimiter)
    quoted, plain = r'"[^"]*+(?:""[^"]*+)*+" *+', rf'(?!")[^{end}]*+'
    well_quoted = rf"\A(?:(?:{quoted}|{plain})(?:{end}|\z))*+\z"
    return (_occurrences('"') % 2 == 1) | ~F.col("line").rlike(well_quoted)


def _occurrences(character: str) -> Column:
    """How often the character occurs in the line."""
    return F.length("line") - F.length(F.translate("line", character, ""))


def _csv_schema(header: Sequence[str]) -> StructType:
    """A string column for each field, named by position, and one for corrupt records."""
    schema = StructType()
    for position in range(len(header)):
        schema = schema.add(f"_{position}", "string")
    return schema.add(_BROKEN, "string")


def csv_options(delimiter: str) -> dict[str, str]:
    return {"sep": delimiter, "quote": '"', "escape": '"', "mode": "PERMISSIVE", "columnNameOfCorruptRecord": _BROKEN}


def _cells(
    names: Sequence[str], header: Sequence[str], columns: Mapping[str, str], cell: Callable[[int], Column]
) -> tuple[dict[str, Column], dict[str, Column]]:
    """Column name -> cell of its field, without columns that the file lacks; and field -> cell of all other fields."""
    fields = {name: cell(header.index(columns[name])) for name in names if columns.get(name) in header}
    others = {field: cell(position) for position, field in enumerate(header) if field not in columns.values()}
    return fields, others


def json_rows(lines: DataFrame, names: Sequence[str], *, columns: Mapping[str, str]) -> DataFrame:
    """Parse `lines` (line, source_file) with one JSON object each. Unknown keys only appear in other_columns."""
    schema = StructType()
    for key in columns.values():
        schema = schema.add(key, "string")
    # from_json ignores everything after the first value of a line. In brackets, a line with two values is invalid.
    text = without_lone_surrogates(F.col("line"))
    values = F.from_json(F.concat(F.lit("["), text, F.lit("]")), ArrayType(schema))
    rows = (
        lines.filter(F.trim("line") != "")
        .withColumn("values", values)
        .withColumn("fields", F.when(F.size("values") == 1, F.get("values", 0)))
    )
    numbers = F.from_json("line", StructType([StructField(key, DoubleType()) for key in columns.values()]))
    fields = {
        name: _plain_json_number(F.col("fields").getField(key), numbers.getField(key)) for name, key in columns.items()
    }
    if OTHER_COLUMNS.name in names:
        entries = F.when(F.col("fields").isNotNull(), F.from_json(text, "map<string, string>"))
        unknown = F.map_filter(entries, lambda key, value: ~key.isin(*columns.values()) & value.isNotNull())
        sorted_fields = F.transform(
            F.array_sort(F.array_distinct(F.map_keys(unknown))),
            lambda key: F.struct(key.alias("key"), _replace_nul(unknown[key]).alias("value")),
        )
        fields[OTHER_COLUMNS.name] = F.when(F.size(unknown) > 0, F.to_json(F.map_from_entries(sorted_fields)))
    return raw_columns(rows, names, fields, {}, malformed=F.col("fields").isNull())


def source_file(file_path: Column) -> Column:
    """The percent-decoded URI of a file, as Spark reports it; the absolute path for a local file."""
    # Every row has a path, and most have nothing to decode.
    decoded = F.when(
        F.contains(file_path, F.lit("%")), F.url_decode(F.replace(file_path, F.lit("+"), F.lit("%2B")))
    ).otherwise(file_path)
    # The scheme is followed by one slash or three. A substring of bytes costs a third of one of characters, and less
    # than a regular expression.
    as_bytes = decoded.cast("binary")
    after_one, after_three = (
        F.substring(as_bytes, len(scheme), _MAX_LINE_LENGTH).cast("string") for scheme in ("file:/", "file:///")
    )
    is_file = F.startswith(decoded, F.lit("file:/"))
    has_three = is_file & F.startswith(decoded, F.lit("file:///"))
    return F.when(has_three, after_three).when(is_file, after_one).otherwise(decoded)


def without_lone_surrogates(line: Column) -> Column:
    """The JSON text with escapes of half a character, such as \\ud83d alone, replaced by that of U+FFFD."""
    replaced = F.regexp_replace(line, _LONE_SURROGATE, r"$1\\ufffd")
    return F.when(F.contains(line, F.lit("\\u")), replaced).otherwise(line)


def plain_number(number: Column) -> Column:
    """A number as Java prints a double, such as 1.5E7, as a plain decimal: 15000000.0.

    The point stays, since a double may differ from the id that was meant.
    """
    # As strings, since the common type of both decimals would have too few digits.
    plain = F.when(number.rlike(_LARGE), number.cast("decimal(38,10)").cast("string")).when(
        number.rlike(_SMALL), number.cast("decimal(38,28)").cast("string")
    )
    return F.regexp_replace(F.coalesce(plain, number), r"(\.\d+?)0+\z", "$1")


def _plain_json_number(text: Column, number: Column) -> Column:
    """A JSON value; as a plain decimal if it is a number. Text stays as it is: its `number` is NULL."""
    # Spark would evaluate the whole of one condition, and parse every line twice.
    plain = F.when(number.isNotNull(), plain_number(text)).otherwise(text)
    return F.when(text.contains(".") & text.contains("E"), plain).otherwise(text)


def _replace_nul(value: Column) -> Column:
    """Replace NUL by U+FFFD, since JSON would escape it. *Nulls:* NULL stays NULL."""
    return F.translate(value, "\0", "\ufffd")


def raw_columns(
    rows: DataFrame,
    names: Sequence[str],
    fields: Mapping[str, Column],
    others: Mapping[str, Column],
    *,
    malformed: Column,
    line: Column | None = None,
) -> DataFrame:
    """Select the columns that every function of this module returns. `line` is the column of that name by default."""
    null = F.lit(None).cast("string")
    if others and OTHER_COLUMNS.name in names:
        has_others = F.coalesce(*others.values()).isNotNull()
        sorted_fields = F.struct(*(_replace_nul(others[name]).alias(name) for name in sorted(others)))
        fields = {**fields, OTHER_COLUMNS.name: F.when(has_others, F.to_json(sorted_fields))}
    return rows.select(
        *(fields.get(name, null).alias(name) for name in names),
        "source_file",
        (F.col("line") if line is None else line).alias("raw_line"),
        malformed.alias("malformed"),
        *(["row_no"] if "row_no" in rows.columns else []),
    )
