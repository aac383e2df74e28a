"""Options that name countries."""

import pytest

from jobs.runtime.cli.arguments import parse
from jobs.runtime.errors import BadArgument
from jobs.social.influencers import JOB


@pytest.mark.parametrize(("given", "expected"), [("HR", ["HR"]), ("hr, si", ["HR", "SI"]), ("", [])])
def test_countries_are_codes_of_two_letters(given: str, expected: list[str]) -> None:
    assert parse(JOB, ["--lake", "l", "--country", given])[0]["country"] == expected


@pytest.mark.parametrize("given", ["HRV", "Croatia", "HR,Slovenia", "H\u0160"])
def test_other_names_of_countries_are_refused(given: str) -> None:
    with pytest.raises(BadArgument, match="ISO 3166-1 alpha-2; example: HR"):
        parse(JOB, ["--lake", "l", "--country", given])
