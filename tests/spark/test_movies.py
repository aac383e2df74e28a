"""Two kinds of files in one folder; tables without a day or with monthly partitions; rows validated by another."""

import pytest

from jobs.lake import replay_rejected
from jobs.movies import daily as movies
from tests.conftest import InProcess

MOVIES, RATINGS = "movieId,title,genres", "userId,movieId,rating,timestamp"
ANY_SHARE = ("--max_rejected_share", "1")


@pytest.fixture
def club(daily: InProcess) -> InProcess:
    """Two movies, three ratings of them in two months, and one rating of an unknown movie."""
    daily.job = movies.JOB
    daily.deliver("movies.csv", "1,Heat (1995),Crime", "2,Casino (1995),Crime|Drama", header=MOVIES)
    daily.deliver(
        "ratings.csv",
        "1,1,4.0,980730861",
        "2,1,5.0,980730862",
        "1,2,3.0,983730861",
        "1,3,2.0,980730861",
        header=RATINGS,
    )
    assert daily.run(*ANY_SHARE) == 0, daily.output
    return daily


def titles(club: InProcess) -> list[str]:
    return sorted(row.title for row in club.table("movies.clean_movies").collect())


def rated(club: InProcess) -> dict[str, int]:
    return {row.title: row.ratings for row in club.table("movies.movie_ratings").collect()}


@pytest.mark.slow
def test_each_file_goes_to_its_table_and_an_unmatched_file_is_a_warning(club: InProcess) -> None:
    assert (titles(club), rated(club)) == (["Casino", "Heat"], {"Heat": 2, "Casino": 1})
    assert [row.problems for row in club.table("movies.rejected_ratings").collect()] == [["unknown_movie"]]
    club.deliver("tags.csv", "1,1,fun,980730861", header="userId,movieId,tag,timestamp")
    (club.input / "ratings").mkdir()
    club.deliver("ratings/part-1.csv", "3,2,3.5,980730861", "1,1,4.0,980730861", header=RATINGS)
    assert club.run() == 0, club.output
    assert "tags.csv matches no job's file pattern: movies* or ratings*" in club.output
    assert "2 rows read = 1 kept + 0 rejected + 1 duplicate + 0 late" in club.output
    assert rated(club) == {"Heat": 2, "Casino": 2}


@pytest.mark.slow
@pytest.mark.nightly
def test_a_table_without_days_follows_its_files(club: InProcess) -> None:
    club.deliver("movies_more.csv", "2,Casino (1995),Crime|Drama", "3,Babe (1995),Children", header=MOVIES)
    assert club.run() == 0, club.output
    assert "2 rows read = 1 kept + 0 rejected + 1 duplicate + 0 late" in club.output
    club.deliver("movies.csv", "1,Heat! (1995),Crime", header=MOVIES)
    assert club.run() == 0, club.output
    assert titles(club) == ["Babe", "Casino", "Heat!"]  # Casino is read from the file in which it was a duplicate
    assert club.run("--withdraw", str(club.input / "movies_more.csv")) == 0, club.output
    assert titles(club) == ["Heat!"]
    assert rated(club) == {"Heat!": 2}


@pytest.mark.slow
@pytest.mark.nightly
def test_a_rating_is_replayed_once_its_movie_is_known(club: InProcess) -> None:
    club.deliver("movies_more.csv", "3,Babe (1995),Children", header=MOVIES)
    assert club.run() == 0, club.output
    assert club.run("--domain", "movies", job=replay_rejected.JOB) == 0, club.output
    assert club.run() == 0, club.output
    assert rated(club) == {"Heat": 2, "Casino": 1, "Babe": 1}
    assert club.table("movies.rejected_ratings").count() == 0


@pytest.mark.nightly
@pytest.mark.slow
def test_a_corrected_file_rewrites_whole_months_and_no_other_rows(club: InProcess) -> None:
    club.deliver("ratings_2.csv", "7,1,1.0,980730999", "7,2,1.0,983730999", header=RATINGS)
    assert club.run() == 0, club.output
    club.deliver("ratings.csv", "1,1,4.5,980730861", header=RATINGS)
    assert club.run() == 0, club.output
    found = sorted((row.user_id, row.movie_id, str(row.rating)) for row in club.table("movies.clean_ratings").collect())
    assert found == [(1, 1, "4.5"), (7, 1, "1.0"), (7, 2, "1.0")]
    assert rated(club) == {"Heat": 2, "Casino": 1}


@pytest.mark.slow
@pytest.mark.nightly
def test_what_is_at_or_after_as_of_does_not_count(club: InProcess) -> None:
    assert club.run("--as_of", "2001-01-31") == 0, club.output
    assert rated(club) == {"Heat": 2, "Casino": 0}
    assert club.run() == 0, club.output
    assert rated(club) == {"Heat": 2, "Casino": 1}
