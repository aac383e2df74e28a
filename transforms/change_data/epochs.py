"""Epochs: the logs that a source had one after the other, such as before and after a failover."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import SEQ
from transforms.change_data.change_order import is_beyond

# Clocks of two servers of a source differ by less.
CLOCK_SKEW = timedelta(minutes=1)


@dataclass(frozen=True)
class EpochStart:
    """What tells the changes of an epoch from those of the log before it.

    Changes up to `until` are of the log before; later ones up to `doubtful_until` are so beyond `last_place`, the last
    one in the first delivery of the epoch, which the new log had not reached by then.
    """

    until: datetime
    doubtful_until: datetime
    last_place: str

    @staticmethod
    def of(newest: datetime, first: datetime, last_place: str) -> "EpochStart":
        """From the newest change before the epoch, and the first time and last place of its first delivery."""
        before = first - timedelta.resolution
        return EpochStart(min(newest - CLOCK_SKEW, before), max(newest, before), last_place)

    def is_before(self, seq: Column) -> Column:
        committed, place = seq.getField("commit_ts"), seq.getField("change_seq")
        is_doubtful = committed <= F.lit(self.doubtful_until)
        return (committed <= F.lit(self.until)) | (is_doubtful & is_beyond(place, self.last_place))


def epoch_prefix(epoch: int) -> str:
    """What places of an epoch begin with. The tilde sorts after letters and digits."""
    return f"~{epoch:04} " if epoch else ""


def with_epoch(changes: DataFrame, epoch: int, starts: Mapping[int, EpochStart]) -> DataFrame:
    """Changes of a later log of the source come after all changes of earlier ones, whatever their places.

    The changes are of the `epoch`, but for those of earlier logs that come again or late.
    """
    if not epoch:
        return changes
    seq, prefix = F.col(SEQ.name), F.lit("")
    for number in sorted({epoch, *starts}):
        if 0 < number <= epoch:
            is_before = starts[number].is_before(seq) if number in starts else F.lit(False)
            prefix = F.when(is_before, prefix).otherwise(epoch_prefix(number))
    place = F.concat(prefix, F.col(f"{SEQ.name}.change_seq"))
    return changes.withColumn(SEQ.name, seq.withField("change_seq", place))
