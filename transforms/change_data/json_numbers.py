"""Numbers of JSON as they are written, and distinguished from strings.

Spark 3.5 reads those with a fraction or an exponent by way of a double.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

# No character: Unicode keeps it for the use of a program.
_MARK = "\ufdd0"
# What is no number: strings, other characters. All possessive, so that long lines need no stack.
_NO_NUMBER, _WHOLE_NUMBER = r'"(?:[^"\\]++|\\.)*+"|-(?!\d)|[^"\d-]++', r"-?\d++(?![.eE\d])"
_NUMBER = r"-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?"
_MAY_HAVE_NUMBER = r"(\A|[\[:,])\s*-?\d++[.eE]"


def with_quoted_numbers(json: Column, *, is_whole_too: bool = False) -> Column:
    """JSON whose numbers with a fraction or an exponent, or all numbers, are strings, marked for `plain_numbers`."""
    other = _NO_NUMBER if is_whole_too else f"{_NO_NUMBER}|{_WHOLE_NUMBER}"
    quoted = F.regexp_replace(json, rf"(?s)\G((?:{other})*+)({_NUMBER})", f'$1"{_MARK}$2"')
    return quoted if is_whole_too else F.when(json.rlike(_MAY_HAVE_NUMBER), quoted).otherwise(json)


def is_number(text: Column) -> Column:
    """Whether a value of such JSON is a marked number."""
    return F.startswith(text, F.lit(_MARK))


def plain_numbers(text: Column) -> Column:
    """A value of such JSON, as it was written: a number, or an object or a list with numbers."""
    return F.regexp_replace(text, rf'"?{_MARK}({_NUMBER})"?', "$1")
