"""`python -m jobs`: the list of jobs."""

import pytest

from jobs.__main__ import COMMANDS, command
from jobs.runtime.registry import job_descriptions, job_names
from jobs.runtime.wording import printable


def test_without_a_job_all_are_listed_with_what_they_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert command([]) == 0
    listed = capsys.readouterr().out
    for name in ("ecommerce.daily", "ecommerce.clean_events", "samples.shop_events", "tables", "show", "runs"):
        assert name in listed
    assert "Daily pipeline of the shop" in listed
    assert command(["ecommerce.weekly"]) == 2
    assert "there is no job ecommerce.weekly" in capsys.readouterr().err
    assert command(["--version"]) == 0
    assert capsys.readouterr().out.startswith("weir-etl ")


MISTYPED = {
    "ecommerce.dayly": "; did you mean ecommerce.daily?",
    "Ecommerce.Daily": "; did you mean ecommerce.daily?",
    "jobs/ecommerce/daily.py": "; did you mean ecommerce.daily?",
    "jobs.ecommerce.clean_event": "; did you mean ecommerce.clean_events?",
    "shop.clean_events": "; did you mean ecommerce.clean_events?",
    "daily": "; did you mean accounts.daily, ecommerce.daily, flights.daily, movies.daily, social.daily?",
    "dayly": "; did you mean accounts.daily, ecommerce.daily, flights.daily, movies.daily, social.daily?",
    "forgett": "; did you mean lake.forget?",
    "table": "; did you mean tables?",
    "samples.shop_event": "; did you mean samples.shop_events?",
    "xyz": "",
    "\x1b[31m": "",
}


def test_a_mistyped_job_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    for name, suggestion in MISTYPED.items():
        assert command([name]) == 2
        assert capsys.readouterr().err == f"there is no job {printable(name)}{suggestion}\n"
    assert command(["--lake", "x", "ecommerce.daily"]) == 2
    assert capsys.readouterr().err == "--lake comes after the name of a job: weir <job> --lake\n"


def test_only_jobs_are_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    """Not modules of a domain that declare none."""
    known = {*job_descriptions(), *COMMANDS}
    for name in job_names():
        if name not in known:
            assert command([f"{name}x"]) == 2
            assert f"did you mean {name}?" not in capsys.readouterr().err
