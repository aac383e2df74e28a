"""Delivered movies, typed and judged: one case a row."""

from typing import Any

import pytest

from schemas.movies.raw_movies import RAW_MOVIES
from tests.conftest import Orders, Rows
from tests.delivered import delivered, with_line
from tests.planted import OF_FILE, Planted, row
from transforms.movies.clean_movies import clean_movies

GOOD = {"movieId": "1", "title": "Toy Story (1995)", "genres": "Adventure|Comedy"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, (1, "Toy Story", 1995, ["Adventure", "Comedy"])),
        ({"title": "American President, The (1995)"}, (1, "American President, The", 1995, ["Adventure", "Comedy"])),
        ({"title": "Babylon 5"}, (1, "Babylon 5", None, ["Adventure", "Comedy"])),
        (
            {"title": "City of Lost Children, The (Cité des enfants perdus, La) (1995) "},
            (1, "City of Lost Children, The (Cité des enfants perdus, La)", 1995, None),
        ),
        ({"title": "(500) Days of Summer (2009)"}, (1, "(500) Days of Summer", 2009, None)),
        ({"title": "(1995)"}, (1, "(1995)", 1995, None)),
        ({"title": "Land Before Time III (1995) (V)"}, (1, "Land Before Time III (1995) (V)", 1995, None)),
        ({"title": "Heat (19955)"}, (1, "Heat (19955)", None, None)),
        ({"genres": "(no genres listed)"}, (1, "Toy Story", 1995, [])),
        ({"genres": None}, (1, "Toy Story", 1995, [])),
        ({"genres": "Drama| |IMAX"}, (1, "Toy Story", 1995, ["Drama", "IMAX"])),
    ],
)
def test_a_movie_is_typed(rows: Rows, given: dict[str, Any], found: tuple[Any, ...]) -> None:
    [row] = clean_movies(delivered(rows, RAW_MOVIES, GOOD, [given])).collect()
    genres = ["Adventure", "Comedy"] if found[3] is None else found[3]
    assert (row.problems, row.movie_id, row.title, row.year, row.genres) == ([], *found[:3], genres)


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"movieId": "x"}, ["bad_movie_id"]),
        ({"movieId": "99999999999999999999"}, ["bad_movie_id"]),
        ({"title": " "}, ["bad_title"]),
        ({"malformed": True, "movieId": None}, ["truncated_or_malformed"]),
        ({"title": "a\ufffd"}, ["encoding"]),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(rows: Rows, given: dict[str, Any], problems: list[str]) -> None:
    [row] = clean_movies(delivered(rows, RAW_MOVIES, GOOD, [given])).collect()
    assert row.problems == problems


def test_the_order_of_the_lines_changes_nothing(orders: Orders) -> None:
    given = [{**GOOD, "movieId": f"{number}", "raw_line": f"{number}", "source_file": "/in/a", "malformed": False} for number in range(6)]
    found = [sorted(row.movie_id for row in clean_movies(frame).collect()) for frame in orders(with_line(RAW_MOVIES), given)]
    assert found == [list(range(6))] * 3


KEPT = [{"movie_id": number, "title": f"{number}", "year": 1995, "genres": ["Drama"], **OF_FILE} for number in range(10)]
PLANTED = Planted(
    KEPT,
    {
        "ids are not negative": row(movie_id=-1),
        "a movie has one title": row(movie_id=1, title="another"),
        "a genre is not empty": row(genres=["(no genres listed)"]),
    },
)
