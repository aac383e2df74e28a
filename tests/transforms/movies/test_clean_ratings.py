"""Delivered ratings, typed and validated."""

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame

from schemas.movies.clean_movies import CLEAN_MOVIES
from schemas.movies.raw_ratings import RAW_RATINGS
from tests.conftest import Rows, assert_rows
from tests.delivered import delivered
from tests.planted import OF_FILE, Planted, row
from transforms.movies.clean_ratings import clean_ratings

CLOCK = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOOD = {"userId": "1", "movieId": "6", "rating": "2.0", "timestamp": "980730861"}
# One movie, listed twice.
MOVIES = [{"movie_id": 6, "title": "Heat", "genres": []}, {"movie_id": 6, "title": "Heat again", "genres": []}]


def cleaned(rows: Rows, *given: dict[str, Any]) -> DataFrame:
    return clean_ratings(delivered(rows, RAW_RATINGS, GOOD, given), rows(CLEAN_MOVIES, MOVIES), clock=CLOCK)


def test_a_rating_is_typed_and_not_repeated_for_a_movie_that_is_listed_twice(rows: Rows) -> None:
    ratings = {"0.5": "0.5", ".5": "0.5", "4": "4.0", "4.50": "4.5", " 5.0 ": "5.0"}
    found = cleaned(rows, *({"raw_line": text, "rating": text} for text in ratings))
    expected = [[text, 1, rating, "2001-01-29 01:14:21", []] for text, rating in ratings.items()]
    assert_rows(found, "raw_line user_id rating rated_at problems", expected)


PROBLEMS: list[tuple[dict[str, Any], list[str]]] = [
    *(({"rating": text}, ["bad_rating"]) for text in ("0", "0.0", "5.5", "3.7", "five", "", "-1", "1e0")),
    ({"movieId": "7"}, ["unknown_movie"]),
    ({"movieId": "x"}, ["bad_movie_id"]),
    ({"userId": ""}, ["bad_user_id"]),
    ({"timestamp": "2001-01-29"}, ["bad_timestamp"]),
    ({"timestamp": "1795176301"}, ["future"]),
    ({"timestamp": "99999999999"}, ["future"]),
    ({"malformed": True, "movieId": None}, ["truncated_or_malformed"]),
]


def test_a_bad_rating_is_rejected_with_its_reason(rows: Rows) -> None:
    found = cleaned(rows, *(given for given, _ in PROBLEMS))
    expected = [[f"{number:03}", problems] for number, (_, problems) in enumerate(PROBLEMS)]
    assert_rows(found, "raw_line problems", expected)


KEPT = [
    {"user_id": 1, "movie_id": number, "rating": "3.5", "rated_at": "2001-01-29T01:14:21Z", **OF_FILE}
    for number in range(10)
]
PLANTED = Planted(
    KEPT,
    {
        "ratings are halves from 0.5 to 5.0": row(rating="3.7"),
        "a person rates a movie once": row(movie_id=1, rating="1.0"),
    },
)
