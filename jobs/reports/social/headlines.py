"""Headlines of the social board: a sentence about the first row of a table."""

from jobs.runtime.reporting.headlines import Headline

HEADLINES = {
    "influencers": [
        Headline(
            where="rank = 1",
            order_by="rank",
            text="format_string('author %s is the most influential: %.1f of 100', author_id, influence)",
        ),
    ],
    "place_trends": [
        Headline(
            where="is_rising",
            order_by="struct(datediff(DATE'2000-01-01', day), -z, place)",
            text="format_string('%s had %,d tweets on %s, where %.0f are usual', place, tweets, string(day), usual)",
        ),
    ],
}
