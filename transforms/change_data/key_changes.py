"""Changes of keys: the delete of the old row that an update with another key stands for."""

from functools import reduce
from operator import or_

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import SEQ
from schemas.cdc_source import CdcSource

OLD = "_old_"  # the prefix of columns with the key before a change


def with_old_keys(changes: DataFrame, source: CdcSource) -> DataFrame:
    """Add a delete of the old key, at the same position, for each update that changed the key: a `key_change`.

    *Grain:* one row per change, plus one per derived delete. An insert or a row of a full load with another old key has
    the remark `moved_insert`. *Nulls:* in a derived delete all columns outside the key.
    """
    old_keys = {name: F.col(f"{OLD}{name}") for name in source.key}
    differs = {name: value.isNotNull() & ~value.eqNullSafe(F.col(name)) for name, value in old_keys.items()}
    moved = reduce(or_, differs.values())
    # Text may be empty where there was no row.
    was_given = reduce(or_, (is_other & (old_keys[name].cast("string") != "") for name, is_other in differs.items()))
    is_valid = F.size("problems") == 0
    is_key_change = is_valid & (F.col("_op") == "U") & moved
    old = [
        (F.coalesce(f"{OLD}{name}", name) if name in source.key else F.lit(None).cast(source.types[name])).alias(name)
        for name in source.names
    ]
    kept = [SEQ.name, "source_file", "raw_line", "problems", "remarks"]
    columns = [*source.names, "_op", *kept, "is_derived", "_unchanged", "row_no"]
    none = F.lit(None).cast("array<string>").alias("_unchanged")
    delete = F.struct(*old, F.lit("D").alias("_op"), *kept, F.lit(True).alias("is_derived"), none, "row_no")
    # One pass: with a union the files would be parsed twice. From an inner explode Spark would infer a filter.
    row = F.struct(*columns)
    both = F.explode_outer(F.when(is_key_change, F.array(row, delete)).otherwise(F.array(row)))
    is_moved_insert = is_valid & F.col("_op").isin("I", "L") & was_given
    remarks = F.when(is_key_change, F.array(F.lit("key_change"))).when(is_moved_insert, F.array(F.lit("moved_insert")))
    remarks = F.coalesce(remarks, "remarks")
    return changes.withColumn("remarks", remarks).select(both.alias("change")).select("change.*")
