"""Apply the rules against bots to recorded events, and print whom each rule would have blocked, without doing so."""

from jobs.runtime.job import Command, Parameter
from jobs.runtime.parameters import location
from jobs.runtime.run import run
from jobs.runtime.streaming.backtest_rules import backtest_rules

JOB = Command(
    "realtime.backtest_rules",
    backtest_rules,
    [
        Parameter("input", location, help="folder, file or glob of recorded events, local or s3://", is_required=True),
        Parameter("rules", location, None, "JSON file that changes the built-in rules; default: the built-in rules"),
        Parameter(
            "explain", str, None, "only print why this key was flagged: an ip, a user_id, a session or a category"
        ),
    ],
)

if __name__ == "__main__":
    run(JOB)
