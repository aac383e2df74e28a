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
    "net_sentiment": [
        Headline(
            where="subject = 'all' AND net_sentiment IS NOT NULL",
            order_by="datediff(DATE'2000-01-01', day)",
            text="format_string('on %s, %.0f %% of %,d judged tweets were positive (95 %%: %.0f to %.0f %%), net"
            " sentiment %+.2f', string(day), 100 * positive_share, tweets - unscored, 100 * positive_low,"
            " 100 * positive_high, net_sentiment)",
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
