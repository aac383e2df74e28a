"""Ratios, their confidence intervals, and sums of doubles that do not depend on row order."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# Two-sided 95 % of the normal distribution.
Z_95 = 1.959963984540054


def rounded(value: Column) -> Column:
    """A double rounded to 12 significant digits, which hides differences in summation order; -0.0 becomes 0.0."""
    # format_string prints NULL as "null", which does not cast to double.
    return F.when(value.isNotNull(), F.format_string("%.11e", value).cast("double") + F.lit(0.0))


def divided(numerator: Column, denominator: Column) -> Column:
    """numerator / denominator as a double. *Nulls:* NULL if the denominator is 0 or either is NULL."""
    return F.when(denominator != 0, numerator.cast("double") / denominator.cast("double"))


def ratio(numerator: Column, denominator: Column) -> Column:
    """numerator / denominator, rounded. *Nulls:* NULL if the denominator is 0 or either is NULL."""
    return rounded(divided(numerator, denominator))


def wilson(successes: Column, trials: Column) -> tuple[Column, Column]:
    """The bounds of the 95 % Wilson interval of successes / trials. *Nulls:* NULL if trials is 0 or either is NULL."""
    n, square = trials.cast("double"), Z_95**2
    share = successes / n
    center = share + square / (2 * n)
    margin = Z_95 * F.sqrt(share * (1 - share) / n + square / (4 * n * n))
    # At 0 and 1 the bound is exact; the formula is off by rounding.
    low = F.when(successes == 0, F.lit(0.0)).otherwise((center - margin) / (1 + square / n))
    high = F.when(successes == trials, F.lit(1.0)).otherwise((center + margin) / (1 + square / n))
    is_known = (trials != 0) & successes.isNotNull()
    return F.when(is_known, rounded(low)), F.when(is_known, rounded(high))


def ordered_sum(term: Column) -> Column:
    """An aggregate: the sum of doubles in ascending order, so that it does not depend on the order of the rows.

    *Nulls:* NULL terms are ignored; the sum of no terms is 0.0.
    """
    return F.aggregate(F.array_sort(F.collect_list(term)), F.lit(0.0), lambda total, value: total + value)
