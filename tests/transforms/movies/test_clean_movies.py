"""Delivered movies, typed and validated."""

from typing import Any

from schemas.movies.raw_movies import RAW_MOVIES
from tests.conftest import Orders, Rows, assert_rows
from tests.delivered import delivered, with_line
from tests.planted import OF_FILE, Planted, row
from transforms.movies.clean_movies import clean_movies

GOOD = {"movieId": "1", "title": "Toy Story (1995)", "genres": "Adventure|Comedy"}

LOST_CHILDREN = "City of Lost Children, The (Cité des enfants perdus, La)"
# title -> title, year
TITLES = [
    ("Toy Story (1995)", "Toy Story", 1995),
    ("American President, The (1995)", "American President, The", 1995),
    ("Babylon 5", "Babylon 5", None),
    (f"{LOST_CHILDREN} (1995) ", LOST_CHILDREN, 1995),
    ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009),
    ("(1995)", "(1995)", 1995),
    ("Land Before Time III (1995) (V)", "Land Before Time III (1995) (V)", 1995),
    ("Heat (19955)", "Heat (19955)", None),
    ("Heat\u00a0(1995)\u2003", "Heat", 1995),
    ("Cite\u0301\u200b (1995)", "Cit\u00e9", 1995),
]
GENRES: list[tuple[str | None, list[str]]] = [
    ("(no genres listed)", []),
    (None, []),
    ("Drama| |IMAX", ["Drama", "IMAX"]),
    ("Comedy\u00a0|\u2003Drama\u200b|\u3000|\u200b", ["Comedy", "Drama"]),
]


def test_a_movie_is_typed(rows: Rows) -> None:
    given = [{"title": text} for text, _, _ in TITLES] + [{"genres": text} for text, _ in GENRES]
    typed: list[list[Any]] = [[title, year, ["Adventure", "Comedy"]] for _, title, year in TITLES]
    typed += [["Toy Story", 1995, genres] for _, genres in GENRES]
    expected = [[f"{number:03}", 1, *values, []] for number, values in enumerate(typed)]
    found = clean_movies(delivered(rows, RAW_MOVIES, GOOD, given))
    assert_rows(found, "raw_line movie_id title year genres problems", expected)


PROBLEMS: list[tuple[dict[str, Any], list[str]]] = [
    ({"movieId": "x"}, ["bad_movie_id"]),
    ({"movieId": "99999999999999999999"}, ["bad_movie_id"]),
    ({"title": " "}, ["bad_title"]),
    ({"malformed": True, "movieId": None}, ["truncated_or_malformed"]),
    ({"title": "a\ufffd"}, ["encoding"]),
]


def test_a_bad_movie_is_rejected_with_its_reason(rows: Rows) -> None:
    found = clean_movies(delivered(rows, RAW_MOVIES, GOOD, [given for given, _ in PROBLEMS]))
    expected = [[f"{number:03}", problems] for number, (_, problems) in enumerate(PROBLEMS)]
    assert_rows(found, "raw_line problems", expected)


def test_the_order_of_the_lines_changes_nothing(orders: Orders) -> None:
    good = {**GOOD, "source_file": "/in/a", "malformed": False}
    given = [{**good, "movieId": f"{number}", "raw_line": f"{number}"} for number in range(6)]
    for frame in orders(with_line(RAW_MOVIES), given):
        assert_rows(clean_movies(frame), "movie_id", [[number] for number in range(6)])


KEPT = [
    {"movie_id": number, "title": f"{number}", "year": 1995, "genres": ["Drama"], **OF_FILE} for number in range(10)
]
PLANTED = Planted(
    KEPT,
    {
        "ids are not negative": row(movie_id=-1),
        "a movie has one title": row(movie_id=1, title="another"),
        "a genre is not empty": row(genres=["(no genres listed)"]),
    },
)
