"""Significance tests for the difference of two proportions: z score, p-value and q-value."""

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
SIGNIFICANCE_LEVEL = 0.05
MIN_EXPECTED = 5


def erfc(x: Column) -> Column:
    """The complementary error function of x >= 0."""
    t = 1 / (1 + x / 2)
    exponent = F.lit(_ERFC[-1])
    for coefficient in reversed(_ERFC[:-1]):
        exponent = coefficient + t * exponent
    return t * F.exp(exponent - x * x)


def two_sided_p(z: Column) -> Column:
    """The two-sided p-value of `z` under the standard normal distribution. *Nulls:* NULL stays NULL."""
    # Near 0, the fit exceeds 1 by its error.
    return F.when(z.isNotNull(), F.least(F.lit(1.0), erfc(F.abs(z) / F.sqrt(F.lit(2.0)))))


def pooled_z(events: Column, trials: Column, other_events: Column, other_trials: Column) -> Column:
    """The z score of two proportions with pooled variance.

    *Nulls:* NULL if no trial or every trial is an event, or if one side has no trials.
    """
    n1, n0 = trials.cast("double"), other_trials.cast("double")
    pooled = (events + other_events) / (n1 + n0)
    spread = F.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    is_known = (trials > 0) & (other_trials > 0) & (events + other_events).between(1, trials + other_trials - 1)
    return F.when(is_known, (events / n1 - other_events / n0) / spread)


def min_expected(events: Column, trials: Column, other_events: Column, other_trials: Column) -> Column:
    """The smallest expected count of the 2 x 2 table under a common proportion.

    *Nulls:* NULL if there are no trials.
    """
    all_events, non_events = events + other_events, trials + other_trials - events - other_events
    all_trials = (trials + other_trials).cast("double")
    return F.when(all_trials > 0, F.least(trials, other_trials) * F.least(all_events, non_events) / all_trials)


def add_q_values(frame: DataFrame, q_of: Mapping[str, str], key: tuple[str, ...]) -> DataFrame:
    """Add Benjamini-Hochberg q-values. `q_of` maps p-value columns to the names of their q-value columns.

    `key` identifies rows. *Nulls:* rows without a p-value have no q-value and do not count in the adjustment.
    """

    def by_presence(p: str) -> WindowSpec:
        return Window.partitionBy(F.col(p).isNull())

    def scaled(p: str) -> Column:
        by_p = by_presence(p).orderBy(p, *key)  # total: key is unique
        return F.col(p) * F.count(p).over(by_presence(p)) / F.row_number().over(by_p)

    def q(p: str) -> Column:
        descending = (
            by_presence(p)
            .orderBy(F.desc(p), *map(F.desc, key))
            .rowsBetween(Window.unboundedPreceding, Window.currentRow)
        )
        return F.when(F.col(p).isNotNull(), F.least(F.lit(1.0), F.min(f"_scaled_{p}").over(descending)))

    steps = frame.withColumns({f"_scaled_{p}": scaled(p) for p in q_of})
    return steps.withColumns({name: q(p) for p, name in q_of.items()}).drop(*(f"_scaled_{p}" for p in q_of))
