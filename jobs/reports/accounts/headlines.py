"""What a run on these tables has found, in sentences: the first row of each list."""

from jobs.runtime.reporting.headlines import Headline

HEADLINES = {
    "top_visitors": [
        Headline(
            of="rank = 1",
            first="rank",
            says="format_string('visitor %s came most often: %,d visits until %s', user_id, visits, string(last_day))",
        ),
    ],
}
