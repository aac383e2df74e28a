"""Positions in the logs of databases as text that sorts in the order of the log."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_POSITION_DIGITS = 20
# A position of PostgreSQL, such as 0/16B3748: two hexadecimal numbers.
_LSN, _LSN_DIGITS = r"\A[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}\z", 8
_FLOAT = r"\A(\d{1,18}\.\d{1,9}|\d\.\d{1,18}[eE]\+?1?\d)\z"
# A position of MySQL, such as binlog.000123:456.
_BINLOG = r"\A(\S+\.\d{6,7})[:/, ](\d{1,20})\z"
# A time in UTC with a fraction: as text it would sort before the whole second.
_FRACTION = r"\A(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d+?)0*Z\z"


def zero_padded(text: Column) -> Column:
    """A position as text that sorts; JSON may have it as 12.0 or 1.2E7."""
    whole = F.when(text.rlike(_FLOAT), text.cast("decimal(38,0)").cast("string")).otherwise(text)
    return F.lpad(whole, _POSITION_DIGITS, "0")


def sortable_number(number: Column, digits: int) -> Column:
    """A decimal with a fraction as text that sorts: integers are as long as those padded to so many digits.

    Digits of a negative number are complemented, and the tilde sorts after a further digit.
    """
    text = F.regexp_replace(F.abs(number).cast("string"), r"\.?0+\z", "")
    whole, fraction = F.substring_index(text, ".", 1), F.regexp_extract(text, r"\.\d+\z", 0)
    padded = F.concat(F.lpad(whole, digits, "0"), fraction)
    negative = F.concat(F.lit("-"), F.translate(padded, "0123456789", "9876543210"), F.lit("~"))
    return F.when(number < 0, negative).otherwise(padded)


def sortable_binlog(name: Column) -> Column:
    """The name of a binlog file as text that sorts by its number: MySQL counts beyond 999999 with more digits."""
    return F.regexp_replace(name, r"\.(\d{7})\z", ".a$1")


def sortable_place(text: Column) -> Column:
    """A position of PostgreSQL or MySQL, or a time in UTC, as text that sorts; any other text as it is."""
    lsn = F.concat_ws("/", *(F.lpad(F.upper(F.substring_index(text, "/", end)), _LSN_DIGITS, "0") for end in (1, -1)))
    file, position = (F.regexp_extract(text, _BINLOG, group) for group in (1, 2))
    binlog = F.concat_ws(" ", sortable_binlog(file), zero_padded(position))
    time = F.regexp_replace(text, _FRACTION, "$1Z$2")
    return F.when(text.rlike(_LSN), lsn).when(text.rlike(_BINLOG), binlog).otherwise(time)
