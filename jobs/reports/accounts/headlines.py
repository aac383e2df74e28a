"""Headlines of the accounts board: a sentence about the first row of a table."""

from jobs.runtime.reporting.headlines import Headline

HEADLINES = {
    "top_visitors": [
        Headline(
            where="rank = 1",
            order_by="rank",
            text="format_string('visitor %s came most often: %,d %s until %s', user_id, visits, "
            "if(visits = 1, 'visit', 'visits'), string(last_day))",
        ),
    ],
}
