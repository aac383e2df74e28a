"""Changes applied in any order, batches and repetition, compared with folds over dicts.

Thousands of cases share one frame; a column of the key tells them apart.
"""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas.cdc_columns import OP, SEQ
from schemas.cdc_source import CdcSource
from schemas.table import RAW_LINE, SOURCE_FILE, Column, Table
from tests.faults import fault
from tests.oracles import changes as oracle
from tests.oracles.changes import Change
from transforms.change_data.apply_changes import AppliedChanges, CdcTables, Replacement, apply_changes
from transforms.change_data.current_rows import RetentionHorizon

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
CHANGES = Table(
    "cdc.changes",
    "one row per change",
    (*COLUMNS, OP, SEQ, SOURCE_FILE, RAW_LINE, Column("is_derived", "boolean", "Whether.")),
)
BATCHES, KEYS, PLACES = 3, 2, 9
Cases = list[list[Change]]


def cases(random: Random, count: int, truncates: Sequence[int]) -> Cases:
    """Cases of a few changes to a few keys, each at another position. Truncates affect all cases."""

    def case(number: int) -> list[Change]:
        places = random.sample(
            [place for place in range(1, PLACES + 1) if place not in truncates], random.randint(1, 6)
        )
        return [change(number, place) for place in places] + [(None, place, "T", None) for place in truncates]

    def change(number: int, place: int) -> Change:
        op = random.choices("IUDL", (3, 5, 3, 1))[0]
        values = None if op == "D" else (random.choice([None, "x", "y"]), random.choice([None, 1, 2]))
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


def as_frame(spark: SparkSession, folder: Path, batch: Sequence[Change]) -> DataFrame:
    rows = []
    for key, place, op, values in batch:
        case, number = key or (None, None)
        a, b = values or (None, None)
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
    stay = rows.limit(0) if part.keys is None else rows.join(part.keys, on=part.keys.columns, how="left_anti")
    return stay.unionByName(part.rows)


def after(spark: SparkSession, folder: Path, source: CdcSource, delivered: Sequence[Sequence[Change]]) -> CdcTables:
    """The tables after applying the batches one after the other."""

    def nothing(table: Table) -> DataFrame:
        return spark.createDataFrame([], table.struct)

    there = CdcTables(
        nothing(source.current), nothing(source.aux), nothing(source.versions) if source.versions else None
    )
    for number, batch in enumerate(delivered):
        place = folder / str(number)
        place.mkdir()
        changes, has_truncate = as_frame(spark, place / "given", batch), any(change[2] == "T" for change in batch)
        new: AppliedChanges = apply_changes(
            changes, there, source, has_truncate=has_truncate, horizon=RetentionHorizon(), applied_at=START
        )
        there = CdcTables(
            kept(spark, place, "current", with_part(there.current, new.current)),
            kept(spark, place, "aux", with_part(there.aux, new.aux)),
            kept(spark, place, "versions", with_part(there.versions, new.versions))
            if there.versions is not None and new.versions
            else None,
        )
    return there


def by_case(rows: DataFrame, says: Callable[[Any], Any]) -> dict[int, dict[Any, Any]]:
    by_key: dict[int, dict[Any, Any]] = defaultdict(dict)
    for row in rows.collect():
        by_key[row["case"]][row["case"], row["id"]] = says(row)
    return by_key


def place_of(seq: Any) -> int:
    return int(seq["commit_ts"].timestamp() - START.timestamp())


def check_current(there: CdcTables, of: Cases) -> None:
    found = by_case(there.current, lambda row: (row["a"], row["b"]))
    assert [number for number, case in enumerate(of) if found.get(number, {}) != oracle.current(case)] == []


def check_history(there: CdcTables, of: Cases, compared: Sequence[int]) -> None:
    assert there.versions is not None
    found: dict[int, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in there.versions.orderBy("_seq").collect():
        end = place_of(row["_seq_to"]) if row["_seq_to"] else None
        assert (row["valid_from"], row["valid_to"], row["is_current"]) == (
            row["_seq"]["commit_ts"],
            row["_seq_to"]["commit_ts"] if row["_seq_to"] else None,
            end is None,
        )
        found[row["case"]][row["case"], row["id"]].append(((row["a"], row["b"]), place_of(row["_seq"]), end))
    assert [number for number, case in enumerate(of) if dict(found[number]) != oracle.history(case, compared)] == []
    names = ("case", "id", "a", "b")
    assert there.versions.filter("is_current").select(*names).exceptAll(there.current.select(*names)).isEmpty()


def check_partial(there: CdcTables, of: Cases) -> None:
    found = by_case(there.current, lambda row: ((row["a"], row["b"]), row["_incomplete"]))
    assert [number for number, case in enumerate(of) if found.get(number, {}) != oracle.partial(case, [0])] == []


KINDS: Mapping[str, tuple[CdcSource, int, Callable[[CdcTables, Cases], None]]] = {
    "current": (PLAIN, 5_000, check_current),
    "history": (VERSIONED, 1_000, lambda there, of: check_history(there, of, [0, 1])),
    "history of some columns": (VERSIONED_BY_A, 1_000, lambda there, of: check_history(there, of, [0])),
    "current beside history": (VERSIONED_BY_A, 1_000, check_current),
    "partial": (PARTIAL, 2_000, check_partial),
}


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
    [
        "partial",
        *(
            pytest.param(kind, marks=pytest.mark.nightly)
            for kind in ("current", "history", "history of some columns", "current beside history")
        ),
    ],
)
def test_in_whatever_order_changes_come_the_source_is_the_same(
    compiled: SparkSession, tmp_path: Path, kind: str, truncates: tuple[int, ...]
) -> None:
    source, count, check = KINDS[kind]
    random = Random(f"{kind}{truncates}")
    of = cases(random, round(count * SHARE), truncates)
    check(after(compiled, tmp_path, source, batches(random, of)), of)


def test_the_cases_bite() -> None:
    """The cases include deleted rows, merged versions, and rows known only from updates."""
    of = cases(Random(1), 200, (5,))
    rows = [oracle.current(case) for case in of]
    assert any(rows)
    assert not all(rows)
    by_key = [versions for case in of for versions in oracle.history(case, [0]).values()]
    assert max(map(len, by_key)) > 2
    assert any(is_incomplete for case in of for _, is_incomplete in oracle.partial(case, [0]).values())
