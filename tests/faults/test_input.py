"""Malformed input: exit code 2 with one clear line and nothing published, rejected rows with reasons, or no effect."""

import gzip
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jobs.ecommerce import clean_events
from jobs.runtime.cli.lake_commands import COMMANDS
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.ingest import file_readers, input_files
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.spark.small_frames import content_hash
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.ecommerce.rejected_events import REJECTED_EVENTS
from tests.conftest import HEADER, InProcess, line
from tests.faults import fault

pytestmark = pytest.mark.slow

Deliver = Callable[[InProcess], object]
COLUMNS = HEADER.split(",")
GOOD = [line(product_id=str(number), brand="šime") for number in range(4)]
WHOLE = f"{HEADER}\n{chr(10).join(line(product_id=str(number)) for number in range(500))}\n".encode()
ZIPPED = gzip.compress(WHOLE, mtime=0)


@pytest.fixture(autouse=True)
def _one_table(daily: InProcess) -> None:
    daily.job = clean_events.JOB


def kept(daily: InProcess) -> dict[int, Any]:
    return {row.product_id: row for row in daily.table("ecommerce.clean_events").collect()}


def refused(daily: InProcess) -> dict[str, list[str]]:
    return {row.raw_line: row.problems for row in daily.table("ecommerce.rejected_events").collect()}


def content(daily: InProcess) -> str:
    return content_hash(daily.table("ecommerce.clean_events").select(*CLEAN_EVENTS.data_columns))


def is_unpublished(daily: InProcess) -> bool:
    return not (daily.path / "catalog.db").exists() or {
        daily.lake.main(CLEAN_EVENTS),
        daily.lake.main(REJECTED_EVENTS),
    } == {None}


def ended_with_2(daily: InProcess) -> str:
    """The only line of output that gives the reason."""
    [message] = [one for one in daily.output.splitlines() if "ended with 2" in one]
    assert "Traceback" not in daily.output
    assert is_unpublished(daily)
    return message


def flipped(place: int) -> bytes:
    """The gzip file with one bit flipped."""
    at = place % len(ZIPPED)
    return ZIPPED[:at] + bytes([ZIPPED[at] ^ 1]) + ZIPPED[at + 1 :]


def delivered(name: str, content: bytes) -> Deliver:
    return lambda daily: (daily.input / name).write_bytes(content)


class Case(NamedTuple):
    about: str
    name: str
    deliver: Deliver
    match: str


