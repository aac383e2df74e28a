"""The report at the end of a run: written, kept, with rejected data, and never the cause of a failure."""

from pathlib import Path

import pytest

from jobs.ecommerce import clean_events, unique_visitors, visitor_days, visitor_first_seen
from jobs.runtime.batch import board_report
from jobs.runtime.cli.lake_commands import COMMANDS
from jobs.runtime.job import Pipeline
from jobs.runtime.reporting import report
from tests.conftest import InProcess, line

pytestmark = pytest.mark.slow

# The complete board, with four of its tables.
WITH_BOARD = Pipeline(
    "ecommerce.daily",
    [clean_events.JOB, visitor_days.JOB, visitor_first_seen.JOB, unique_visitors.JOB],
    board="ecommerce",
)


@pytest.mark.nightly
def test_a_run_writes_the_report_only_when_something_was_published(daily: InProcess) -> None:
    daily.deliver("a.csv", line(), line(user_id="2"))
    page = daily.path / "report.html"
    daily.job = WITH_BOARD
    assert daily.run() == 0, daily.output
    assert f"report {page}" in daily.output
    first = page.read_text()
    assert "2019-10-01" in first
    assert "Nothing has been sold in the period yet." in first
    assert daily.run() == 0, daily.output
    assert "report unchanged: no table has changed" in daily.output
    assert page.read_text() == first
    daily.deliver("b.csv", line(user_id="3"))
    assert daily.run() == 0, daily.output
    assert page.read_text() != first


@pytest.mark.nightly
def test_a_refused_run_is_in_the_report(daily: InProcess) -> None:
    daily.job = WITH_BOARD
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    daily.deliver("b.csv", line(user_id="7"), line(price="-1"))
    assert daily.run() == 3, daily.output
    page = (daily.path / "report.html").read_text()
    assert 'data-column="verdict">refused<' in page
    assert "rejected 50.0% of the rows, more than --max_rejected_share 0.05 (1 bad_price)" in page


@pytest.mark.nightly
def test_the_report_goes_where_it_is_asked_to(daily: InProcess, tmp_path: Path) -> None:
    daily.job = WITH_BOARD
    daily.deliver("a.csv", line())
    assert daily.run("--report", str(tmp_path / "nowhere" / "r.html")) == 2
    assert "there is no folder" in daily.output
    assert daily.run("--report", str(tmp_path / "r.html")) == 0, daily.output
    assert not (daily.path / "report.html").exists()
    assert daily.run("--report", str(tmp_path / "again.html"), job=COMMANDS["report"]) == 0, daily.output
    assert f"report {tmp_path / 'again.html'}" in daily.output
    assert sorted(path.name for path in tmp_path.glob("*.html*")) == ["again.html", "r.html"]


@pytest.mark.nightly
def test_without_its_parts_the_report_is_left_out_in_one_line(
    daily: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_REQUIRED", ("altair", "a_part_that_is_not_there"))
    daily.job = WITH_BOARD
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    assert daily.output.count("not written: a_part_that_is_not_there is not installed") == 1
    assert not (daily.path / "report.html").exists()


@pytest.mark.nightly
def test_a_report_that_fails_is_a_warning(daily: InProcess) -> None:
    daily.job = WITH_BOARD
    daily.deliver("a.csv", line())
    (daily.path / "report.html").mkdir(parents=True)
    assert daily.run() == 0, daily.output
    assert "warning: no report:" in daily.output
    assert daily.table("ecommerce.unique_visitors").agg({"*": "count"}).collect()[0][0] > 0


@pytest.mark.nightly
def test_headlines_that_fail_are_a_warning(daily: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_report, "render_headlines", lambda _: 1 // 0)
    daily.deliver("a.csv", line())
    assert daily.run() == 0, daily.output
    assert "warning: no report: integer division or modulo by zero" in daily.output
