"""Exported files: one per day, with the same rows that readers of the table see."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.accounts import clean_visits, top_visitors
from jobs.accounts import daily as accounts
from jobs.cdc import apply
from jobs.ecommerce import clean_events
from jobs.lake import forget, maintain
from jobs.runtime.maintenance import domain_jobs
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from tests.conftest import FEW_TABLES, TWO_TABLES, InProcess, line
from tests.faults import fault


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.csv"))}


@pytest.fixture
def shop(daily: InProcess) -> InProcess:
    daily.job = clean_events.JOB
    return daily


def exported(shop: InProcess, *arguments: str) -> str:
    assert shop.run("--export", str(shop.folder / "out"), *arguments) == 0, shop.output
    return shop.output


def day_of(number: int) -> str:
    return f"ecommerce.clean_events/day=2019-10-0{number}/clean_events.csv"


def on(day: int, **given: str) -> str:
    return line(event_time=f"2019-10-0{day} 23:59:59 UTC", **given)


@pytest.mark.slow
def test_each_day_is_a_file_and_only_changed_days_are_written_again(shop: InProcess) -> None:
    out = shop.folder / "out"
    shop.deliver("a.csv", on(1), on(2), on(2, product_id="2"))
    assert "ecommerce.clean_events: 2 files written, 0 removed" in exported(shop)
    found = files(out)
    assert [name for name in found if "clean" in name] == [day_of(1), day_of(2)]
    assert found[day_of(1)].splitlines()[1].startswith("2019-10-01T23:59:59Z,view,1,5,a.b,acme,1.00,1,s,")
    written = (out / day_of(1)).stat().st_mtime_ns
    (out / "ecommerce.clean_events" / "notes.txt").write_text("of somebody")
    shop.deliver("b.csv", on(2, product_id="3"), on(3))
    assert "ecommerce.clean_events: 2 files written, 0 removed" in exported(shop)
    found = files(out)
    assert (len(found[day_of(2)].splitlines()), len(found[day_of(3)].splitlines())) == (4, 2)
    assert (out / day_of(1)).stat().st_mtime_ns == written
    assert "ecommerce.clean_events: unchanged" in exported(shop)
    assert " written, 1 removed" in exported(shop, "--withdraw", str(shop.input / "a.csv"))
    assert day_of(1) not in files(out)
    assert (out / "ecommerce.clean_events" / "notes.txt").exists()


@pytest.mark.slow
@pytest.mark.nightly
def test_what_a_run_did_not_write_the_next_one_does(shop: InProcess) -> None:
    shop.deliver("a.csv", on(1))
    exported(shop)
    shop.deliver("b.csv", on(2))
    assert shop.run() == 0, shop.output
    assert "ecommerce.clean_events: 1 file written, 0 removed" in exported(shop)
    assert day_of(2) in files(shop.folder / "out")


@pytest.mark.nightly
def test_files_that_are_not_what_they_were_are_written_again(shop: InProcess) -> None:
    out = shop.folder / "out"
    shop.deliver("a.csv", on(1), on(2), on(3))
    exported(shop)
    whole = files(out)
    (out / day_of(1)).unlink()
    (out / day_of(2)).write_text("cut")
    (out / day_of(3).replace(".csv", ".parquet")).write_text("left by a run that was killed")
    assert "ecommerce.clean_events: 2 files written, 1 removed" in exported(shop)
    assert files(out) == whole
    assert "ecommerce.clean_events: unchanged" in exported(shop)
    (out / "ecommerce.clean_events" / "_exported.json").write_text("[")
    assert "ecommerce.clean_events: 3 files written" in exported(shop)


@pytest.mark.slow
@pytest.mark.nightly
def test_files_that_are_joined_in_the_lake_change_nothing_outside(shop: InProcess) -> None:
    shop.deliver("a.csv", on(1), on(2))
    exported(shop)
    shop.deliver("b.csv", on(1, product_id="2"))
    exported(shop)
    before, main = files(shop.folder / "out"), shop.lake.main(CLEAN_EVENTS)
    assert shop.run("--live_hours", "0", job=maintain.JOB) == 0, shop.output
    assert shop.lake.main(CLEAN_EVENTS) != main
    assert "ecommerce.clean_events: 0 files written, 0 removed" in exported(shop)
    assert files(shop.folder / "out") == before


def test_a_failed_export_is_an_error_after_the_tables_are_published(shop: InProcess) -> None:
    (shop.folder / "out").mkdir()
    (shop.folder / "out" / "ecommerce.clean_events").write_text("in the way")
    shop.deliver("a.csv", on(1))
    assert shop.run("--export", str(shop.folder / "out")) == 2
    assert "are not up to date" in shop.output
    ended = {
        row.table: (row.status, row.message) for row in shop.table("ops.runs").filter("message IS NOT NULL").collect()
    }
    assert (ended["ecommerce.clean_events"][0], "not up to date" in ended["ecommerce.clean_events"][1]) == (
        "published",
        True,
    )
    (shop.folder / "out" / "ecommerce.clean_events").unlink()
    assert "ecommerce.clean_events: 1 file written" in exported(shop)
    (shop.folder / "file").write_text("")
    assert shop.run("--export", str(shop.folder / "file")) == 2
    assert "is a file" in shop.output


@fault("S02", injected="formulas as names in exported files", checked="text, as displayed by a spreadsheet")
def test_what_a_spreadsheet_would_run_is_text(shop: InProcess) -> None:
    brands = ["=hyperlink(1)", "+1", "-1", "@sum(1)", "＝1"]  # noqa: RUF001
    shop.deliver("a.csv", *(on(1, brand=brand, product_id=str(number)) for number, brand in enumerate(brands, 1)))
    exported(shop)
    rows = csv.DictReader((shop.folder / "out" / day_of(1)).read_text().splitlines())
    assert {row["product_id"]: row["brand"] for row in rows} == {
        str(number): f"'{brand}" for number, brand in enumerate(brands, 1)
    }


def test_a_text_with_a_line_break_of_any_kind_is_one_cell(daily: InProcess) -> None:
    daily.job = clean_visits.JOB
    daily.deliver(
        "visits.jsonl",
        json.dumps({"user_id": "7", "visited_at": "2019-10-01T10:00:00Z", "page": "/a\r@SUM(1)"}),
        header="",
    )
    assert daily.run("--export", str(daily.folder / "out")) == 0, daily.output
    with (daily.folder / "out" / "accounts.clean_visits" / "day=2019-10-01" / "clean_visits.csv").open(
        newline=""
    ) as stream:
        [row] = csv.DictReader(stream)
    assert row["page"] == "/a\r@SUM(1)"


def test_a_table_that_follows_a_source_has_all_of_its_columns_in_its_files(daily: InProcess) -> None:
    daily.job = apply.JOB
    daily.deliver("LOAD00000001.csv", "I,1,Ana,3", header="Op,id,name,points")
    assert (
        daily.run("--table", "people", "--keys", "id", "--sequence", "file", "--export", str(daily.folder / "out")) == 0
    ), daily.output
    [(name, text)] = [
        (name, text) for name, text in files(daily.folder / "out").items() if name.endswith("/people.csv")
    ]
    assert (name, text.splitlines()[0].startswith("id,name,points"), "1,Ana,3" in text) == (
        "cdc.people/people.csv",
        True,
        True,
    )


def test_as_parquet_the_rows_are_those_of_the_table(shop: InProcess) -> None:
    shop.deliver("a.csv", on(1, brand="=x"), on(1, product_id="2", category_id=""))
    exported(shop)
    assert "1 file written, 1 removed" in exported(shop, "--export_format", "parquet")
    assert not files(shop.folder / "out").keys() & {day_of(1)}
    rows = parquet.ParquetFile(shop.folder / "out" / day_of(1).replace(".csv", ".parquet")).read()
    assert rows.schema.field("event_time").type == pa.timestamp("us", "UTC")
    assert (rows["brand"].to_pylist(), rows["category_id"].to_pylist(), str(rows["price"][0])) == (
        ["=x", "acme"],
        [5, None],
        "1.00",
    )


@pytest.mark.slow
@pytest.mark.nightly
def test_a_refused_run_and_a_dry_one_leave_the_files_as_they_were(shop: InProcess) -> None:
    shop.deliver("a.csv", on(1))
    exported(shop)
    before = files(shop.folder / "out")
    shop.deliver("b.csv", on(2), on(2, price="x"))
    assert shop.run("--export", str(shop.folder / "out")) == 3
    assert files(shop.folder / "out") == before
    assert shop.run("--export", str(shop.folder / "out"), "--max_rejected_share", "1", "--dry_run") == 0, shop.output
    assert files(shop.folder / "out") == before


@pytest.mark.nightly
def test_a_mart_of_months_has_its_days_too(daily: InProcess) -> None:
    daily.job = FEW_TABLES
    daily.deliver("a.csv", on(1), on(3))
    assert daily.run("--export", str(daily.folder / "out")) == 0, daily.output
    names = [name for name in files(daily.folder / "out") if "unique_visitors" in name]
    assert "ecommerce.unique_visitors/day=2019-10-02/unique_visitors.csv" in names


def test_an_unwritable_target_is_reported_before_the_run_starts(shop: InProcess) -> None:
    shop.deliver("a.csv", on(1))
    assert shop.run("--export", str(shop.folder / "no" / "out")) == 2
    assert "there is no folder" in shop.output
    assert not shop.path.exists()


@pytest.mark.slow
@pytest.mark.nightly
def test_top_visitors_go_out_as_addresses_and_counts(daily: InProcess) -> None:
    """Ranked numerically, ties by id. The newest of several addresses is used. A formula is exported as text."""
    daily.job = accounts.JOB
    came = {"a": (9, "nine@x.com"), "b": (10, "ten@x.com"), "c": (100, "=hyperlink@x.com"), "d": (9, None)}
    lines = [
        json.dumps(
            {
                "user_id": user,
                "email": address,
                "visited_at": f"2019-10-01T10:00:{number % 60:02}Z",
                "page": f"/{number}",
            }
        )
        for user, (count, address) in came.items()
        for number in range(count)
    ]
    moved = json.dumps({"user_id": "a", "email": "moved@x.com", "visited_at": "2019-10-01T09:00:00Z", "page": "/"})
    daily.deliver(
        "accounts.csv",
        '1,"=HYPERLINK(""http://x"",""y"")",,,',
        header="customer_id,name,email,dateofbirth,accountopeningdate",
    )
    daily.deliver("visits.jsonl", *lines, moved, header="")
    assert daily.run("--export", str(daily.folder / "all")) == 0, daily.output
    [account] = csv.DictReader(
        (daily.folder / "all" / "accounts.clean_accounts" / "clean_accounts.csv").read_text().splitlines()
    )
    assert account["name"] == """'=HYPERLINK("http://x","y")"""
    assert daily.run("--export", str(daily.folder / "out"), "--top", "3", job=top_visitors.JOB) == 0, daily.output
    assert files(daily.folder / "out") == {
        "accounts.top_visitors/top_visitors.csv": "email,count\n'=hyperlink@x.com,100\nnine@x.com,10\nten@x.com,10\n"
    }


@pytest.mark.nightly
@pytest.mark.slow
def test_an_erased_person_leaves_the_exported_files_with_the_next_run(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", TWO_TABLES)
    out = shop.folder / "out"
    shop.deliver("a.csv", on(1, user_id="710000007"), on(1), on(2, user_id="710000007"))
    exported(shop)
    assert shop.run("--person", "710000007", job=forget.JOB) == 0, shop.output
    assert f"{out} contains exports from before the erasure: run their jobs with --export {out} again" in shop.output
    exported(shop)
    assert not [name for name, text in files(out).items() if "710000007" in text]
    assert day_of(2) not in files(out)
