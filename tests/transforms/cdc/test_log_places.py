"""Logs of a source that start over: what tells the changes of another log, and the order that epochs give them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas.cdc.orders import ORDER_CHANGES
from schemas.cdc_columns import FEED_FIRST_SEQ
from schemas.cdc_source import CdcSource
from tests.conftest import assert_rows
from transforms.change_data.change_order import EARLIEST, sequence
from transforms.change_data.epochs import EpochStart, with_epoch
from transforms.change_data.log_restarts import is_earlier_in_binlog, is_of_other_log, place_remarks
from transforms.problems import problems

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
BY_PLACE = replace(ORDER_CHANGES, sequence=("change_seq", "commit_ts"))


def changes(spark: SparkSession, *places: tuple[str, int]) -> DataFrame:
    """Updates at a place in the log, so many seconds after noon."""
    rows = [((place, NOON + timedelta(seconds=seconds)), "U") for place, seconds in places]
    return spark.createDataFrame(rows, f"_seq {FEED_FIRST_SEQ.type}, _op string")


OTHER_LOG = [
    # After bin.000004 of the second log at noon.
    ("~0001 bin.000004 9", 120, False),
    ("~0001 bin.000003 9", -120, False),
    ("~0001 bin.000005 1", 120, False),
    ("~0001 bin.000003 9", 120, True),
    ("~0001 other.000009 1", 120, True),
    ("~0001 other.000009 1", 30, True),
    ("~0001 other.000009 1", -30, False),
    # A statement that took long is logged late, with the time when it began.
    ("~0001 bin.000123 9", -120, False),
    # What the log before it left behind.
    ("~0001 other.000001 9", -120, True),
    ("bin.000123 9", -120, False),
]


def test_another_log_is_told_by_the_number_and_the_time(spark: SparkSession) -> None:
    given = changes(spark, *((place, seconds) for place, seconds, _ in OTHER_LOG))
    is_other = is_of_other_log(F.col("_seq"), F.col("_op"), "~0001 bin.000004 5", NOON)
    found = given.select(F.col("_seq.change_seq").alias("place"), "_seq.commit_ts", is_other.alias("is_other"))
    expected = [[place, is_other] for place, _, is_other in OTHER_LOG]
    assert_rows(found, "place is_other", sorted(expected))


IN_BINLOG = [
    # After bin.000004 5 of the second log at noon.
    ("~0001 bin.000004 4", 61, True),
    ("~0001 bin.000004 4", 60, False),
    ("~0001 bin.000004 6", 61, False),
    ("~0001 bin.000003 4", 61, False),
    ("bin.000004 4", 61, False),
    (f"~0001 {4:020}", 61, False),
]


def test_a_newer_change_at_a_lower_place_of_the_last_file_is_found(spark: SparkSession) -> None:
    given = changes(spark, *((place, seconds) for place, seconds, _ in IN_BINLOG))
    is_earlier = is_earlier_in_binlog(F.col("_seq"), "~0001 bin.000004 5", NOON)
    seconds = F.unix_seconds("_seq.commit_ts") - int(NOON.timestamp())
    found = given.select(F.col("_seq.change_seq").alias("place"), seconds.alias("s"), is_earlier.alias("is_earlier"))
    assert_rows(found, "place s is_earlier", IN_BINLOG)


@pytest.mark.parametrize(("epoch", "expected"), [("", "newer_but_earlier"), ("~0001 ", "place_went_back")])
def test_an_older_change_at_a_later_place_is_told_or_was_left_behind_in_an_old_log(
    spark: SparkSession, epoch: str, expected: str
) -> None:
    given = changes(spark, *((f"{epoch}{9:020}", seconds) for seconds in (-61, -60)))
    remarks = remarks_between(stored(f"{epoch}{5:020}"), nothing())
    found = given.select("_seq.commit_ts", problems(remarks).alias("remarks"))
    assert_rows(found.orderBy("commit_ts"), "remarks", [[[expected]], [[]]])


@pytest.mark.parametrize(("epoch", "expected"), [("", []), ("~0001 ", ["newer_but_earlier"])])
def test_a_change_that_is_older_than_a_row_of_a_snapshot_is_told_in_an_epoch(
    spark: SparkSession, epoch: str, expected: list[str]
) -> None:
    remarks = remarks_between(stored(f"{epoch}{5:020}"), nothing(), is_loaded=True)
    found = changes(spark, (f"{epoch}{9:020}", -61)).select(problems(remarks).alias("remarks"))
    assert_rows(found, "remarks", [[expected]])


def test_a_newer_change_at_an_earlier_place_is_refused_or_told(spark: SparkSession) -> None:
    given = changes(spark, *((f"{5:020}", seconds) for seconds in (-1, 1, 60, 61)))
    remarks = remarks_between(nothing(), stored(f"{9:020}"))
    found = given.select("_seq.commit_ts", problems(remarks).alias("remarks"))
    newer, back = ["newer_but_earlier"], ["place_went_back"]
    assert_rows(found.orderBy("commit_ts"), "remarks", [[[]], [newer], [newer], [back]])


# The place of a change, so many seconds after noon, and a later place at noon, of a change before it or after it.
AFTER, BEFORE, IN_A_LATER_RUN = (True, True), (False, True), (True, False)
BACK, NEWER = ["place_went_back"], ["newer_but_earlier"]
BINLOGS: list[tuple[str, int, str, tuple[bool, bool], list[str]]] = [
    # A log is written in order, and so delivered; but changes may come again, or late.
    ("bin.000007 100", 3600, "bin.000007 200", IN_A_LATER_RUN, NEWER),
    ("bin.000007 100", 3601, "bin.000007 200", IN_A_LATER_RUN, BACK),
    # A statement took long, or files of two logs came in the wrong order.
    ("bin.000007 100", 3601, "bin.000007 200", BEFORE, NEWER),
    ("bin.000007 100", 60, "bin.000007 200", BEFORE, []),
    ("bin.000007 100", 120, "bin.000007 200", AFTER, BACK),
    ("bin.000007 100", 30, "bin.000007 200", AFTER, NEWER),
    ("bin.000007 100", -120, "bin.000007 200", AFTER, []),
    ("bin.000007 100", 120, "~0001 bin.000007 200", AFTER, []),
    ("bin.000007 100", 120, "bin.000008 4", BEFORE, NEWER),
    ("bin.000007 100", 60, "bin.000008 4", BEFORE, []),
    ("bin.000007 100", 120, "bin.000123 4", BEFORE, NEWER),
    ("bin.000124 100", 30, "other.000123 4", BEFORE, BACK),
    ("bin.000007 100", 120, "bin.000008 4", AFTER, BACK),
    ("bin.000007 100", 120, "other.000001 4", AFTER, BACK),
    # A log is not rotated so often within half a minute.
    ("bin.000004 100", 30, "bin.000008 4", AFTER, NEWER),
    ("bin.000004 100", 30, "bin.000123 4", AFTER, BACK),
    ("bin.999999 100", 30, "bin.a1000001 4", AFTER, NEWER),
    ("bin.000004 100", 30, "~0001 bin.000123 4", AFTER, NEWER),
    ("bin.000124 100", 30, "other.000123 4", AFTER, BACK),
    (f"{5:020}", 30, f"{900:020}", AFTER, NEWER),
    ("00000000/0000000A", 30, "00000000/0000000F", AFTER, NEWER),
    (f"{5:038}", 30, f"{9 * 10**37}", AFTER, NEWER),
]


def test_a_binlog_goes_back_to_another_file_or_within_one_that_is_delivered_in_order(spark: SparkSession) -> None:
    cases = [(place, seconds, "U", later, comes) for place, seconds, later, comes, _ in BINLOGS]
    expected = [[case, remarks] for case, (*_, remarks) in enumerate(BINLOGS)]
    assert_rows(remarks_on_later(spark, cases), "case remarks", expected)


# The last place of the old log, and that of the rows of a full load a day later.
LOADS = {
    "PostgreSQL": (f"{99_000_000:020}", f"{50_000:020}", True),
    "SQL Server": (f"00000027:00000ac0:0002 00000027:00000ac0:0001 {1:020}", "00000003:00000ac0:0002", True),
    "Oracle": (f"{99_000_000:020} a {0:020}", f"{5_000:020} {0:020}", True),
    "MySQL": (f"bin.000123 {500:020} {0:020}", f"bin.000123 {4:020} {0:020}", True),
    "a later place": (f"{50_000:020}", f"{99_000_000:020}", False),
    "no place": (f"{99_000_000:020}", None, False),
}


def test_a_full_load_at_an_earlier_place_than_changes_of_earlier_days_is_of_another_log(spark: SparkSession) -> None:
    given = spark.createDataFrame(
        [
            (log, *row)
            for log, (last, place, _) in LOADS.items()
            for row in ((last, "U", NOON), (place, "L", NOON + timedelta(days=1)))
        ],
        "log string, change_seq string, _op string, commit_ts timestamp",
    ).withColumns({"source_file": F.lit("/in/a.json"), "row_no": F.lit(0)})
    placed = given.select("log", "_op", sequence(BY_PLACE, load_ts=None).alias("_seq"))
    stored_places = placed.filter("_op = 'U'").select("log", "_seq.change_seq").collect()
    is_other = reduce(
        lambda so_far, one: so_far.when(
            F.col("log") == one.log, is_of_other_log(F.col("_seq"), F.col("_op"), one.change_seq, NOON)
        ),
        stored_places,
        F.when(F.lit(False), F.lit(None)),
    )
    found = placed.filter("_op = 'L'").select("log", is_other.alias("is_other"))
    assert_rows(found, "log is_other", [[log, is_other] for log, (*_, is_other) in LOADS.items()])


# The row of a full load at place 5, two minutes after noon, and a change at a later place at noon, which came first.
SNAPSHOTS = [
    ("bin.000003 5", "bin.000003 9", AFTER, False),
    ("bin.000003 5", "bin.000004 9", AFTER, True),
    ("bin.000003 5", "bin.000004 9", BEFORE, False),
    (f"{5:027}", f"{9:027}", AFTER, True),
    (f"{5:027}", f"{9:027}", BEFORE, False),
    ("-0", f"{9:027}", AFTER, False),
]


@pytest.mark.parametrize("epoch", ["", "~0001 "])
def test_a_row_of_a_snapshot_is_newer_than_changes_that_were_made_meanwhile(spark: SparkSession, epoch: str) -> None:
    cases = [(f"{epoch}{place}", 120, "L", f"{epoch}{later}", comes) for place, later, comes, _ in SNAPSHOTS]
    expected = [[case, BACK if is_back else []] for case, (*_, is_back) in enumerate(SNAPSHOTS)]
    assert_rows(remarks_on_later(spark, cases), "case remarks", expected)


def test_an_older_change_in_a_binlog_of_one_base_name_was_not_left_behind(spark: SparkSession) -> None:
    places = ("~0001 bin.000003 9", "~0001 bin.000004 9", "~0001 other.000004 9")
    remarks = remarks_between(stored("~0001 bin.000003 5"), nothing())
    found = changes(spark, *((place, -120) for place in places)).select("_seq", problems(remarks).alias("remarks"))
    assert_rows(found.orderBy("_seq.change_seq"), "remarks", [[["newer_but_earlier"]]] * 2 + [[["place_went_back"]]])


def nothing() -> Column:
    return F.lit(None).cast(FEED_FIRST_SEQ.type)


def remarks_between(
    earlier: Column, later: Column, *, comes: tuple[bool, bool] = AFTER, is_loaded: bool = False
) -> dict[str, Column]:
    is_after_later, is_of_run = map(F.lit, comes)
    flags = {"is_loaded": F.lit(is_loaded), "is_after_later": is_after_later, "is_of_run": is_of_run}
    return place_remarks(earlier, later, BY_PLACE, **flags)


# A change: its place, the seconds after noon and its operation; a later place at noon; and how they come.
Case = tuple[str, int, str, str, tuple[bool, bool]]


def remarks_on_later(spark: SparkSession, cases: Sequence[Case]) -> DataFrame:
    """*Grain:* case."""
    rows = [
        (case, (place, at(seconds)), op, later, *comes) for case, (place, seconds, op, later, comes) in enumerate(cases)
    ]
    flags = ("is_after_later", "is_of_run")
    typed_flags = ", ".join(f"{flag} boolean" for flag in flags)
    given = spark.createDataFrame(
        rows, f"case int, _seq {FEED_FIRST_SEQ.type}, _op string, later string, {typed_flags}"
    )
    columns = {"is_loaded": F.lit(False), **{flag: F.col(flag) for flag in flags}}
    remarks = place_remarks(nothing(), stored(F.col("later")), BY_PLACE, **columns)
    return given.select("case", problems(remarks).alias("remarks"))


def stored(place: str | Column) -> Column:
    return F.struct(F.lit(place).alias("change_seq"), F.lit(NOON).alias("commit_ts"))


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_changes_up_to_the_time_when_an_epoch_began_are_of_the_log_before(spark: SparkSession) -> None:
    given = changes(spark, *(("9", seconds) for seconds in (0, 60, 61, 120, 121)))
    starts = {number: EpochStart(at(end), at(end), "9") for number, end in ((1, 0), (3, 60), (4, 120))}
    for epoch, prefixes in (
        (4, ["", "~0001 ", "~0003 ", "~0003 ", "~0004 "]),
        (1, ["", *["~0001 "] * 4]),
        (0, [""] * 5),
    ):
        found = with_epoch(given, epoch, starts, {}).select("_seq.change_seq")
        assert_rows(found, "change_seq", sorted([f"{prefix}9"] for prefix in prefixes))
    without_times = with_epoch(given, 1, {}, {}).select("_seq.change_seq")
    assert_rows(without_times, "change_seq", [["~0001 9"]] * 5)


# The newest change before the epoch is of noon. Its first delivery begins so many seconds later, and ends at place 5.
DOUBTFUL = [
    # The clock of the new server is behind: its changes are recognised by their places.
    (-20, "4", -30, True),
    (-20, "9", -10, False),
    (-20, "4", -10, True),
    (-20, "9", 1, True),
    # What the old log left behind, and what the new log delivers out of order.
    (90, "9", 60, False),
    (90, "4", 60, True),
    (90, "9", 91, True),
    (90, "9", -1, False),
    (90, "4", -61, False),
    # Base names are not compared.
    (90, "old.000001 1", 60, False),
]


@pytest.mark.parametrize(("first", "last_place"), [(-20, "5"), (90, "5"), (90, "new.000002 5")])
def test_about_the_time_when_an_epoch_began_places_decide(spark: SparkSession, first: int, last_place: str) -> None:
    cases = [one for one in DOUBTFUL if one[0] == first and (" " in one[1]) == (" " in last_place)]
    given = changes(spark, *((place, seconds) for _, place, seconds, _ in cases))
    found = with_epoch(given, 1, {1: EpochStart.of(NOON, at(first), last_place)}, {})
    found = found.select("_seq.change_seq", F.unix_seconds("_seq.commit_ts").alias("at"))
    expected = [
        [f"~0001 {place}" if is_new else place, int(at(seconds).timestamp())] for _, place, seconds, is_new in cases
    ]
    assert_rows(found, "change_seq at", expected)


# The servers of a file, the seconds after the new log began, and whether its changes are of the new log. Server a wrote
# the old log, and b the new one.
SERVERS = [
    (["a"], 0, False),
    (["a"], 59, False),
    (["a"], 60, True),
    (["a", "b"], 0, True),
    (["b"], 0, True),
    ([], 0, True),
]


def test_for_a_minute_after_an_epoch_began_files_of_the_old_server_are_of_the_log_before(spark: SparkSession) -> None:
    files = {f"/in/{case}.json": servers for case, (servers, _, _) in enumerate(SERVERS)}
    given = spark.createDataFrame(
        [(file, "U", ("4", at(seconds))) for file, (_, seconds, _) in zip(files, SERVERS, strict=True)],
        f"source_file string, _op string, _seq {FEED_FIRST_SEQ.type}",
    )
    # A server that wrote both logs tells nothing.
    for of_new, of_old, tells in ((["b"], ["a", "b"], True), (["a", "b"], ["a"], False)):
        starts = {1: EpochStart.of(at(-300), NOON, "5", servers=of_new, earlier=of_old)}
        found = with_epoch(given, 1, starts, files).select("source_file", "_seq.change_seq")
        are_new = [is_new or not tells for *_, is_new in SERVERS]
        expected = [[file, "~0001 4" if is_new else "4"] for file, is_new in zip(files, are_new, strict=True)]
        assert_rows(found, "source_file change_seq", expected)


def test_an_epoch_that_begins_with_a_snapshot_has_the_changes_that_were_made_while_it_was_read(
    spark: SparkSession,
) -> None:
    # The newest change of the old log is of noon, and the first row was read five minutes later, at place 5.
    start = EpochStart.of(NOON, at(300), "5", is_snapshot=True)
    given = changes(spark, ("9", -61), ("9", -30), ("4", -30), ("9", 1), ("9", 299))
    found = with_epoch(given, 1, {1: start}, {}).select("_seq.change_seq")
    assert_rows(found, "change_seq", [["9"], ["9"], ["~0001 4"], ["~0001 9"], ["~0001 9"]])


@pytest.mark.parametrize("source", [BY_PLACE, replace(BY_PLACE, sequence=("version", "commit_ts"))])
def test_hexadecimal_numbers_of_any_length_are_compared_as_numbers(spark: SparkSession, source: CdcSource) -> None:
    for ordered in (["0x9", "0xFf", "0x0100", "0XABCD"], ["9", "ff", "0100", "0x101"]):
        given = spark.createDataFrame(
            [(text, text, "U", NOON, "/in/a.csv", row) for row, text in enumerate(ordered)],
            "change_seq string, version string, _op string, commit_ts timestamp, source_file string, row_no long",
        )
        placed = given.select("version", sequence(source, load_ts=None).alias("_seq")).orderBy("_seq.change_seq")
        assert [row.version for row in placed.collect()] == ordered


def test_numbers_of_any_form_are_compared_as_numbers(spark: SparkSession) -> None:
    ordered = [
        "-10.5",
        "-10",
        "-9.5",
        "-9.25",
        "-5",
        "0.0",
        "3",
        "+4",
        "9",
        "9.25",
        "9.5",
        "10.0",
        "1.1E1",
        "100",
        "1e9",
    ]
    given = spark.createDataFrame(
        [(text, "U", NOON, "/in/a.csv", row) for row, text in enumerate(ordered)],
        "change_seq string, _op string, commit_ts timestamp, source_file string, row_no long",
    )
    placed = given.select("change_seq", sequence(BY_PLACE, load_ts=None).alias("_seq")).orderBy("_seq.change_seq")
    assert [row.change_seq for row in placed.collect()] == ordered


def test_the_given_time_of_a_full_load_counts_for_its_rows_without_a_position(spark: SparkSession) -> None:
    given = spark.createDataFrame(
        [(None, "L", at(600)), ("5", "L", at(600)), (None, "L", None), (None, "U", at(300))],
        "change_seq string, _op string, commit_ts timestamp",
    ).withColumns({"source_file": F.lit("/in/a.json"), "row_no": F.lit(0)})
    for load_ts, times in ((NOON, [0, 600, 0, 300]), (None, [600, 600, None, 300])):
        found = given.select(sequence(ORDER_CHANGES, load_ts=load_ts).alias("_seq")).select("_seq.commit_ts").collect()
        expected = [EARLIEST if seconds is None else at(seconds) for seconds in times]
        assert [row.commit_ts.astimezone(UTC) for row in found] == expected
