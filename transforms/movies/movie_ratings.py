"""The ratings of each movie, and its rank."""

from datetime import datetime

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from schemas.movies.movie_ratings import MOVIE_RATINGS
from schemas.movies.vocabulary import PRIOR_WEIGHT
from transforms.ratios import ratio


def movie_ratings(clean_movies: DataFrame, clean_ratings: DataFrame, *, as_of: datetime) -> DataFrame:
    """Summarize the ratings of each movie before `as_of`.

    *Grain:* one row per movie, including movies without ratings.
    *Ties:* in rank by number of ratings, then by movie_id. Of several titles of one movie, the one from the last file
    by path is used.
    """
    newest = F.max(F.struct("source_file", "title", "year", "genres")).alias("newest")
    movies = clean_movies.groupBy("movie_id").agg(newest).select("movie_id", "newest.*")
    rated_before = clean_ratings.filter(F.col("rated_at") < F.lit(as_of))
    of_known_movies = rated_before.join(movies, "movie_id", "left_semi")  # movies may have been withdrawn since
    totals = of_known_movies.groupBy("movie_id").agg(F.count("*").alias("ratings"), F.sum("rating").alias("total"))
    all_ratings = totals.agg(F.sum("ratings").alias("all_ratings"), F.sum("total").alias("all_total"))
    rated = movies.join(totals, "movie_id", "left").crossJoin(
        F.broadcast(all_ratings)
    )  # totals: one row per movie; all_ratings: one row
    own, prior = F.coalesce("total", F.lit(0)), F.lit(PRIOR_WEIGHT)
    means = rated.withColumns(
        {
            "ratings": F.coalesce("ratings", F.lit(0)),
            "mean_rating": ratio(F.col("total"), F.col("ratings")),
            "bayesian_mean": ratio(
                own * F.col("all_ratings") + prior * F.col("all_total"),
                F.col("all_ratings") * (F.coalesce("ratings", F.lit(0)) + prior),
            ),
        }
    )
    order = (F.desc("bayesian_mean"), F.desc("ratings"), "movie_id")
    best_first = Window.partitionBy(F.col("ratings") > 0).orderBy(*order)  # total: one row per movie
    return means.withColumn("rank", F.when(F.col("ratings") > 0, F.row_number().over(best_first).cast("long"))).select(
        *MOVIE_RATINGS.names
    )
