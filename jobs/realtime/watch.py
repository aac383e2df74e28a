"""Watch a stream of shop events for bots and floods: event rates, incidents, a block list and alerts."""

from jobs.runtime.job import Parameter, StreamJob
from jobs.runtime.parameters import location, number_between, one_of
from jobs.runtime.run import run
from jobs.runtime.streaming.stream_option_types import folder_or_kinesis
from schemas.realtime.alerts import ALERTS
from schemas.realtime.blocked_actors import BLOCKED_ACTORS
from schemas.realtime.bot_alerts import BOT_ALERTS
from schemas.realtime.event_rates import EVENT_RATES
from schemas.realtime.rate_anomalies import RATE_ANOMALIES
from schemas.realtime.raw_stream_events import RAW_STREAM_EVENTS
from schemas.realtime.rejected_stream_events import REJECTED_STREAM_EVENTS

JOB = StreamJob(
    "realtime.watch",
    reads=RAW_STREAM_EVENTS,
    writes=EVENT_RATES,
    rejects=REJECTED_STREAM_EVENTS,
    board="realtime",
    others=[BOT_ALERTS, BLOCKED_ACTORS, ALERTS, RATE_ANOMALIES],
    parameters=[
        Parameter(
            "input",
            folder_or_kinesis,
            help="folder that gets files of JSON lines, or its subfolders, local or s3://; on Glue also kinesis:<ARN>",
            is_required=True,
        ),
        Parameter("rules", location, None, "JSON file that changes the built-in rules; default: the built-in rules"),
        Parameter("checkpoint", location, None, "folder of the progress and state; default: streams/ in the lake"),
        Parameter("available_now", bool, False, "read the files that are there, publish them, and end"),
        Parameter("start_over", bool, False, "start with a new checkpoint although the tables have rows of another"),
        Parameter("trigger_s", number_between(1, 3600), 2, "seconds from one batch to the next"),
        Parameter("publish_s", number_between(0, 3600), 60, "seconds from one publication to the next"),
        Parameter("detector", one_of("rcf", "median"), "rcf", "detector of unusual rates, see docs/decisions/0006"),
        Parameter("block_table", str, None, "DynamoDB table that gets the blocks in mode enforce; default: none"),
        Parameter("block_file", location, None, "file that gets the blocks in mode enforce; default: none"),
        Parameter("metrics", str, None, "name of the stream in CloudWatch metrics; default: no metrics"),
        Parameter(
            "max_keys",
            number_between(1000, 1_000_000_000),
            10_000_000,
            "most visitors, sessions and addresses, and most categories",
        ),
        Parameter("max_files", number_between(1, 100_000), 1000, "most files in one batch"),
    ],
)

if __name__ == "__main__":
    run(JOB)
