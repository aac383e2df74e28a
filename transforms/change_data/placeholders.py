"""Placeholders of Debezium for values that an update did not change and the database therefore did not log."""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import reduce
from operator import or_
from uuid import UUID

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import UNCHANGED


def mark_unchanged(raw: DataFrame, names: Sequence[str], placeholder: str) -> DataFrame:
    """Replace the placeholder by NULL in the columns `names`, and list the columns that had it in `_unchanged`.

    *Nulls:* `_unchanged` is NULL in rows without a placeholder.
    """
    if not names:
        return raw
    forms = placeholder_forms(placeholder)

    def is_placeholder(name: str) -> Column:
        return F.coalesce(F.col(name).isin(*forms), F.lit(False))

    found = F.array_compact(F.array(*(F.when(is_placeholder(name), F.lit(name)) for name in names)))
    unchanged = F.when(reduce(or_, map(is_placeholder, names)), found)
    values = {name: F.when(~is_placeholder(name), F.col(name)) for name in names}
    return raw.withColumns({**values, UNCHANGED.name: unchanged})


def placeholder_forms(placeholder: str) -> tuple[str, ...]:
    """The placeholder as Debezium writes it: for text, bytes, arrays of text, bytes, UUIDs or numbers, and hstore."""
    content = placeholder.encode()
    in_base64 = base64.b64encode(content).decode()
    # A UUID of version 3 without a name space, as java.util.UUID.nameUUIDFromBytes makes it.
    uuid = UUID(bytes=hashlib.md5(content, usedforsecurity=False).digest(), version=3)
    arrays = ([placeholder], [in_base64], [str(uuid)], [*content], {placeholder: placeholder})
    in_hex = content.hex()
    return placeholder, in_base64, in_hex, in_hex.upper(), *(json.dumps(one, separators=(",", ":")) for one in arrays)
