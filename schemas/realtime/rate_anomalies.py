"""Windows in which the rate of events was unusual, by event type."""

from schemas.table import Column, Table

RATE_ANOMALIES = Table(
    name="realtime.rate_anomalies",
    grain="one row per event type and window that a detector finds unusual",
    key=("window_start", "metric"),
    columns=(
        Column("window_start", "timestamp", "Start of the window of ten seconds, UTC.", required=True),
        Column("metric", "string", "Event type whose events were counted, of all categories together.", required=True),
        Column("detector", "string", "rcf, a random cut forest, or median, the median and MAD.", required=True),
        Column("value", "long", "Events in the window.", required=True),
        Column("expected_low", "double", "Least value whose robust z-score is below 4.", required=True),
        Column("expected_high", "double", "Greatest value whose robust z-score is below 4.", required=True),
        Column("score", "double", "Score of the detector; rcf is unusual from 3, median from 4 on.", required=True),
        Column("direction", "string", "up, above the median of the history; down, below it; none.", required=True),
    ),
    partition="days(window_start)",
    time="window_start",
)
