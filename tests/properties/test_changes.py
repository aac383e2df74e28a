"""Changes applied in any order, batches and repetition, compared with folds over dicts.

Thousands of cases share one frame; a column of the key tells them apart.
"""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.runtime.iceberg.ddl import with_declared_columns
from schemas.cdc_columns import OP, SEQ, UNCHANGED
from schemas.cdc_source import ALL_COLUMNS, CdcSource
from schemas.table import RAW_LINE, SOURCE_FILE, Column, Table
from tests.conftest import reused
from tests.faults import fault
from tests.oracles import changes as oracle
from tests.oracles.changes import Change
from transforms.change_data.apply_changes import AppliedChanges, CdcTables, Replacement, apply_changes
from transforms.change_data.change_outcomes import RetentionHorizon

SHARE = min(1.0, int(os.environ.get("WEIR_EXAMPLES", "4")) / 100)
START = datetime(2019, 10, 1, tzinfo=UTC)
COLUMNS = (
    Column("case", "long", "Case."),
    Column("id", "long", "Key in its case."),
    Column("a", "string", "A value."),
    Column("b", "long", "Another."),
)
PLAIN = CdcSource("cdc.things", "one row per thing", COLUMNS, ("case", "id"))
VERSIONED = CdcSource("cdc.things", "one row per thing", COLUMNS, ("case", "id"), history=("a", "b"))
VERSIONED_BY_A = CdcSource("cdc.things", "one row per thing", COLUMNS, ("case", "id"), history=("a",))
PARTIAL = CdcSource("cdc.things", "one row per thing", COLUMNS, ("case", "id"), ignore_null_updates=("a",))
PARTIAL_VERSIONED = replace(PARTIAL, history=("a",))
SOFT = replace(PLAIN, has_soft_deletes=True)
CHANGES = Table(
    "cdc.changes",
    "one row per change",
    (*COLUMNS, OP, SEQ, SOURCE_FILE, RAW_LINE, Column("is_derived", "boolean", "Whether."), UNCHANGED),
)
BATCHES, KEYS, PLACES = 3 if SHARE == 1 else 2, 2, 9
Cases = list[list[Change]]


def cases(random: Random, count: int, truncates: Sequence[int], *, has_kept: bool) -> Cases:
    """Cases of a few changes to a few keys, each at another position. Truncates affect all cases.

    With `has_kept` many changes leave columns as they were.
    """
    kept = [oracle.KEPT] * 2 if has_kept else []

    def case(number: int) -> list[Change]:
        places = random.sample(
            [place for place in range(1, PLACES + 1) if place not in truncates], random.randint(1, 6)
        )
        return [change(number, place) for place in places] + [(None, place, "T", None) for place in truncates]

    def change(number: int, place: int) -> Change:
        op = random.choices("IUDL", (3, 5, 3, 1))[0]
        values = None if op == "D" else (random.choice([None, "x", "y", *kept]), random.choice([None, 1, 2, *kept]))
        return ((number, random.randrange(KEYS)), place, op, values)

    return [case(number) for number in range(count)]


def batches(random: Random, of: Cases) -> list[list[Change]]:
    """All changes in several batches, in any order, many of them twice. The last batch repeats all of them."""
    delivered: list[list[Change]] = [[] for _ in range(BATCHES)]
    each = {change for case in of for change in case}
    for change in each:
        for batch in random.choices(range(BATCHES), k=random.choice([1, 1, 2])):
            delivered[batch].append(change)
    return [*delivered, list(each)]


