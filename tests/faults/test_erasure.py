"""What users enter, and what they must not see."""

from pathlib import Path

import pytest

from jobs.ecommerce import clean_events
from jobs.lake import forget
from jobs.runtime.cli.lake_commands import COMMANDS
from jobs.runtime.maintenance import domain_jobs
from tests.conftest import HEADER, TWO_TABLES, InProcess, line
from tests.faults import fault

pytestmark = pytest.mark.slow

HOSTILE = 'it\'s; DROP TABLE "x" -- ../ü $(touch y) `z`'


def everything(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*")}


@fault(
    "S01",
    injected="quotes, ;, spaces, unicode, ../ and commands in paths and options; SQL as names",
    checked="used literally or refused; nothing outside the lake changes",
)
def test_names_of_any_kind_are_taken_literally(daily: InProcess) -> None:
    daily.job = clean_events.JOB
    daily.input, daily.path = (
        daily.folder / HOSTILE.replace("/", "") / "in",
        daily.folder / "in" / ".." / HOSTILE.replace("/", "") / "lake",
    )
    daily.input.mkdir(parents=True)
    daily.deliver("a.csv", line(brand="'; DROP TABLE x; --"), header=HEADER.replace("brand", "brand';--"))
    before = everything(daily.folder)
    assert daily.run("--columns", "brand=brand';--") == 0, daily.output
    home = daily.path.resolve().relative_to(daily.folder)
    assert all(path.is_relative_to(home) for path in everything(daily.folder) - before)
    [row] = daily.table("ecommerce.clean_events").collect()
    assert (row.brand, row.source_file) == ("'; drop table x; --", str(daily.input / "a.csv"))


SQL = [
    "ecommerce.clean_events; DROP TABLE lake.ecommerce.clean_events",
    "ecommerce.clean_events`",
    "../ecommerce",
    "ops.runs UNION SELECT 1",
    "",
]


@fault("S01")
def test_sql_in_names_is_rejected_and_a_condition_cannot_write(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(domain_jobs.PIPELINES, "ecommerce", TWO_TABLES)
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    for name in SQL:
        assert daily.run("--table", name, job=COMMANDS["show"]) == 2, name
        assert daily.run("--table", "ecommerce.clean_events", "--run", name or "x", job=COMMANDS["show"]) == 2, name
        assert (
            daily.run(
                "--table",
                "ecommerce.clean_events",
                "--where",
                f"{name}; DELETE FROM lake.ecommerce.clean_events",
                job=COMMANDS["show"],
            )
            == 2
        ), name
        assert daily.run("--person", name, job=forget.JOB) == 2, name
        assert "Traceback" not in daily.output
    assert daily.table("ecommerce.clean_events").count() == 1


SECRET = "hunter2"
WITH_SECRETS = {
    "address of a store": ["--endpoint_url", f"http://jo:{SECRET}@store.example:9000"],
    "address of the input": ["--input", f"https://jo:{SECRET}@host.example/in?token={SECRET}"],
    "catalog that cannot be reached": ["--catalog", "properties"],
}


@fault(
    "S03",
    injected="passwords in URLs and in the catalog file, e-mail addresses in rows and paths",
    checked="neither in any output nor in the ledger",
)
def test_a_secret_is_repeated_nowhere(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    daily.deliver("a.csv", line())
    monkeypatch.chdir(daily.folder)
    Path("properties").write_text(f"type=jdbc\nuri=jdbc:nosuch://jo:{SECRET}@db.example/weir\njdbc.password={SECRET}\n")
    for case, arguments in WITH_SECRETS.items():
        assert daily.run(*arguments) in (1, 2), case
        assert SECRET not in daily.output, case
    assert not [path for path in daily.path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


@fault("S03")
def test_an_email_address_is_printed_nowhere(daily: InProcess) -> None:
    daily.job, person = clean_events.JOB, "jo@shop.example"
    daily.deliver("a.csv", line(brand=person, price="x"), line(user_id=person))
    assert daily.run("--summary_json", str(daily.folder / "summary.json")) == 3
    assert person not in daily.output + (daily.folder / "summary.json").read_text()
    assert daily.run(given=daily.folder / person) == 2
    assert person not in daily.output
    path = daily.input.rename(daily.folder / person)
    assert daily.run("--max_rejected_share", "1", given=path) == 0
    assert person not in str(daily.table("ops.runs").collect())
