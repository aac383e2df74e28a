"""Numbers between integers: ratios that people compare, and how sure they are."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# Two-sided 95 % of the normal distribution.
Z_95 = 1.959963984540054


def rounded(value: Column) -> Column:
    """A double to 12 significant digits, so that the last bits of an order of summation never show; -0.0 becomes 0.0."""
    # format_string prints NULL as "null", which is no double: keep it out.
    return F.when(value.isNotNull(), F.format_string("%.11e", value).cast("double") + F.lit(0.0))


def divided(numerator: Column, denominator: Column) -> Column:
    """numerator / denominator as a double. *Nulls:* NULL where the denominator is 0, or either is NULL."""
    return F.when(denominator != 0, numerator.cast("double") / denominator.cast("double"))


def ratio(numerator: Column, denominator: Column) -> Column:
    """numerator / denominator, rounded. *Nulls:* NULL where the denominator is 0, or either is NULL."""
    return rounded(divided(numerator, denominator))


def wilson(successes: Column, trials: Column) -> tuple[Column, Column]:
    """The bounds of the Wilson interval at 95 % for successes / trials. *Nulls:* NULL where trials is 0, or either is NULL."""
    n, square = trials.cast("double"), Z_95**2
    share = successes / n
    middle = share + square / (2 * n)
    reach = Z_95 * F.sqrt(share * (1 - share) / n + square / (4 * n * n))
    # At 0 and at 1 the bound is exactly that; what is computed misses it by the last bits.
    low = F.when(successes == 0, F.lit(0.0)).otherwise((middle - reach) / (1 + square / n))
    high = F.when(successes == trials, F.lit(1.0)).otherwise((middle + reach) / (1 + square / n))
    is_known = (trials != 0) & successes.isNotNull()
    return F.when(is_known, rounded(low)), F.when(is_known, rounded(high))


def ordered_sum(term: Column) -> Column:
    """An aggregate: the sum of doubles in the order of their size, so that it does not depend on the order of the rows.

    *Nulls:* a NULL term is left out; 0.0 where there is none.
    """
    return F.aggregate(F.array_sort(F.collect_list(term)), F.lit(0.0), lambda total, one: total + one)