def as_frame(spark: SparkSession, folder: Path, source: CdcSource, batch: Sequence[Change]) -> DataFrame:
    rows = []
    for key, place, op, values in batch:
        case, number = key or (None, None)
        unchanged = [name for name, value in zip("ab", values or (), strict=False) if value is oracle.KEPT]
        if op == "U":
            nulls = (name for name, value in zip("ab", values or (), strict=False) if value is None)
            unchanged += [name for name in nulls if name in source.null_keeps]
        a, b = (None if value is oracle.KEPT else value for value in values or (None, None))
        seq = {"commit_ts": (START + timedelta(seconds=place)).isoformat(), "change_seq": ""}
        rows.append(
            {
                "case": case,
                "id": number,
                "a": a,
                "b": b,
                "_op": op,
                "_seq": seq,
                "source_file": "f",
                "is_derived": False,
                "_unchanged": unchanged or None,
            }
        )
    folder.mkdir()
    (folder / "changes.json").write_text("\n".join(map(json.dumps, rows)))
    return spark.read.schema(CHANGES.struct).json(str(folder)).withColumn("remarks", F.array().cast("array<string>"))


def kept(spark: SparkSession, folder: Path, name: str, rows: DataFrame) -> DataFrame:
    """Write the rows and read them back, as a lake does."""
    rows.write.parquet(str(folder / name))
    return spark.read.schema(rows.schema).parquet(str(folder / name))


def with_part(rows: DataFrame, part: Replacement) -> DataFrame:
    if part.others is not None:
        return part.rows.unionByName(part.others)
    stay = rows.limit(0) if part.keys is None else rows.join(part.keys, on=part.keys.columns, how="left_anti")
    return stay.unionByName(part.rows)


def after(spark: SparkSession, folder: Path, source: CdcSource, delivered: Sequence[Sequence[Change]]) -> CdcTables:
    """The tables after applying the batches one after the other.

    From the first placeholder on the source has placeholders, as in a lake.
    """

    def nothing(table: Table) -> DataFrame:
        return spark.createDataFrame([], table.struct)

    there = CdcTables(
        nothing(source.current), nothing(source.aux), nothing(source.versions) if source.versions else None
    )
    for number, batch in enumerate(delivered):
        place = folder / str(number)
        place.mkdir()
        is_first = not source.has_partial_updates and any(oracle.KEPT in (change[3] or ()) for change in batch)
        if is_first:
            source = replace(source, has_placeholders=True)
            there = declared(there, source)
        changes = as_frame(spark, place / "given", source, batch)
        new: AppliedChanges = apply_changes(
            changes,
            there,
            source,
            has_truncate=any(change[2] == "T" for change in batch),
            has_first_placeholders=is_first,
            horizon=RetentionHorizon(),
            applied_at=START,
            reuse=reused,
        )
        there = CdcTables(
            kept(spark, place, "current", with_part(there.current, new.current)),
            kept(spark, place, "aux", with_part(there.aux, new.aux)),
            kept(spark, place, "versions", with_part(there.versions, new.versions))
            if there.versions is not None and new.versions
            else None,
        )
    return there


def declared(there: CdcTables, source: CdcSource) -> CdcTables:
    """The tables with the columns that the source has now."""
    current, aux = (
        with_declared_columns(table, rows) for table, rows in ((source.current, there.current), (source.aux, there.aux))
    )
    return CdcTables(current, aux, there.versions)


def by_case(rows: DataFrame, says: Callable[[Any], Any]) -> dict[int, dict[Any, Any]]:
    by_key: dict[int, dict[Any, Any]] = defaultdict(dict)
    for row in rows.collect():
        by_key[row["case"]][row["case"], row["id"]] = says(row)
    return by_key


def place_of(seq: Any) -> int:
    return int(seq["commit_ts"].timestamp() - START.timestamp())


def check_current(source: CdcSource, there: CdcTables, of: Cases) -> None:
    live = there.current.filter("NOT _is_deleted") if source.has_soft_deletes else there.current
    found = by_case(live, lambda row: (row["a"], row["b"]))
    expected = [oracle.current(resolved(source, case)[0]) for case in of]
    assert [number for number, rows in enumerate(expected) if found.get(number, {}) != rows] == []
    if "_incomplete" in there.current.columns:
        incomplete = by_case(there.current.filter("_incomplete"), lambda _: True)
        unknown = [{*incomplete.get(number, {})} for number, _ in enumerate(of)]
        assert [number for number, keys in enumerate(unknown) if keys != resolved(source, of[number])[1]] == []
    if source.has_soft_deletes:
        # These deletes carry no values.
        assert there.current.filter("_is_deleted AND (a IS NOT NULL OR b IS NOT NULL)").count() == 0


