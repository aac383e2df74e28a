"""How each movie is rated, and its rank."""

from schemas.table import Column, Table

MOVIE_RATINGS = Table(
    name="movies.movie_ratings",
    grain="one row per movie",
    key=("movie_id",),
    columns=(
        Column("movie_id", "long", "Movie.", required=True),
        Column("title", "string", "Title, without the year.", required=True),
        Column("year", "int", "Year; NULL where unknown."),
        Column("genres", "array<string>", "Genres in their order; empty where none is listed.", required=True),
        Column("ratings", "long", "Ratings of the movie.", required=True),
        Column("mean_rating", "double", "Mean of its ratings, 0.5 to 5.0; NULL where there is none."),
        Column(
            "bayesian_mean",
            "double",
            "Mean of its ratings and of ten more of the mean of all ratings; NULL where nothing was ever rated.",
        ),
        Column(
            "rank",
            "long",
            "1 for the greatest bayesian_mean; ties by ratings, then movie_id. NULL where there is no rating.",
        ),
    ),
)
