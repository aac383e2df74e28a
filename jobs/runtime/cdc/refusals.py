"""Refuse changes whose order cannot be known."""

from collections.abc import Sequence

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.errors import BadInput
from schemas.cdc_columns import SEQ
from schemas.cdc_source import CdcSource


def refuse_ambiguous(ambiguous: DataFrame, source: CdcSource) -> None:
    """Raises BadInput if there are ambiguous changes."""
    # Cast to text in Spark: collected timestamps would be in the zone of this machine.
    position = F.concat_ws(" ", *(F.col(f"{SEQ.name}.{name}").cast("string") for name in source.seq_fields))
    if found := first_row(ambiguous.select(position.alias("position"))):
        raise BadInput(
            f"ambiguous_sequence: changes of one row of {source.name} differ at the same position "
            f"{found.position} (UTC); deliver a column that orders them, such as AR_H_CHANGE_SEQ, "
            "or, for a full load, --load_ts, or use --tie op_rank"
        )


def refuse_earlier_places(counted: Sequence[Row]) -> None:
    """Raises BadInput if changes have earlier places in the log than older changes of their rows."""
    if found := next((row for row in counted if "place_went_back" in row.remarks), None):
        raise BadInput(
            f"place_went_back: {found.source_file} has changes that are younger than stored ones, and an earlier place "
            "in the log of the source; no file was taken: if a new log began, after a failover or a reset, give "
            "--epoch 1 from now on, and a greater number after the next one"
        )


def first_row(rows: DataFrame) -> Row | None:
    return next(iter(rows.limit(1).collect()), None)