def resolved(source: CdcSource, case: list[Change]) -> tuple[list[Change], set[Any]]:
    return oracle.resolved(case, [source.payload.index(name) for name in source.null_keeps])


def check_history(source: CdcSource, there: CdcTables, of: Cases) -> None:
    assert there.versions is not None
    compared = [source.payload.index(name) for name in source.versioned_columns]
    found: dict[int, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in there.versions.orderBy("_seq").collect():
        end = place_of(row["_seq_to"]) if row["_seq_to"] else None
        assert (row["valid_from"], row["valid_to"], row["is_current"]) == (
            row["_seq"]["commit_ts"],
            row["_seq_to"]["commit_ts"] if row["_seq_to"] else None,
            end is None,
        )
        found[row["case"]][row["case"], row["id"]].append(((row["a"], row["b"]), place_of(row["_seq"]), end))
    expected = [oracle.history(resolved(source, case)[0], compared) for case in of]
    assert [number for number, versions in enumerate(expected) if dict(found[number]) != versions] == []
    names = ("case", "id", "a", "b")
    assert there.versions.filter("is_current").select(*names).exceptAll(there.current.select(*names)).isEmpty()


@dataclass(frozen=True)
class Kind:
    """A source, how many cases it has at full, and whether changes leave columns as they were."""

    source: CdcSource
    count: int
    has_kept: bool = False


KINDS: Mapping[str, Kind] = {
    "current": Kind(PLAIN, 5_000),
    "history": Kind(VERSIONED, 1_000),
    "history of some columns": Kind(VERSIONED_BY_A, 1_000),
    "soft deletes": Kind(SOFT, 1_000),
    "partial": Kind(PARTIAL, 2_000),
    "partial in all columns": Kind(replace(PARTIAL, ignore_null_updates=ALL_COLUMNS), 1_000),
    "partial with history and placeholders": Kind(PARTIAL_VERSIONED, 1_000, has_kept=True),
    "placeholders": Kind(PLAIN, 2_000, has_kept=True),
    "placeholders with history": Kind(VERSIONED_BY_A, 1_000, has_kept=True),
    "placeholders with soft deletes": Kind(SOFT, 1_000, has_kept=True),
}
IN_CI = ("placeholders with history",)


# With few cases, those with truncates cover most.
TRUNCATES = {"truncates": (3, 7), **({"no truncate": (), "a truncate": (5,)} if SHARE == 1 else {})}


@fault(
    "C01",
    injected="changes in any order and batches, files reversed, many duplicates",
    checked="equal to the source, row for row",
)
@pytest.mark.slow
@pytest.mark.properties
@pytest.mark.parametrize("truncates", TRUNCATES.values(), ids=TRUNCATES)
@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[pytest.mark.nightly] * (kind not in IN_CI)) for kind in KINDS],
)
def test_in_whatever_order_changes_come_the_source_is_the_same(
    compiled: SparkSession, tmp_path: Path, kind: str, truncates: tuple[int, ...]
) -> None:
    compiled.catalog.clearCache()  # `reused` never releases a frame, and those of all kinds would fill the memory
    one = KINDS[kind]
    random = Random(f"{kind}{truncates}")
    of = cases(random, round(one.count * SHARE), truncates, has_kept=one.has_kept)
    there = after(compiled, tmp_path, one.source, batches(random, of))
    check_current(one.source, there, of)
    if one.source.history:
        check_history(one.source, there, of)


def test_the_cases_bite() -> None:
    """The cases include deleted rows, merged versions, and rows known only from updates."""
    of = cases(Random(1), 200, (5,), has_kept=False)
    rows = [oracle.current(case) for case in of]
    assert any(rows)
    assert not all(rows)
    by_key = [versions for case in of for versions in oracle.history(case, [0]).values()]
    assert max(map(len, by_key)) > 2
    assert any(oracle.resolved(case, [0])[1] for case in of)