OTHER_NAMES = "event_ts,type,product,category_id,category_code,brand,price,customer_id,user_session"
CANNOT_BE_TAKEN = [
    Case("I01", "no such folder", lambda daily: shutil.rmtree(daily.input), r"/input: there is no such folder"),
    Case("I01", "empty folder", lambda daily: None, r"/input: no file in it"),
    Case(
        "I01",
        "hidden and unfinished files",
        lambda daily: [daily.deliver(name, GOOD[0]) for name in ("_a.csv", ".a.csv", "a.csv.tmp")],
        r"/input: no file in it",
    ),
    Case(
        "I01", "linked folder", lambda daily: (daily.input / "more").symlink_to(daily.folder), r"/input: no file in it"
    ),
    Case("I02", "empty file", lambda daily: daily.deliver("a.csv", header=""), r"empty file.*a\.csv"),
    Case("I02", "gz of an empty file", delivered("a.csv.gz", gzip.compress(b"")), r"empty file.*a\.csv\.gz"),
    Case("I02", "header only", lambda daily: daily.deliver("a.csv"), r"no rows in 1 file, such as .*a\.csv"),
    Case(
        "I03",
        "no header",
        lambda daily: daily.deliver("a.csv", GOOD[0], header=""),
        r"a\.csv begins with data.*--no_header",
    ),
    Case(
        "I03",
        "another delimiter",
        lambda daily: daily.deliver("a.csv", header=HEADER.replace(",", ";")),
        r"a\.csv lacks .* --delimiter ';'",
    ),
    Case(
        "I05",
        "a required column is missing",
        lambda daily: daily.deliver("a.csv", "1,2", header="event_time,event_type"),
        r"lacks \['product_id'.*'user_id'",
    ),
    Case("I09", "UTF-16", delivered("a.csv", WHOLE.decode().encode("utf-16")), r"a\.csv is UTF-16"),
    Case("I11", "gz cut in the middle", delivered("a.csv.gz", ZIPPED[: len(ZIPPED) // 2]), r"a\.csv\.gz is damaged"),
    Case("I11", "gz cut in its header", delivered("a.csv.gz", ZIPPED[:5]), r"a\.csv\.gz is damaged"),
    Case("I11", "gz cut before its check sum", delivered("a.csv.gz", ZIPPED[:-8]), r"a\.csv\.gz is damaged"),
    Case("I11", "a bit of the data", delivered("a.csv.gz", flipped(len(ZIPPED) // 2)), r"a\.csv\.gz is damaged"),
    Case("I11", "a bit of the check sum", delivered("a.csv.gz", flipped(-6)), r"a\.csv\.gz is damaged"),
    Case("I11", "a bit of the length", delivered("a.csv.gz", flipped(-2)), r"a\.csv\.gz is damaged"),
    Case("I11", "a bit of the magic", delivered("a.csv.gz", flipped(0)), r"a\.csv\.gz is named \.gz but is not gzip"),
    Case("I11", "text named .gz", delivered("a.csv.gz", WHOLE), r"a\.csv\.gz is named \.gz but is not gzip"),
    Case("I11", "gzip named .csv", delivered("a.csv", ZIPPED), r"a\.csv is gzip, and Spark decompresses only"),
    Case("I11", "gzip named .GZ", delivered("a.csv.GZ", ZIPPED), r"a\.csv\.GZ is gzip, and Spark decompresses only"),
    Case("I11", "text named .parquet", delivered("a.parquet", WHOLE), r"a\.parquet is text, not Parquet"),
    Case("I20", "colon in a name", lambda daily: daily.deliver("a:b.csv", GOOD[0]), r"a:b\.csv has a colon"),
    Case(
        "I21",
        "a column twice",
        lambda daily: daily.deliver("a.csv", header=f"{HEADER},price"),
        r"a\.csv has a duplicate column",
    ),
]


def empty_input(daily: InProcess) -> None:
    shutil.rmtree(daily.input, ignore_errors=True)
    daily.input.mkdir()


@fault("I01")
@fault("I02")
@fault("I03")
@fault("I05")
@fault("I09")
@fault("I11")
@fault("I20")
@fault("I21")
def test_an_input_that_cannot_be_taken_ends_with_2_and_one_line(daily: InProcess) -> None:
    for case in CANNOT_BE_TAKEN:
        empty_input(daily)
        case.deliver(daily)
        assert daily.run() == 2, (case, daily.output)
        assert re.search(case.match, ended_with_2(daily)), case


@pytest.mark.nightly
@fault(
    "I01",
    injected="no folder; only hidden and unfinished files",
    checked="2 and the name of the folder; 0 with --allow_empty",
)
@fault(
    "I02",
    injected="empty files, alone and next to good ones",
    checked="2, or 0 with --allow_empty; next to good files reported and skipped",
)
def test_nothing_to_take_may_pass(daily: InProcess) -> None:
    for case in (case for case in CANNOT_BE_TAKEN if case.about in ("I01", "I02")):
        empty_input(daily)
        case.deliver(daily)
        assert daily.run("--allow_empty") == 0, (case, daily.output)
        assert "nothing new" in daily.output


@pytest.mark.nightly
@fault("I02")
def test_empty_files_among_good_ones_are_a_warning(daily: InProcess) -> None:
    daily.deliver("good.csv", *GOOD)
    daily.deliver("empty.csv", header="")
    daily.deliver("header only.csv")
    delivered("empty.csv.gz", gzip.compress(b""))(daily)
    assert daily.run() == 0, daily.output
    assert f"3 empty files, such as {daily.input}/empty.csv" in daily.output
    assert set(kept(daily)) == {0, 1, 2, 3}


@fault(
    "I03",
    injected="columns with other names; no header; another delimiter",
    checked="2 names the file, the missing columns and those present; options read the file",
)
def test_a_wrong_header_names_its_columns_and_takes_no_other_file_along(daily: InProcess) -> None:
    good, wrong = daily.deliver("good.csv", *GOOD), daily.deliver("wrong.csv", GOOD[0], header=OTHER_NAMES)
    assert daily.run() == 2
    message = ended_with_2(daily)
    assert (
        f"{wrong} lacks ['event_time', 'event_type', 'product_id', 'user_id']; it has {OTHER_NAMES.split(',')}"
        in message
    )
    assert "--columns event_time=event_ts,event_type=type,product_id=product,user_id=customer_id" in message
    assert daily.run(given=good) == 0, daily.output
    assert set(kept(daily)) == {0, 1, 2, 3}


@fault(
    "I05",
    injected="one column more; one optional or required column less",
    checked="ignored and reported; NULL and reported; 2",
)
def test_a_missing_or_additional_column_is_a_warning(daily: InProcess) -> None:
    daily.deliver("more.csv", f"{GOOD[0]},red", header=f"{HEADER},colour")
    daily.deliver("less.csv", line(product_id="1").replace("acme,", ""), header=HEADER.replace("brand,", ""))
    daily.deliver("capital.csv", GOOD[2], header=HEADER.replace("brand", "Brand"))
    assert daily.run() == 0, daily.output
    assert f"warning: {daily.input}/more.csv: column colour is not read" in daily.output
    assert f"warning: {daily.input}/less.csv: no column brand, read as NULL" in daily.output
    assert f"warning: {daily.input}/capital.csv: no column brand, read as NULL; did you mean Brand?" in daily.output
    assert {number: row.brand for number, row in kept(daily).items()} == {0: "šime", 1: None, 2: None}


def reordered(daily: InProcess) -> None:
    for number, row in enumerate(GOOD):
        order = sorted(range(9), key=lambda place: place * (number + 2) % 10)
        daily.deliver(
            f"{number}.csv", ",".join(row.split(",")[at] for at in order), header=",".join(COLUMNS[at] for at in order)
        )


def written_otherwise(daily: InProcess) -> None:
    daily.deliver("bom.csv", GOOD[0], header="\ufeff" + HEADER)
    daily.deliver("crlf.csv", GOOD[1], "", end=b"\r\n")
    daily.deliver("spaces.csv", GOOD[2].replace(",", " , ") + "  ", "   ", "", header=HEADER.replace(",", " , "))
    daily.deliver("old.csv", GOOD[3], end=b"\r")


def named_strangely(daily: InProcess) -> None:
    for name, row in zip(
        ("a b%20+ü[1].csv", "{x,y}*?\\.csv", "line\nbreak.csv", "'; DROP TABLE x --.csv"), GOOD, strict=True
    ):
        daily.deliver(name, row)


SHAPES = [
    pytest.param(
        reordered,
        marks=fault("I04", injected="columns in four other orders", checked="the same table, by content hash"),
    ),
    pytest.param(
        written_otherwise,
        marks=fault("I06", injected="BOM, CRLF, CR, spaces, blank lines", checked="the same table, by content hash"),
    ),
    pytest.param(
        named_strangely,
        marks=fault(
            "I20",
            injected="spaces, %, glob characters, line breaks and quotes in file names",
            checked="the same table; a colon: 2",
        ),
    ),
]
_PLAIN: list[str] = []


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_rows_in_another_shape_make_the_same_table(daily: InProcess, tmp_path: Path, shape: Deliver) -> None:
    shape(daily)
    assert daily.run() == 0, daily.output
    made = content(daily)
    assert {Path(row.source_file) for row in kept(daily).values()} == set(daily.input.iterdir())
    if not _PLAIN:
        daily.path, plain = tmp_path / "plain", tmp_path / "plain.csv"
        plain.write_text("\n".join([HEADER, *GOOD]))
        assert daily.run(given=plain) == 0, daily.output
        _PLAIN.append(content(daily))
    assert [made] == _PLAIN


@fault(
    "I07",
    injected="the last line cut at each of its bytes",
    checked="rejected, or accepted where only the last column is shorter; all other rows accepted",
)
def test_a_last_line_may_be_cut_anywhere(daily: InProcess) -> None:
    whole = line(brand="šč", user_session="sé-1").encode()
    expected = {}
    for cut in range(1, len(whole)):
        start = whole[:cut]
        is_cut_inside_a_character = start.decode(errors="replace").endswith("\ufffd")
        expected[cut] = ["truncated_or_malformed"] * (start.count(b",") < 8) + ["encoding"] * is_cut_inside_a_character
        (daily.input / f"{cut}.csv").write_bytes(f"{HEADER}\n{line(product_id=str(1000 + cut))}\n".encode() + start)
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    found = {
        int(Path(row.source_file).stem): row.problems for row in daily.table("ecommerce.rejected_events").collect()
    }
    assert found == {cut: reasons for cut, reasons in expected.items() if reasons}
    assert {number - 1000 for number in kept(daily) if number > 1000} == set(expected)
    last_column = {row.user_session for row in daily.table("ecommerce.clean_events").filter("product_id = 1").collect()}
    assert last_column == {None, "s", "sé", "sé-"}


@pytest.mark.nightly
@fault(
    "I08",
    injected="separators, quotes and line breaks inside quotes; an unclosed quote",
    checked="parsed; a malformed record affects only its own lines; --multi_line",
)
def test_quotes_hold_what_they_may_and_cost_their_own_line(daily: InProcess) -> None:
    broken = [line(brand='"acme'), line(brand='ac"me'), '2019-10-01 10:00:00 UTC,view,1,5,a.b,"ac', 'me",1.00,1,s']
    daily.deliver(
        "a.csv",
        *broken[:2],
        line(product_id="2", brand='"a,b"'),
        line(product_id="3", brand='"say ""hi"""'),
        *broken[2:],
        GOOD[0],
    )
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert {number: row.brand for number, row in kept(daily).items()} == {0: "šime", 2: "a,b", 3: 'say "hi"'}
    assert refused(daily) == {one: ["truncated_or_malformed"] for one in broken}


@pytest.mark.nightly
@fault("I08")
def test_line_breaks_inside_quotes_are_kept_when_they_are_asked_for(daily: InProcess) -> None:
    daily.deliver(
        "a.csv",
        line(brand='"ac\nme, ""inc"""'),
        line(product_id="2"),
        HEADER,
        "",
        "2019-10-01 10:00:00 UTC,view,3",
        line(product_id="4") + ",x",
    )
    assert daily.run("--multi_line", "--max_rejected_share", "1") == 0, daily.output
    assert "4 rows read = 2 kept + 2 rejected + 0 duplicate + 0 late" in daily.output
    assert {row.brand for row in kept(daily).values()} == {'ac\nme, "inc"', "acme"}
    assert refused(daily) == {
        "2019-10-01 10:00:00 UTC,view,3": ["truncated_or_malformed"],
        line(product_id="4") + ",x": ["truncated_or_malformed"],
    }


@fault(
    "I09",
    injected="bytes that are not UTF-8, NUL, UTF-16",
    checked="rejected as encoding, all other rows accepted; UTF-16: 2",
)
def test_invalid_bytes_reject_their_own_line_only(daily: InProcess) -> None:
    daily.deliver("a.csv", line(brand="caf@").encode().replace(b"@", b"\xe9"), line(brand="a\0b"), GOOD[0])
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert refused(daily) == {line(brand="caf\ufffd"): ["encoding"], line(brand="a\u2400b"): ["encoding"]}
    assert set(kept(daily)) == {0}


@pytest.mark.nightly
@fault("I10")
def test_a_line_of_very_many_columns_costs_only_itself(daily: InProcess) -> None:
    wide = [",".join("x" * columns) for columns in (10_000, 30_000)]
    daily.deliver("a.csv", *wide, GOOD[0])
    assert daily.run("--max_rejected_share", "1") == 0, daily.output
    assert refused(daily) == {one: ["truncated_or_malformed"] for one in wide}
    assert set(kept(daily)) == {0}


@fault(
    "I11",
    injected="gzip truncated, one bit flipped, under another name",
    checked="2 names the file, nothing published; ingested after the repair",
)
def test_a_damaged_file_is_taken_with_the_others_when_it_is_mended(daily: InProcess) -> None:
    daily.deliver("a.csv", line(product_id="777"))
    (daily.input / "b.csv.gz").write_bytes(ZIPPED[:-8])
    assert daily.run() == 2
    assert is_unpublished(daily)
    (daily.input / "b.csv.gz").write_bytes(ZIPPED)
    assert daily.run() == 0, daily.output
    assert set(kept(daily)) == {777, *range(500)}


@fault(
    "I16",
    injected="only bad rows",
    checked="3, nothing published; the message says how to read the rows, and that works",
)
@fault(
    "I17",
    injected="a tenth of bad rows with a limit of a twentieth",
    checked="3 with the reasons, examples, and how to read the rows",
)
@pytest.mark.parametrize(("good", "share"), [pytest.param(0, "100.0%", marks=pytest.mark.nightly), (18, "10.0%")])
def test_too_many_bad_rows_refuse_the_run_and_can_be_read(daily: InProcess, good: int, share: str) -> None:
    daily.deliver(
        "a.csv",
        *(line(product_id=str(number)) for number in range(good)),
        line(price="x"),
        line(price="NaN", user_id="me"),
    )
    assert daily.run() == 3
    assert f"rejected {share} of the rows, more than --max_rejected_share 0.05 (2 bad_price" in daily.output
    assert f"warning: 1 row bad_price, such as {line(price='x')}" in daily.output
    assert is_unpublished(daily)
    assert len(daily.lake._iceberg(REJECTED_EVENTS).refs()) == 1
    [(table, run_id)] = set(re.findall(r"weir show --lake \S+ --table (\S+) --run (\w+)", daily.output))
    assert daily.run("--table", table, "--run", run_id, job=COMMANDS["show"]) == 0, daily.output
    assert line(price="NaN", user_id="me") in daily.output


def vanishes(path: Path) -> None:
    path.unlink()


def is_replaced(path: Path) -> None:
    path.write_text("\n".join([HEADER, *(line(product_id=str(number), brand="other") for number in range(5))]) + "\n")


def is_turned(path: Path) -> None:
    """Identical lines under another header: one column would be read as another."""
    path.write_text(
        "\n".join(
            [HEADER.replace("product_id", "x").replace("user_id", "product_id").replace(",x,", ",user_id,"), *MANY]
        )
        + "\n"
    )


MANY = [line(product_id=str(number), brand="šime", user_id=str(1000 + number)) for number in range(40)]
MOMENTS = {
    "listed": (input_files, "plan_files"),
    "opened": (file_readers, "read_header"),
    "counted": (Ledger, "record_files"),
    "staged": (Lake, "staged_rows"),
}


@fault(
    "I18",
    injected="a file replaced or deleted while it is listed, opened, counted or staged",
    checked="0 or 2; a single version is published; the next run repairs the rest",
)
@pytest.mark.nightly
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("happens", [vanishes, is_replaced, is_turned])
def test_a_file_that_changes_during_the_run_is_taken_in_one_version_or_not_at_all(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Path], None], moment: str
) -> None:
    daily.deliver("a.csv", line(product_id="777"))
    path = daily.deliver("b.csv", *MANY)
    owner, name = MOMENTS[moment]
    original, due = getattr(owner, name), [partial(happens, path)]

    def then(*arguments: Any, **options: Any) -> Any:
        answer = original(*arguments, **options)
        while due:
            due.pop()()
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, then)
        code = daily.run()
    assert not due
    assert code in (0, 2), daily.output
    assert "Traceback" not in daily.output
    assert {(row.brand, row.user_id < 1000) for number, row in kept(daily).items() if number != 777} in (
        set(),
        {("šime", False)},
        {("other", True)},
    )
    path.write_text("\n".join([HEADER, *MANY]) + "\n")
    assert daily.run() == 0, daily.output
    assert {number: row.brand for number, row in kept(daily).items()} == {
        777: "acme",
        **dict.fromkeys(range(40), "šime"),
    }


@pytest.mark.nightly
@fault(
    "I21",
    injected="unfinished and hidden files; a repeated header; a duplicate column",
    checked="ignored and reported; not a row; 2",
)
def test_unfinished_files_and_repeated_headers_are_not_rows(daily: InProcess) -> None:
    daily.deliver("a.csv", GOOD[0], HEADER, GOOD[1])
    passed_over = [
        daily.deliver(name, line(product_id="9")) for name in ("part.csv.tmp", "_x.csv", ".x.csv", "c.crdownload")
    ]
    assert daily.run() == 0, daily.output
    assert "2 rows read = 2 kept" in daily.output
    for path in passed_over:
        assert f"warning: {path} is hidden, unfinished" in daily.output
    assert set(kept(daily)) == {0, 1}
