"""The order of change files by the numbers and the time in their names."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_TIME_DIGITS, _DAY_DIGITS, _LENGTH_DIGITS = 17, 8, 3
_LOAD_FILE = r"(?i)\ALOAD[0-9A-F]{8}\z"
_EXTENSIONS = r"(?i)(\.(csv|txt|tsv|json|jsonl|ndjson|parquet|gz|snappy|zstd))+\z"
_DATE = r"(?:19|20)\d\d([-_.]?)(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12]\d|3[01])"
# In the digits after those of the date; or apart, at least to the second: shorter ones are counters.
_CLOCK = r"\d\d(?:\d\d(?:\d\d(?:\d{3,4})?)?)?|[-_T ]\d\d[-_.:]?\d\d[-_.:]?\d\d(?:\.?\d{3,4})?"
# A name up to its time, which the first of its numbers begins.
_NAMED_TIME = rf"\A\D*({_DATE}(?:{_CLOCK})?)(?!\d)"
_UUID = r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# The folders just above a file that have only numbers, or partitions of them; and the time in them, joined by hyphens.
_NUMBERED_FOLDERS = r"((?:/(?:[^/=]+=)?\d[\d_T.:-]*)+)/[^/]*\z"
_FOLDER_TIME = rf"(?<!\d)({_DATE}(?:[-_T.:]?\d\d){{0,3}})(?!\d)"
# Between the parts of a sort key: sorts after digits. Times of folders sort after keys of tables of earlier releases.
_FURTHER, _BY_FOLDER = "~", "~~"


def file_order(path: Column, is_load: Column) -> Column:
    """Sort key of a file, as text.

    Full loads come first, by their counter. Of other files the time that begins the numbers of the name decides, or
    else that of its folders, then each other number, compared as a number, then the name. A UUID has no numbers.
    Without a time, one number of up to 7 digits is padded to the length of a time, as it is in the tables of earlier
    releases; other numbers sort after their keys.
    """
    key = _order_of_numbers(path, is_load)
    return F.when(is_load_file(path), key).otherwise(F.concat(key, F.lit(" "), _stem(path)))


def order_in_name(path: Column) -> Column:
    """What the name of a file of changes and its folders tell of its order: the same text where they tell none."""
    named = F.regexp_replace(_stem(path), _UUID, "")
    return F.concat(_order_of_numbers(path, F.lit(False)), F.lit(" "), named)


def _order_of_numbers(path: Column, is_load: Column) -> Column:
    stem = F.regexp_replace(_stem(path), _UUID, "")
    load_key = F.concat(F.lit("0"), F.lpad(F.lower(F.substring(stem, 5, 8)), _TIME_DIGITS, "0"))
    time, numbers = _name_time(path), F.regexp_extract_all(F.regexp_replace(stem, _NAMED_TIME, ""), F.lit(r"\d+"), 0)
    counter = F.coalesce(F.try_element_at(numbers, F.lit(1)), F.lit(""))
    is_short = (F.size(numbers) <= 1) & (F.length(counter) < _DAY_DIGITS)
    further = F.concat(F.lit(_FURTHER), F.array_join(F.transform(numbers, _sortable), ""))
    folder_time = _folder_time(path)
    key = (
        F.when(time.isNotNull() & (F.size(numbers) == 0), time)
        .when(time.isNotNull(), F.concat(time, further))
        .when(folder_time.isNotNull(), F.concat(F.lit(_BY_FOLDER), folder_time, further))
        .when(is_short, F.lpad(counter, _TIME_DIGITS, "0"))
        .otherwise(further)
    )
    return F.when(is_load_file(path), load_key).otherwise(F.concat(F.when(is_load, "0").otherwise("1"), key))


def is_load_file(path: Column) -> Column:
    """Whether a file has the name of one of DMS's full load."""
    return _stem(path).rlike(_LOAD_FILE)


def file_time(path: Column) -> Column:
    """The time in the name of a change file, UTC, such as 20190101-101010123 or CDC_2019-01-01, or else its folders.

    *Nulls:* NULL if neither the numbers of the name nor the folders have a time.
    """
    digits = F.coalesce(_name_time(path), _folder_time(path))

    def part(start: int, length: int) -> Column:
        return F.substring(digits, start, length)

    day = F.concat_ws("-", part(1, 4), part(5, 2), part(7, 2))
    moment = F.concat(day, F.lit(" "), F.concat_ws(":", part(9, 2), part(11, 2), part(13, 2)), F.lit("."), part(15, 3))
    return F.when(digits.isNotNull(), F.try_to_timestamp(moment))


def _name_time(path: Column) -> Column:
    return _time_digits(F.regexp_extract(_stem(path), _NAMED_TIME, 1))


def _folder_time(path: Column) -> Column:
    """The time in folders such as dt=2019-01-31, year=2019/month=1/day=31/hour=10 or 2019/01/31/10."""
    folders = F.regexp_replace(F.regexp_extract(path, _NUMBERED_FOLDERS, 1), r"/partition=\d+(?=/|\z)", "")
    joined = F.regexp_replace(folders, "/([^/=]+=)?", "-")
    return _time_digits(F.regexp_extract(F.regexp_replace(joined, r"-(?=\d(-|\z))", "-0"), _FOLDER_TIME, 1))


def _time_digits(time: Column) -> Column:
    """A time as yyyyMMddHHmmssSSS. *Nulls:* NULL for an empty text.

    Six digits after a date may be a counter: invalid times become the last valid moment before them, so that counters
    are in order.
    """
    digits = F.regexp_replace(time, r"\D", "")
    padded = F.rpad(digits, _TIME_DIGITS, "0")

    def clamped(start: int, limit: str, last: str) -> Column:
        """Replace the digits from `start` on by the `last` ones of the clock if they are not below the limit."""
        is_beyond = F.substring(padded, start, 2) >= limit
        return F.when(is_beyond, F.concat(F.substring(padded, 1, start - 1), F.lit(last)))

    whole = F.coalesce(clamped(9, "24", "235959999"), clamped(11, "60", "5959999"), clamped(13, "60", "59999"), padded)
    return F.when(digits != "", whole)


def _sortable(number: Column) -> Column:
    """A number of any length as text that sorts like it: after its length."""
    digits = F.regexp_replace(number, r"\A0+", "")
    return F.concat(F.lpad(F.length(digits).cast("string"), _LENGTH_DIGITS, "0"), digits)


def _stem(path: Column) -> Column:
    """The file name without folder and extensions."""
    return F.regexp_replace(F.regexp_replace(path, r"\A.*/", ""), _EXTENSIONS, "")
