"""Days compared with earlier ones of the same weekday."""

from datetime import date, timedelta

from pyspark.sql import SparkSession

from tests.conftest import assert_rows
from transforms.weekdays import against_weekdays

# The values of one weekday, a week apart -> for the last day: the number of known days, the usual value, the spread.
CASES: list[tuple[list[float], list[float] | None]] = [
    ([10, 20, 40, 99], [3, 20, 10]),
    ([7, 7, 7, 7, 9], [4, 7, 1]),  # all equal: a spread of at least 1
    ([100, 100, 100], [2, 100, 5]),  # or of a twentieth
    ([1000, *range(1, 9), 0], [8, 4.5, 2]),  # eight weeks back, not nine
    ([5], None),  # no earlier day: the days of other weekdays do not count
]


def test_usual_and_spread_are_medians_over_earlier_days_of_the_same_weekday(spark: SparkSession) -> None:
    given, expected = [], []
    for number, (values, usual) in enumerate(CASES):
        last = date(2019, 12, 3) + timedelta(days=number)
        given += [(last - timedelta(weeks=weeks), float(value)) for weeks, value in enumerate(reversed(values))]
        if usual is not None:
            expected.append([str(last), values[-1], *usual])
    found = against_weekdays(spark.createDataFrame(given, "day date, value double"))
    assert_rows(found.filter("day >= DATE'2019-12-03'"), "day value known usual spread", expected)
