"""Delivered movies, typed and judged."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.movies.clean_movies import CLEAN_MOVIES
from schemas.movies.raw_movies import RAW_MOVIES
from schemas.movies.vocabulary import NO_GENRES
from transforms.delivered import judged, trimmed
from transforms.values import digits

# The last one, wherever it is; it goes from the title where it ends it: Heat (1995).
_YEAR, _AT_END = r"(?s)\A.*\((\d{4})\)", r"(?<=\S)\s*\(\d{4}\)\z"


def clean_movies(raw_movies: DataFrame) -> DataFrame:
    """Every delivered movie with its typed values, its `problems` and `remarks`.

    *Grain:* one row per row of the input, good or not. *Nulls:* a title without a year has none; no genres are an empty list.
    """
    text = trimmed(raw_movies, RAW_MOVIES.names)
    # Of a function by its name Spark 4 would trim the signs of the place too.
    genres = F.filter(
        F.transform(F.split("raw_genres", "[|]"), lambda genre: F.trim(genre)), lambda genre: ~genre.isin("", NO_GENRES)
    )
    typed = text.withColumns(
        {
            "movie_id": digits("raw_movieId"),
            "title": F.regexp_replace("raw_title", _AT_END, ""),
            "year": F.when(F.col("raw_title").rlike(_YEAR), F.regexp_extract("raw_title", _YEAR, 1).cast("int")),
            "genres": F.coalesce(genres, F.array().cast("array<string>")),
        }
    )
    return judged(
        typed, CLEAN_MOVIES, {"bad_movie_id": F.col("movie_id").isNull(), "bad_title": F.col("title").isNull()}
    )
