"""Epochs: the logs that a source had one after the other, such as before and after a failover."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.cdc_columns import SEQ
from transforms.change_data.log_restarts import is_beyond

# Clocks of two servers of a source differ by less.
CLOCK_SKEW = timedelta(minutes=1)


@dataclass(frozen=True)
class EpochStart:
    """What tells the changes of an epoch from those of the log before it.

    Changes up to `until` are of the log before; later ones up to `doubtful_until` are so beyond `last_place`, the last
    one in the first delivery of the epoch, which the new log had not reached by then; and until a minute after that, so
    are those of `old_servers`, which wrote the log before and nothing in that delivery.
    """

    until: datetime
    doubtful_until: datetime
    last_place: str
    old_servers: tuple[str, ...] = ()

    @staticmethod
    def of(
        newest: datetime,
        first: datetime,
        last_place: str,
        *,
        is_snapshot: bool = False,
        servers: Collection[str] = (),
        earlier: Collection[str] = (),
    ) -> "EpochStart":
        """From the newest change before the epoch, and the first time and last place of its first delivery.

        If that `is_snapshot`, changes were made since its place, before its rows were read: its time tells nothing.
        `servers` wrote that delivery, and `earlier` ones the logs before.
        """
        before = first - timedelta.resolution
        doubtful_until = newest if is_snapshot else max(newest, before)
        old_servers = tuple(sorted({*earlier} - {*servers})) if servers else ()
        return EpochStart(min(newest - CLOCK_SKEW, before), doubtful_until, last_place, old_servers)

    def is_before(self, seq: Column, servers: Mapping[str, Collection[str]]) -> Column:
        """Whether a change is of the log before. `servers` are those that wrote the changes of a source_file."""
        committed, place = seq.getField("commit_ts"), seq.getField("change_seq")
        old_files = [path for path, found in servers.items() if found and {*found} <= {*self.old_servers}]
        is_of_old_server = F.col("source_file").isin(old_files) if old_files else F.lit(False)
        is_doubtful = committed <= F.lit(self.doubtful_until)
        is_near = committed <= F.lit(self.doubtful_until + CLOCK_SKEW)
        is_left = (is_doubtful & is_beyond(place, self.last_place)) | (is_near & is_of_old_server)
        return (committed <= F.lit(self.until)) | is_left


def epoch_prefix(epoch: int) -> str:
    """What places of an epoch begin with. The tilde sorts after letters and digits."""
    return f"~{epoch:04} " if epoch else ""


def with_epoch(
    changes: DataFrame, epoch: int, starts: Mapping[int, EpochStart], servers: Mapping[str, Collection[str]]
) -> DataFrame:
    """Changes of a later log of the source come after all changes of earlier ones, whatever their places.

    The changes are of the `epoch`, but for those of earlier logs that come again or late. `servers` are those that
    wrote the changes of a source_file, where that is known.
    """
    if not epoch:
        return changes
    seq, prefix = F.col(SEQ.name), F.lit("")
    for number in sorted({epoch, *starts}):
        if 0 < number <= epoch:
            is_before = starts[number].is_before(seq, servers) if number in starts else F.lit(False)
            prefix = F.when(is_before, prefix).otherwise(epoch_prefix(number))
    place = F.concat(prefix, F.col(f"{SEQ.name}.change_seq"))
    return changes.withColumn(SEQ.name, seq.withField("change_seq", place))
