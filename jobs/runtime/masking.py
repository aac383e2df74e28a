"""Mask passwords, e-mail addresses and columns with personal data."""

import re
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.table import Table

_HIDDEN = {
    r"(://)[^/\s@]+@": r"\1***@",
    r"(?i)((?:password|secret|token|signature|api_?key)\w*=)[^\s&,;]+": r"\1***",
    # What is masked already is left, and with it the host behind it.
    r"(?<!\*)(?!\*{3}@)[\w.+!#$%&'*=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+": "***@***",
}


def masked(text: str) -> str:
    """The text without what may stand in the message of an error or in a parameter, and in no log or table."""
    for sign, instead in _HIDDEN.items():
        text = re.sub(sign, instead, text)
    return text


def without_pii(frame: DataFrame, table: Table) -> DataFrame:
    """The rows of a table, whatever its schema marks as one and the same value: that there is one may be told, which may not. *Nulls:* stay."""
    return frame.withColumns({name: _hidden(name, table.types[name]) for name in table.pii}) if table.pii else frame


def _hidden(name: str, spark_type: str) -> Column:
    same = {"string": F.lit("***"), "date": F.lit(date(1900, 1, 1))}.get(spark_type, F.array())
    return F.when(F.col(name).isNotNull(), same.cast(spark_type))
