"""Raw movies, typed and validated."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.movies.clean_movies import CLEAN_MOVIES
from schemas.movies.raw_movies import RAW_MOVIES
from schemas.movies.vocabulary import NO_GENRES
from transforms.cleaning import trim_columns, validate_rows
from transforms.names import readable
from transforms.values import WHITE_SPACE, numeric_id

# The year is the last (dddd) anywhere in the title; it is removed from the title if it is at the end: Heat (1995).
_YEAR, _AT_END = r"(?s)\A.*\((\d{4})\)", rf"(?<=[^{WHITE_SPACE}])[{WHITE_SPACE}]*\(\d{{4}}\)\z"


def clean_movies(raw_movies: DataFrame) -> DataFrame:
    """Every raw movie with its typed values, `problems` and `remarks`.

    *Grain:* one row per input row, valid or not. *Nulls:* year is NULL if the title has none; no genres is an empty
    list.
    """
    trimmed = trim_columns(raw_movies, RAW_MOVIES.names)
    text = trimmed.withColumns({name: readable(F.col(name)) for name in ("raw_title", "raw_genres")})
    listed = F.transform(F.split("raw_genres", "[|]"), lambda genre: F.btrim(genre, F.lit(WHITE_SPACE)))
    genres = F.filter(listed, lambda genre: ~genre.isin("", NO_GENRES))
    typed = text.withColumns(
        {
            "movie_id": numeric_id("raw_movieId"),
            "title": F.regexp_replace("raw_title", _AT_END, ""),
            "year": F.when(F.col("raw_title").rlike(_YEAR), F.regexp_extract("raw_title", _YEAR, 1).cast("int")),
            "genres": F.coalesce(genres, F.array().cast("array<string>")),
        }
    )
    return validate_rows(
        typed, CLEAN_MOVIES, {"bad_movie_id": F.col("movie_id").isNull(), "bad_title": F.col("title").isNull()}
    )
