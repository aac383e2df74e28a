"""Numbers of JSON as they are written: Spark 3.5 reads those with a fraction or an exponent by way of a double."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# No character: Unicode keeps it for the use of a program.
_MARK = "\ufdd0"
# What is no such number: strings, whole numbers, other characters. All possessive, so that long lines need no stack.
_OTHER = r'(?:"(?:[^"\\]++|\\.)*+"|-?\d++(?![.eE\d])|-(?!\d)|[^"\d-]++)*+'
_NUMBER = r"-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?"
_MAY_HAVE_NUMBER = r"(\A|[\[:,])\s*-?\d++[.eE]"


def with_quoted_numbers(json: Column) -> Column:
    """JSON whose numbers with a fraction or an exponent are strings, marked for `plain_numbers`."""
    quoted = F.regexp_replace(json, rf"(?s)\G({_OTHER})({_NUMBER})", f'$1"{_MARK}$2"')
    return F.when(json.rlike(_MAY_HAVE_NUMBER), quoted).otherwise(json)


def plain_numbers(text: Column) -> Column:
    """A value of such JSON, as it was written: a number, or an object or a list with numbers."""
    return F.regexp_replace(text, rf'"?{_MARK}({_NUMBER})"?', "$1")
