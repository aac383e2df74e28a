"""What delivered text says: whether it is whole, and the value that it writes."""

from collections.abc import Mapping
from datetime import timedelta

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.formats import EMAIL

TIME_PATTERN = r"\A\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?( ?(UTC|Z|[+-]\d\d:?\d\d))?\z"
PLAIN_TEXT = r"\A[ -~]*\z"
# So far the clock of a source may be before ours.
CLOCK_TOLERANCE = timedelta(minutes=5)
# All that is space in Unicode; also what a suite means by it, in either engine.
WHITE_SPACE = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
# What is a value of a type. Spark's cast alone takes more: 'now' as a time, '1e3' as a whole number, ' 7 ' as 7.
WRITTEN: Mapping[str, str] = {
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


def is_broken(text: str) -> Column:
    """Whether the text holds signs that stand for bytes which are none, or NUL."""
    return ~F.col(text).rlike(PLAIN_TEXT) & (
        F.contains(F.col(text), F.lit("\ufffd")) | F.contains(F.col(text), F.lit("\0"))
    )


def value(name: str, spark_type: str) -> Column:
    """What the text in a column says as a value of the type. *Nulls:* NULL where it says none, or one that the type would round or cut."""
    if spark_type == "string":
        return F.col(name)
    if spark_type.startswith("decimal"):
        return F.when(F.col(name).rlike(_decimal(spark_type)), F.expr(f"try_cast(`{name}` AS {spark_type})"))
    typed = F.unhex(name) if spark_type == "binary" else F.expr(f"try_cast(`{name}` AS {spark_type})")
    is_value = F.col(name).rlike(WRITTEN[spark_type])
    return F.when(is_value & (F.abs(typed) < float("inf")) if spark_type in _FRACTIONS else is_value, typed)


def digits(name: str) -> Column:
    """An id of 1 to 19 digits that fits a long. *Nulls:* NULL where it is none."""
    return F.when(F.col(name).rlike(r"\A\d{1,19}\z"), F.expr(f"try_cast(`{name}` AS bigint)"))


def identifier(name: str) -> Column:
    """An id of any signs; a whole number that was written as a fraction, 7.0, is that number. *Nulls:* NULL where it is NULL, a list or an object."""
    return F.when(~F.col(name).rlike(r"\A[\[{]"), F.regexp_replace(name, r"\A(\d+)\.0+\z", "$1"))


def is_unfit(name: str, typed: str) -> Column:
    """Whether something was written that is no value."""
    return F.col(name).isNotNull() & F.col(typed).isNull()


def email(name: str) -> Column:
    """An address with its domain in small letters. *Nulls:* NULL where it has not the shape of one."""
    local, domain = F.substring_index(name, "@", 1), F.lower(F.substring_index(name, "@", -1))
    return F.when(F.col(name).rlike(EMAIL), F.concat(local, F.lit("@"), domain))


def _decimal(spark_type: str) -> str:
    """A plain decimal whose digits after the point, but for zeros at its end, are as many as the type has at most."""
    scale = spark_type.removesuffix(")").partition(",")[2]
    return rf"\A[+-]?(\d+(\.\d{{0,{scale}}}0*)?|\.\d{{1,{scale}}}0*)\z" if int(scale) else r"\A[+-]?\d+(\.0*)?\z"
