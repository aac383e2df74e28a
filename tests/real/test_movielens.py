"""MovieLens without headers: 100,023 ratings of 8,570 movies, compared with known counts."""

from pathlib import Path

import pytest

from jobs.movies import daily as movies
from tests.conftest import InProcess

pytestmark = pytest.mark.real

# Title, number of ratings, mean to three decimals.
TOP = [
    ("Silence of the Lambs, The", 337, 4.236),
    ("Shawshank Redemption, The", 328, 4.442),
    ("Pulp Fiction", 327, 4.138),
]


@pytest.mark.nightly
def test_known_movies_have_their_ratings(daily: InProcess, compiled: object, real_data: Path) -> None:
    assert daily.run("--no_header", "--input", str(real_data / "movielens"), job=movies.JOB) == 0, daily.output
    assert daily.table("movies.clean_movies").count() == 8_570
    ratings, rejected = (daily.table(f"movies.{name}").count() for name in ("clean_ratings", "rejected_ratings"))
    assert (ratings, rejected) == (100_023, 0)
    rated = daily.table("movies.movie_ratings")
    assert rated.count() == 8_570
    assert rated.agg({"ratings": "sum"}).collect()[0][0] == 100_023
    found = {row.title: (row.ratings, round(row.mean_rating, 3)) for row in rated.filter("ratings > 300").collect()}
    assert {title: found[title] for title, *_ in TOP} == {title: (ratings, mean) for title, ratings, mean in TOP}
    assert daily.run("--no_header", "--input", str(real_data / "movielens"), job=movies.JOB) == 0
    assert "nothing new" in daily.output
