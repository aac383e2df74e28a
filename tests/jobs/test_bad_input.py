"""Bad input: a clear line and the right code with nothing published, or a rejected row with its reasons."""

import gzip
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.ecommerce import clean_events
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from tests.conftest import HEADER, InProcess, line

Deliver = Callable[[InProcess], object]


@pytest.fixture(autouse=True)
def _one_table(daily: InProcess) -> None:
    daily.job = clean_events.JOB


def broken_gz(daily: InProcess) -> None:
    whole = gzip.compress("\n".join([HEADER, *(line(product_id=str(number)) for number in range(20_000))]).encode())
    (daily.input / "a.csv.gz").write_bytes(whole[: len(whole) // 2])


def broken_gz_header(daily: InProcess) -> None:
    (daily.input / "a.csv.gz").write_bytes(gzip.compress(HEADER.encode())[:15])


def gz_named_csv(daily: InProcess) -> None:
    (daily.input / "a.csv").write_bytes(gzip.compress(f"{HEADER}\n{line()}\n".encode()))


def nanoseconds(daily: InProcess) -> None:
    times = pa.array([0], pa.timestamp("ns"))
    parquet.write_table(pa.table({"event_time": times, "event_type": ["view"], "product_id": [1], "user_id": [1]}), daily.input / "a.parquet")


REFUSED_INPUTS: dict[str, tuple[Deliver, list[str], str]] = {
    "no such folder": (lambda daily: shutil.rmtree(daily.input), [], r"there is no such folder"),
    "empty folder": (lambda daily: None, [], r"no file in it"),
    "hidden and unfinished files only": (lambda daily: [daily.deliver("_a.csv", line()), daily.deliver("a.csv.tmp", line())], [], r"no file in it"),
    "linked folder": (lambda daily: (daily.input / "more").symlink_to(daily.folder), [], r"no file in it"),
    "gz of an empty file": (lambda daily: (daily.input / "a.csv.gz").write_bytes(gzip.compress(b"")), [], r"files are empty.*a\.csv\.gz"),
    "empty file": (lambda daily: daily.deliver("a.csv", header=""), [], r"files are empty.*a\.csv"),
    "header only": (lambda daily: daily.deliver("a.csv"), [], r"no rows in 1 files, such as .*a\.csv"),
    "wrong header": (
        lambda daily: daily.deliver("a.csv", line(), header="event_ts,type,product,category_id,category_code,brand,price,customer_id,user_session"),
        [],
        r"a\.csv lacks \['event_time', 'event_type', 'product_id', 'user_id'\].*--columns event_time=event_ts,event_type=type,product_id=product,user_id=customer_id",
    ),
    "another delimiter": (lambda daily: daily.deliver("a.csv", header=HEADER.replace(",", ";")), [], r"a\.csv lacks .* --delimiter ';'"),
    "UTF-16": (lambda daily: (daily.input / "a.csv").write_bytes(f"{HEADER}\n{line()}\n".encode("utf-16")), [], r"a\.csv is UTF-16"),
    "gz in capitals": (lambda daily: (daily.input / "a.csv.GZ").write_bytes(gzip.compress(HEADER.encode())), [], r"a\.csv\.GZ is gzip but not named \.gz"),
    "nanoseconds": (nanoseconds, [], r"a\.parquet holds times in nanoseconds \(event_time\)"),
    "missing column": (lambda daily: daily.deliver("a.csv", "1,2", header="event_time,event_type"), [], r"lacks \['product_id'.*'user_id'"),
    "no header": (lambda daily: daily.deliver("a.csv", line(), header=""), [], r"begins with data.*--no_header"),
    "column twice": (lambda daily: daily.deliver("a.csv", header=f"{HEADER},price"), [], r"column twice"),
    "broken gz": (broken_gz, [], r"a\.csv\.gz is damaged"),
    "gz broken in its header": (broken_gz_header, [], r"a\.csv\.gz is damaged"),
    "gz named .csv": (gz_named_csv, [], r"a\.csv is gzip but not named \.gz"),
    "csv named .gz": (lambda daily: daily.deliver("a.csv.gz", line()), [], r"named \.gz but is no gzip"),
    "parquet that is none": (lambda daily: daily.deliver("a.parquet", line()), [], r"a\.parquet"),
    "colon in a name": (lambda daily: daily.deliver("a:b.csv", line()), [], r"a:b\.csv has a colon"),
    "unknown zone": (lambda daily: daily.deliver("a.csv", line()), ["--time_zone", "Europe/Zagrb"], r"no IANA time zone.*Europe/Zagreb"),
    "misspelt option": (lambda daily: daily.deliver("a.csv", line()), ["--timezone", "UTC"], r"unknown option --timezone; did you mean --time_zone"),
    "unknown name in --columns": (lambda daily: daily.deliver("a.csv", line()), ["--columns", "colour=brand"], r"--columns names \['colour'\]"),
    "s3 lake without a catalog": (lambda daily: daily.deliver("a.csv", line()), ["--lake", "s3://bucket/lake"], r"needs a catalog: --catalog glue"),
    "catalog that is no file": (lambda daily: daily.deliver("a.csv", line()), ["--catalog", "/no/such"], r"neither glue nor a file"),
    "lake that cannot be written": (lambda daily: daily.deliver("a.csv", line()), ["--lake", "/dev/null/lake"], r"the lake /dev/null/lake cannot be used"),
}


@pytest.mark.parametrize("fault", REFUSED_INPUTS)
def test_an_input_that_cannot_be_taken_ends_with_2_and_one_line(daily: InProcess, fault: str) -> None:
    deliver, arguments, told = REFUSED_INPUTS[fault]
    daily.job = InProcess.job
    deliver(daily)
    assert daily.run(*arguments) == 2, daily.told
    [message] = [one for one in daily.told.splitlines() if "ended with 2" in one]
    assert re.search(told, message), message
    assert "Traceback" not in daily.told
    if (daily.path / "catalog.db").exists() and "--lake" not in arguments and "--catalog" not in arguments:
        assert daily.lake.main(CLEAN_EVENTS) is None
        assert daily.lake.main(REJECTED_EVENTS) is None


def test_a_lake_that_was_moved_says_from_where(daily: InProcess, tmp_path: Path) -> None:
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.told
    home = str(daily.path)
    daily.path = daily.path.rename(tmp_path / "moved")
    assert daily.run() == 2
    assert f"was made at {home}" in daily.told
    Path(home).symlink_to(tmp_path / "moved")
    daily.path = Path(home)
    assert daily.run() == 0, daily.told


ROWS: dict[str, tuple[str | bytes, list[str]]] = {
    "negative price": (line(price="-1.00"), ["bad_price"]),
    "NaN": (line(price="NaN"), ["bad_price"]),
    "exponent": (line(price="1e3"), ["bad_price"]),
    "future event": (line(event_time="2999-01-01 00:00:00 UTC"), ["future"]),
    "now as a time": (line(event_time="now"), ["unparsable_time"]),
    "unknown type": (line(event_type="hover"), ["unknown_event_type"]),
    "20-digit id": (line(user_id="12345678901234567890"), ["bad_user_id"]),
    "non-UTF-8 bytes": (line(brand="caf@").encode().replace(b"@", b"\xe9"), ["encoding"]),
    "NUL byte": (line(brand="a\0b"), ["encoding"]),
    "unbalanced quote": (line(brand='"acme'), ["truncated_or_malformed"]),
    "quote inside a field": (line(brand='ac"me'), ["truncated_or_malformed"]),
    "quoted newline, first piece": ('2019-10-01 10:00:00 UTC,view,1,5,a.b,"ac', ["truncated_or_malformed"]),
    "quoted newline, second piece": ('me",1.00,1,s', ["truncated_or_malformed"]),
    "too many fields": (line() + ",more", ["truncated_or_malformed"]),
    "truncated last line": ("2019-10-01 10:00:00 UTC,view,1,5", ["truncated_or_malformed"]),
}


def test_bad_rows_are_rejected_whole_with_their_reasons_and_cost_nobody_else(daily: InProcess) -> None:
    good = [line(product_id=str(number)) for number in range(5)]
    daily.deliver("a.csv", *(bad for bad, _ in ROWS.values()), *good, end=b"\n")
    assert daily.run("--max_rejected_share", "1") == 0, daily.told
    assert "20 rows read = 5 kept + 15 rejected + 0 duplicate + 0 late" in daily.told
    found = {row.raw_line: row.problems for row in daily.table("ecommerce.rejected_events").collect()}
    as_kept = {
        bad.decode(errors="replace").replace("\0", "\u2400") if isinstance(bad, bytes) else bad.replace("\0", "\u2400"): reasons
        for bad, reasons in ROWS.values()
    }
    assert found == as_kept


def test_other_shapes_of_the_same_rows_give_the_same_rows(daily: InProcess) -> None:
    def of(number: int) -> list[str]:
        return line(product_id=str(number)).split(",")

    names = HEADER.split(",")
    reordered = list(reversed(range(9)))
    daily.deliver("plain.csv", ",".join(of(0)))
    daily.deliver("reordered.csv", ",".join(of(1)[i] for i in reordered), header=",".join(names[i] for i in reordered))
    daily.deliver("extra.csv", ",".join([*of(2), "x"]), header=f"{HEADER},colour")
    daily.deliver("bom.csv", ",".join(of(3)), header="\ufeff" + HEADER)
    daily.deliver("crlf.csv", ",".join(of(4)), "", end=b"\r\n")
    daily.deliver("spaces.csv", " , ".join(of(5)), "   ", HEADER)
    daily.deliver("a b%20+ü[1].csv", ",".join(of(6)))
    (daily.input / "zipped.csv.gz").write_bytes(gzip.compress(f"{HEADER}\n{','.join(of(7))}\n".encode()))
    daily.deliver("empty.csv", header="")
    daily.deliver("no_brand.csv", ",".join(of(8)[:5] + of(8)[6:]), header=",".join(names[:5] + names[6:]))
    daily.deliver("capital.csv", ",".join(of(8)), header=HEADER.replace("brand", "Brand"))
    (daily.input / "empty.csv.gz").write_bytes(gzip.compress(b""))
    daily.deliver("_hidden.csv", ",".join(of(9)))
    (daily.input / "linked").symlink_to(daily.folder)
    assert daily.run() == 0, daily.told
    found = daily.table("ecommerce.clean_events").drop("source_file", "run_id", "product_id").distinct().collect()
    assert daily.table("ecommerce.clean_events").select("product_id").distinct().count() == 9
    assert {row.brand for row in found} == {"acme", None}
    assert len(found) == 2
    told = ("colour is not read", "no column brand, taken as NULL; did you mean Brand?", "_hidden.csv is hidden", "/linked is hidden, ", "2 empty files")
    for warning in told:
        assert warning in daily.told
    files = {Path(row.source_file).name for row in daily.table("ecommerce.clean_events").select("source_file").collect()}
    assert "a b%20+ü[1].csv" in files


def test_parquet_files_of_different_columns_and_types_are_read_each_by_its_own(daily: InProcess) -> None:
    duckdb.execute("SET TimeZone = 'UTC'")
    event = "TIMESTAMPTZ '2019-10-01 10:00:00+00' AS event_time, 'view' AS event_type, 1 AS user_id"
    for name, columns in {
        "a": "1 AS product_id, 1.5 AS price",
        "b": "2 AS product_id, '2.5' AS price, 'acme' AS brand",
        "c": "3 AS product_id, 3.5::DOUBLE AS price",
    }.items():
        duckdb.execute(f"COPY (SELECT {event}, {columns}) TO '{daily.input}/{name}.parquet' (FORMAT parquet)")
    assert daily.run() == 0, daily.told
    found = {row.product_id: (row.brand, str(row.price)) for row in daily.table("ecommerce.clean_events").collect()}
    assert found == {1: (None, "1.50"), 2: ("acme", "2.50"), 3: (None, "3.50")}
    duckdb.execute(f"COPY (SELECT {event}, 4 AS product_id) TO '{daily.input}/d.parquet' (FORMAT parquet)")
    assert daily.run() == 2
    assert "d.parquet lacks" in daily.told


def test_an_input_may_be_a_deep_glob_and_is_named_without_detours(daily: InProcess) -> None:
    (daily.input / "2019" / "10").mkdir(parents=True)
    daily.deliver("2019/10/a.csv", line(), line())
    assert daily.run(given=f"{daily.input}/../input/**/*.csv") == 0, daily.told
    [taken] = daily.table("ops.files").filter("state = 'taken'").collect()
    assert (taken.path, taken.rows, taken.duplicates) == (str(daily.input / "2019/10/a.csv"), 2, 1)
    assert daily.run() == 0
    assert "nothing new: every file is taken" in daily.told


def test_a_lake_inside_the_input_is_not_read(daily: InProcess) -> None:
    daily.deliver("a.csv", line())
    daily.path = daily.input / "lake"
    assert daily.run() == 0, daily.told
    assert daily.run() == 0, daily.told
    assert daily.table("ecommerce.clean_events").count() == 1


def test_a_file_of_old_line_ends_is_read(daily: InProcess) -> None:
    daily.deliver("a.csv", line(), line(product_id="2"), end=b"\r")
    assert daily.run() == 0, daily.told
    assert daily.table("ecommerce.clean_events").count() == 2


def test_columns_may_have_other_names_delimiters_and_no_header(daily: InProcess) -> None:
    daily.deliver("a.csv", line().replace(",", ";"), header=HEADER.replace("event_time", "ts").replace("user_id", "customer").replace(",", ";"))
    assert daily.run("--columns", "event_time=ts,user_id=customer", "--delimiter", ";") == 0, daily.told
    (daily.input / "a.csv").unlink()
    daily.deliver("b.csv", line(product_id="2"), line(product_id="3"), header="")
    assert daily.run("--no_header") == 0, daily.told
    assert daily.table("ecommerce.clean_events").count() == 3


def test_line_breaks_inside_quotes_are_kept_when_they_are_asked_for(daily: InProcess) -> None:
    daily.deliver("a.csv", line(brand='"ac\nme, ""inc"""'), line(product_id="2"), HEADER, "", "2019-10-01 10:00:00 UTC,view,3", line(product_id="4") + ",x")
    assert daily.run("--multi_line", "--max_rejected_share", "1") == 0, daily.told
    assert "4 rows read = 2 kept + 2 rejected + 0 duplicate + 0 late" in daily.told
    assert {row.brand for row in daily.table("ecommerce.clean_events").collect()} == {'ac\nme, "inc"', "acme"}
    refused = {row.raw_line: row.problems for row in daily.table("ecommerce.rejected_events").collect()}
    assert refused == {"2019-10-01 10:00:00 UTC,view,3": ["truncated_or_malformed"], line(product_id="4") + ",x": ["truncated_or_malformed"]}


@pytest.mark.parametrize("deliver", ["no such folder", "empty folder", "empty file", "header only"])
def test_nothing_to_take_may_pass(daily: InProcess, deliver: str) -> None:
    REFUSED_INPUTS[deliver][0](daily)
    assert daily.run("--allow_empty") == 0, daily.told
    assert "nothing new" in daily.told
