"""`python -m jobs`: the list of jobs."""

import pytest

from jobs.__main__ import command


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
