"""The ratings of each movie, and its rank."""

from schemas.table import Column, Table

MOVIE_RATINGS = Table(
    name="movies.movie_ratings",
    grain="one row per movie",
    key=("movie_id",),
    columns=(
        Column("movie_id", "long", "Movie.", required=True),
        Column("title", "string", "Title without the trailing year.", required=True),
        Column("year", "int", "Year; NULL if unknown."),
        Column("genres", "array<string>", "Genres in their delivered order; empty if none are listed.", required=True),
        Column("ratings", "long", "Number of ratings of the movie.", required=True),
        Column("mean_rating", "double", "Mean of its ratings, 0.5 to 5.0; NULL if there are none."),
        Column(
            "bayesian_mean",
            "double",
            "Mean of its ratings and ten additional ratings at the mean of all ratings; NULL if there are no ratings "
            "at all.",
        ),
        Column(
            "rank",
            "long",
            "1 for the highest bayesian_mean; ties by ratings, then movie_id. NULL if the movie has no ratings.",
        ),
    ),
)
