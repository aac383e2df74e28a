"""The rating and rank of each movie."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.movies.clean_movies import CLEAN_MOVIES
from schemas.movies.clean_ratings import CLEAN_RATINGS
from tests.conftest import Orders, Rows, assert_rows
from tests.planted import Planted, row
from tests.transforms.movies.test_clean_ratings import KEPT
from transforms.movies.movie_ratings import movie_ratings

MOVIES = [{"movie_id": number, "title": f"{number}", "genres": []} for number in (1, 2, 3, 4)]

AS_OF = datetime(2001, 2, 1, tzinfo=UTC)


def rated(movie_id: int, *stars: str) -> list[dict[str, Any]]:
    return [
        {"user_id": user, "movie_id": movie_id, "rating": rating, "rated_at": "2001-01-29 01:14:21"}
        for user, rating in enumerate(stars)
    ]


RATINGS = [*rated(1, "5.0"), *rated(2, "4.5", "4.5", "4.5"), *rated(3, "1.0", "2.5")]


def test_one_high_rating_ranks_below_several(orders: Orders, rows: Rows) -> None:
    prior = 22.0 / 6
    for frame in orders(CLEAN_RATINGS, RATINGS):
        found = {row.movie_id: row for row in movie_ratings(rows(CLEAN_MOVIES, MOVIES), frame, as_of=AS_OF).collect()}
        exact = {number: (row.ratings, row.mean_rating, row.rank) for number, row in found.items()}
        assert exact == {1: (1, 5.0, 2), 2: (3, 4.5, 1), 3: (2, 1.75, 3), 4: (0, None, None)}
        means = {1: (5 + 10 * prior) / 11, 2: (13.5 + 10 * prior) / 13, 3: (3.5 + 10 * prior) / 12, 4: prior}
        assert {number: row.bayesian_mean for number, row in found.items()} == pytest.approx(means, rel=1e-9)


def test_of_equal_means_the_one_with_more_ratings_then_the_lesser_id_is_first(rows: Rows) -> None:
    same = [*rated(3, "3.0"), *rated(2, "3.0"), *rated(1, "3.0", "3.0")]
    found = movie_ratings(rows(CLEAN_MOVIES, MOVIES), rows(CLEAN_RATINGS, same), as_of=AS_OF)
    assert_rows(found, "movie_id ratings rank", [[1, 2, 1], [2, 1, 2], [3, 1, 3], [4, 0, None]])


def test_the_title_of_a_movie_is_the_greatest_in_its_last_file(orders: Orders, rows: Rows) -> None:
    titles = (("Z", "/in/1"), ("A", "/in/2"), ("B", "/in/2"))
    listed = [{"movie_id": 1, "title": title, "genres": [], "source_file": file} for title, file in titles]
    for movies in orders(CLEAN_MOVIES, listed):
        found = movie_ratings(movies, rows(CLEAN_RATINGS, rated(1, "4.0")), as_of=AS_OF)
        assert_rows(found, "title ratings mean_rating", [["B", 1, 4.0]])


def test_ratings_from_as_of_on_do_not_count(rows: Rows) -> None:
    later = [{**one, "rated_at": "2001-02-01 00:00:00"} for one in rated(2, "1.0")]
    found = movie_ratings(rows(CLEAN_MOVIES, MOVIES[:2]), rows(CLEAN_RATINGS, [*rated(1, "4.0"), *later]), as_of=AS_OF)
    assert_rows(found, "movie_id ratings mean_rating", [[1, 1, 4.0], [2, 0, None]])


def test_without_any_rating_there_is_no_mean(rows: Rows) -> None:
    found = movie_ratings(rows(CLEAN_MOVIES, MOVIES[:1]), rows(CLEAN_RATINGS, []), as_of=AS_OF)
    assert_rows(found, "ratings mean_rating bayesian_mean rank", [[0, None, None, None]])


OF_MOVIE = {"year": 1995, "genres": ["Drama"], "ratings": 1, "mean_rating": 3.5, "bayesian_mean": 3.5}
MADE = [{"movie_id": number, "title": f"{number}", **OF_MOVIE, "rank": number} for number in range(1, 11)]
PLANTED = Planted(
    MADE,
    {
        "ratings is not negative": row(ratings=-1),
        "means are within the scale": row(bayesian_mean=5.5),
        "a mean and a rank are there where there are ratings": row(mean_rating=None),
        "every rating is of a movie that is known": row(ratings=2),
        "ranks are 1 and up without gaps": row(rank=12),
    },
    {CLEAN_RATINGS: KEPT},
)
