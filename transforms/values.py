"""Parse delivered text into typed values."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.formats import EMAIL

TIME_PATTERN = r"\A\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6}0*)?( ?(UTC|Z|[+-]\d\d(:?\d\d){0,2}))?\z"
PLAIN_TEXT = r"\A[ -~]*\z"
# How far the clock of a source may be ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=5)
# All Unicode white space. The suites use the same definition in both engines.
WHITE_SPACE = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# The accepted text of each type. Spark's cast accepts more: 'now' as a time, '1e3' as an integer, ' 7 ' as 7.
VALUE_PATTERNS: Mapping[str, str] = {
    "boolean": r"(?i)\A(true|false|t|f|1|0)\z",
    "tinyint": r"\A[+-]?\d{1,4}\z",
    "smallint": r"\A[+-]?\d{1,6}\z",
    "int": r"\A[+-]?\d{1,11}\z",
    "bigint": r"\A[+-]?\d{1,20}\z",
    "float": r"\A[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\z",
    "double": r"\A[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\z",
    "date": r"\A\d{4}-\d\d-\d\d\z",
    "timestamp": TIME_PATTERN,
    "binary": r"\A([0-9A-Fa-f]{2})*\z",
}
_FRACTIONS = ("float", "double")


def has_broken_text(text: str) -> Column:
    """Whether the text contains U+FFFD, the replacement of invalid bytes, or NUL."""
    return ~F.col(text).rlike(PLAIN_TEXT) & (
        F.contains(F.col(text), F.lit("\ufffd")) | F.contains(F.col(text), F.lit("\0"))
    )


def parse_value(name: str, spark_type: str) -> Column:
    """The text of a column as a value of the type. *Nulls:* NULL if the text is invalid, or would be rounded or cut."""
    if spark_type == "string":
        return F.col(name)
    if spark_type.startswith("decimal"):
        return F.when(F.col(name).rlike(_decimal_pattern(spark_type)), F.expr(f"try_cast(`{name}` AS {spark_type})"))
    typed = F.unhex(name) if spark_type == "binary" else F.expr(f"try_cast(`{name}` AS {spark_type})")
    is_value = F.col(name).rlike(VALUE_PATTERNS[spark_type])
    return F.when(is_value & (F.abs(typed) < float("inf")) if spark_type in _FRACTIONS else is_value, typed)


def numeric_id(name: str) -> Column:
    """An id of 1 to 19 digits that fits a bigint. *Nulls:* NULL for any other text."""
    return F.when(F.col(name).rlike(r"\A\d{1,19}\z"), F.expr(f"try_cast(`{name}` AS bigint)"))


def identifier(name: str) -> Column:
    """An id of any characters; an integer written with a fraction, such as 7.0, becomes 7.

    *Nulls:* NULL for NULL, a JSON array or a JSON object.
    """
    return F.when(~F.col(name).rlike(r"\A[\[{]"), F.regexp_replace(name, r"\A(\d+)\.0+\z", "$1"))


def is_invalid(name: str, typed: str) -> Column:
    """Whether the text is present but could not be parsed: `name` is not NULL and `typed` is NULL."""
    return F.col(name).isNotNull() & F.col(typed).isNull()


def email(name: str) -> Column:
    """An email address with its domain in lower case. *Nulls:* NULL if the text does not match the pattern."""
    local, domain = F.substring_index(name, "@", 1), F.lower(F.substring_index(name, "@", -1))
    return F.when(F.col(name).rlike(EMAIL), F.concat(local, F.lit("@"), domain))


def evaluate_once(value: Column, function: Callable[[Column], Column]) -> Column:
    """function(value), with `value` evaluated once: Spark inlines expressions at each use, but not lambda arguments."""
    return F.transform(F.array(value), function)[0]


def _decimal_pattern(spark_type: str) -> str:
    """The pattern of a plain decimal with at most as many decimal places as the type, not counting trailing zeros."""
    scale = spark_type.removesuffix(")").partition(",")[2]
    return rf"\A[+-]?(\d+(\.\d{{0,{scale}}}0*)?|\.\d{{1,{scale}}}0*)\z" if int(scale) else r"\A[+-]?\d+(\.0*)?\z"
