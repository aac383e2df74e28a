"""Stage the tables of a source on the branch of the run."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.iceberg import snapshot_summaries
from jobs.runtime.iceberg.staged_commit import Staged
from jobs.runtime.ingest.input_files import InputFiles
from jobs.runtime.ingest.retraction import Retraction
from jobs.runtime.spark.threads import in_parallel
from schemas.cdc_source import CdcSource
from schemas.table import RECEIVED_ON, RUN_ID, Table
from transforms.change_data.apply_changes import AppliedChanges, Replacement
from transforms.change_data.current_rows import rejected_changes

# Up to this many changes, one task writes faster than more tasks start.
_SMALL = 200_000


def stage_tables(
    inputs: InputFiles,
    applied: AppliedChanges,
    validated: DataFrame,
    source: CdcSource,
    properties: Mapping[str, str],
    counted: Sequence[Row],
) -> dict[str, Staged]:
    """Stage the current, aux, history and rejected tables; `properties` are those of their snapshots."""
    paths, is_small = sorted({row.source_file for row in counted}), sum(row.rows for row in counted) <= _SMALL
    replacements = {
        source.current: applied.current,
        source.aux: applied.aux,
        **({source.versions: applied.versions} if source.versions and applied.versions else {}),
    }
    work: dict[str, Callable[[], Staged]] = {
        table.name: partial(_stage_table, inputs, table, replacement, properties, is_small=is_small)
        for table, replacement in replacements.items()
    }
    work[inputs.rejects.name] = partial(_stage_rejected, inputs, rejected_changes(validated, applied.compared), paths)
    with snapshot_summaries.part_of_run(inputs.lake.spark, inputs.ledger.run_id):
        return dict(zip(work, in_parallel(inputs.lake.spark, *work.values()), strict=True))


def _stage_rejected(inputs: InputFiles, rows: DataFrame, paths: Sequence[str]) -> Staged:
    """Stage rejected changes. They replace those that an earlier run rejected from the same files."""
    rejects, lake, ledger = inputs.rejects, inputs.lake, inputs.ledger
    run_columns = {RUN_ID.name: F.lit(ledger.run_id), RECEIVED_ON.name: F.lit(ledger.clock.date())}
    before = lake.main(rejects)
    rejected = rows.withColumns(run_columns).select(*rejects.names)
    retraction = Retraction.of(
        rejects, lake.frame(rejects, before), paths if lake.has_records(rejects, before) else [], within=F.lit(True)
    )
    staged = rejected.unionByName(retraction.remaining_on_days) if retraction.rows else rejected
    return lake.stage(rejects, staged, ledger.run_id, base=before, replaces=retraction.replaces, properties={})


def _stage_table(
    inputs: InputFiles, table: Table, replacement: Replacement, properties: Mapping[str, str], *, is_small: bool
) -> Staged:
    base, run_id = inputs.lake.main(table), inputs.ledger.run_id
    replaces_all = base is not None and (replacement.keys is None or replacement.others is not None)
    # A delete is planned and committed even where there are no rows, as in the aux table of a feed without deletes.
    if base is not None and replacement.keys is not None and not replaces_all and inputs.lake.has_records(table, base):
        inputs.lake.delete_keys(table, replacement.keys, run_id, base=base)
    replaces = F.lit(True) if replaces_all else None
    # Each run adds files until lake.maintain compacts them: a few rows fit in one.
    rows = replacement.rows.coalesce(1) if is_small and replaces is None else replacement.rows
    if replacement.others is not None:
        rows = rows.unionByName(replacement.others)
    return inputs.lake.stage(table, rows, run_id, base=base, replaces=replaces, properties=properties)
