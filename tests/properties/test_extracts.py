"""Full extracts and changes in any order: current rows and history equal a fold in the order of their positions."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas.cdc_columns import SEQ
from schemas.cdc_source import CdcSource
from schemas.table import Table
from tests.conftest import reused
from tests.oracles.changes import Change
from tests.properties.test_changes import (
    BATCHES,
    KEYS,
    PLAIN,
    SHARE,
    START,
    VERSIONED_BY_A,
    Cases,
    as_frame,
    cases,
    check_current,
    check_history,
    kept,
    with_part,
)
from transforms.change_data.apply_changes import CdcTables, apply_changes
from transforms.change_data.change_order import snapshot_seq
from transforms.change_data.change_outcomes import RetentionHorizon
from transforms.change_data.current_rows import missing_from_extract

PLACES = (3, 5, 7)


def extract_of(random: Random, count: int, place: int) -> list[Change]:
    """The rows of all cases in a full extract; about half of all rows are missing from it."""
    return [
        ((number, key), place, "L", (random.choice([None, "x", "y"]), random.choice([None, 1, 2])))
        for number in range(count)
        for key in range(KEYS)
        if random.random() < 0.5
    ]


def deletes_of(extract: list[Change], number: int, place: int) -> list[Change]:
    """What an extract says of the rows of a case that it lacks."""
    present = {key for key, *_ in extract}
    return [((number, key), place, "D", None) for key in range(KEYS) if (number, key) not in present]


def applied(
    spark: SparkSession, folder: Path, source: CdcSource, there: CdcTables, batch: list[Change], *, is_extract: bool
) -> CdcTables:
    folder.mkdir()
    changes, extract_seq = as_frame(spark, folder / "given", source, batch), None
    if is_extract:
        extract_seq = snapshot_seq(source, START + timedelta(seconds=batch[0][1]))
        assert extract_seq is not None
        changes = changes.withColumns(
            {SEQ.name: extract_seq.cast(SEQ.type), "problems": F.array().cast("array<string>")}
        )
        changes = changes.unionByName(missing_from_extract(there.current, there.versions, changes, extract_seq, source))
    new = apply_changes(
        changes,
        there,
        source,
        has_truncate=False,
        extract_seq=extract_seq,
        horizon=RetentionHorizon(),
        applied_at=START,
        reuse=reused,
    )
    parts = {
        "current": (there.current, new.current),
        "aux": (there.aux, new.aux),
        "versions": (there.versions, new.versions),
    }
    frames: dict[str, DataFrame | None] = {
        name: kept(spark, folder, name, with_part(rows, part)) if rows is not None and part else None
        for name, (rows, part) in parts.items()
    }
    assert frames["current"] is not None
    assert frames["aux"] is not None
    return CdcTables(frames["current"], frames["aux"], frames["versions"])


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.properties
@pytest.mark.parametrize("source", [VERSIONED_BY_A, PLAIN], ids=["history", "current"])
def test_in_whatever_order_extracts_and_changes_come_the_source_is_the_same(
    compiled: SparkSession, tmp_path: Path, source: CdcSource
) -> None:
    random, count = Random(3), round(1_000 * SHARE)
    changes = cases(random, count, (), has_kept=False)
    changes = [[change for change in case if change[1] not in PLACES] for case in changes]
    extracts = [extract_of(random, count, place) for place in PLACES]
    delivered: list[tuple[list[Change], bool]] = [(extract, True) for extract in extracts]
    batches: list[list[Change]] = [[] for _ in range(BATCHES)]
    for change in (change for case in changes for change in case):
        random.choice(batches).append(change)
    delivered += [(batch, False) for batch in batches if batch]
    random.shuffle(delivered)

    def nothing(table: Table) -> DataFrame:
        return compiled.createDataFrame([], table.struct)

    versions = nothing(source.versions) if source.versions else None
    there = CdcTables(nothing(source.current), nothing(source.aux), versions)
    for number, (batch, is_extract) in enumerate(delivered):
        there = applied(compiled, tmp_path / str(number), source, there, batch, is_extract=is_extract)
    of: Cases = [
        [
            *case,
            *(change for extract in extracts for change in extract if change[0][0] == number),
            *(
                change
                for extract, place in zip(extracts, PLACES, strict=True)
                for change in deletes_of(extract, number, place)
            ),
        ]
        for number, case in enumerate(changes)
    ]
    check_current(source, there, of)
    if source.history:
        check_history(source, there, of)
