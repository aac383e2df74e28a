"""Whether two shares differ by more than chance: z, its probability, and that probability among many."""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

# Coefficients of the Chebyshev fit of erfc in Press et al., Numerical Recipes, 6.2: fractional error at most 1.2e-7.
_ERFC = (
    -1.26551223,
    1.00002368,
    0.37409196,
    0.09678418,
    -0.18628806,
    0.27886807,
    -1.13520398,
    1.48851587,
    -0.82215223,
    0.17087277,
)
SIGNIFICANT = 0.05
LEAST_EXPECTED = 5


def erfc(x: Column) -> Column:
    """The complementary error function of x >= 0."""
    t = 1 / (1 + x / 2)
    exponent = F.lit(_ERFC[-1])
    for coefficient in reversed(_ERFC[:-1]):
        exponent = coefficient + t * exponent
    return t * F.exp(exponent - x * x)


def two_sided_p(z: Column) -> Column:
    """How likely a normal deviate is at least as far from 0 as `z`. *Nulls:* NULL stays NULL."""
    # Near 0 the fit is above 1 by its error.
    return F.when(z.isNotNull(), F.least(F.lit(1.0), erfc(F.abs(z) / F.sqrt(F.lit(2.0)))))


def pooled_z(events: Column, trials: Column, other_events: Column, other_trials: Column) -> Column:
    """z of two shares under their pooled share. *Nulls:* NULL where nothing or everything happened, or one side has no trials."""
    n1, n0 = trials.cast("double"), other_trials.cast("double")
    pooled = (events + other_events) / (n1 + n0)
    spread = F.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    is_known = (trials > 0) & (other_trials > 0) & (events + other_events).between(1, trials + other_trials - 1)
    return F.when(is_known, (events / n1 - other_events / n0) / spread)


def least_expected(events: Column, trials: Column, other_events: Column, other_trials: Column) -> Column:
    """The smallest cell of the 2 x 2 table that one common share would make. *Nulls:* NULL where there are no trials."""
    happened, missed = events + other_events, trials + other_trials - events - other_events
    all_trials = (trials + other_trials).cast("double")
    return F.when(all_trials > 0, F.least(trials, other_trials) * F.least(happened, missed) / all_trials)


def with_q(frame: DataFrame, q_of: Mapping[str, str], key: tuple[str, ...]) -> DataFrame:
    """The frame with the columns that `q_of` names for its columns of p: each p after Benjamini and Hochberg, among all rows that have one.

    `key` tells rows apart. *Nulls:* q is NULL where p is.
    """

    def among(p: str) -> WindowSpec:
        return Window.partitionBy(F.col(p).isNull())

    def raised(p: str) -> Column:
        by_p = among(p).orderBy(p, *key)  # total: key is unique
        return F.col(p) * F.count(p).over(among(p)) / F.row_number().over(by_p)

    def q(p: str) -> Column:
        from_the_largest = (
            among(p).orderBy(F.desc(p), *map(F.desc, key)).rowsBetween(Window.unboundedPreceding, Window.currentRow)
        )
        return F.when(F.col(p).isNotNull(), F.least(F.lit(1.0), F.min(f"_raised_{p}").over(from_the_largest)))

    steps = frame.withColumns({f"_raised_{p}": raised(p) for p in q_of})
    return steps.withColumns({name: q(p) for p, name in q_of.items()}).drop(*(f"_raised_{p}" for p in q_of))
