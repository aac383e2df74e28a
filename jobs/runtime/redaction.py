"""Mask passwords, e-mail addresses and columns with personal data."""

import re
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.table import Table

_REPLACEMENTS = {
    r"(://)[^/\s@]+@": r"\1***@",
    r"(?i)((?:password|secret|token|signature|api_?key)\w*=)[^\s&,;]+": r"\1***",
    # Skips text that is already masked, so that the host after it stays readable.
    r"(?<!\*)(?!\*{3}@)[\w.+!#$%&'*=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+": "***@***",
}


def mask(text: str) -> str:
    """Mask credentials and e-mail addresses in a message or parameter before it is logged or stored."""
    for pattern, replacement in _REPLACEMENTS.items():
        text = re.sub(pattern, replacement, text)
    return text


def without_pii(frame: DataFrame, table: Table) -> DataFrame:
    """Replace the values of the table's PII columns by one constant. *Nulls:* stay null, so presence stays visible."""
    return frame.withColumns({name: _masked(name, table.types[name]) for name in table.pii}) if table.pii else frame


def _masked(name: str, spark_type: str) -> Column:
    constant = {"string": F.lit("***"), "date": F.lit(date(1900, 1, 1)), "double": F.lit(0.0)}.get(
        spark_type, F.array()
    )
    return F.when(F.col(name).isNotNull(), constant.cast(spark_type))
