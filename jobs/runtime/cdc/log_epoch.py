"""Which of the logs of its source the changes of a run are from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame

from jobs.runtime.cdc.applied_position import epoch_starts, last_epoch, newest_change, source_servers
from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.cdc.change_metrics import ranges_by_file
from jobs.runtime.cdc.ordering_checks import refuse_two_logs, refuse_two_servers
from jobs.runtime.ingest.input_files import InputFiles
from schemas.cdc_columns import FEED_FIRST_SEQ
from schemas.cdc_source import CdcSource
from transforms.change_data.epochs import EpochStart, epoch_prefix


@dataclass(frozen=True)
class LogEpoch:
    """The epoch of a run: the `number` of its log, from 0 on.

    `starts` tells where each epoch began, if that is known. `servers` wrote the changes of a file, `earlier_servers`
    those of earlier runs.
    """

    number: int
    starts: Mapping[int, EpochStart]
    servers: Mapping[str, Collection[str]]
    earlier_servers: Collection[str]

    @property
    def known_servers(self) -> Collection[str]:
        return {*self.earlier_servers, *(name for names in self.servers.values() for name in names)}


def epoch_of_run(inputs: InputFiles, source: CdcSource, change_files: Sequence[ChangeFile]) -> LogEpoch:
    """The given or the last epoch. Changes that are ordered by time first need none.

    Raises BadInput if there is none, and the files are of two logs.
    """
    lake, base = inputs.lake, inputs.base
    servers = {file.path: file.servers for file in change_files}
    number = 0
    if source.seq == FEED_FIRST_SEQ:
        given: int | None = inputs.values["epoch"]
        number = last_epoch(lake, source, base) if given is None else given
        if not number:
            refuse_two_servers(change_files)
    return LogEpoch(number, epoch_starts(lake, source, base), servers, source_servers(lake, source, base))


def with_start(epoch: LogEpoch, inputs: InputFiles, source: CdcSource, rows: DataFrame) -> LogEpoch:
    """The epoch with its start, if it is new and changes of both logs are known.

    Raises BadInput if a file is of the log before.
    """
    previous = last_epoch(inputs.lake, source, inputs.base)
    if epoch.number <= previous:
        return epoch
    ranges, newest = ranges_by_file(rows), newest_change(inputs.lake, source, inputs.base)
    refuse_two_logs(ranges, previous, newest)
    prefix = epoch_prefix(epoch.number)
    of_new_log = [one for one in ranges if one.first_place.startswith(prefix)]
    if is_snapshot := not of_new_log:
        of_new_log = ranges_by_file(rows, of_loads=True)
    if newest is None or not of_new_log:
        return epoch
    start = EpochStart.of(
        newest,
        min(one.first_time for one in of_new_log),
        max(one.last_place for one in of_new_log).removeprefix(prefix),
        is_snapshot=is_snapshot,
        servers={name for one in of_new_log for name in epoch.servers[one.path]},
        earlier=epoch.earlier_servers,
    )
    return replace(epoch, starts={**epoch.starts, epoch.number: start})
