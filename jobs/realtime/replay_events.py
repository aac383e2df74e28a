"""Replay recorded events to a folder, a Kinesis stream or Firehose, at any speed, with labelled attacks if wanted."""

from jobs.runtime.job import Command, Parameter
from jobs.runtime.parameters import location, number_between, whole_number
from jobs.runtime.run import run
from jobs.runtime.streaming.attack_injection import ATTACKS
from jobs.runtime.streaming.replay_events import replay_events
from jobs.runtime.streaming.stream_option_types import folder_or_stream, positive_number, some_of

DAY_S = number_between(1, 86_400)

JOB = Command(
    "realtime.replay_events",
    replay_events,
    [
        Parameter("input", location, help="folder, file or glob of recorded events, local or s3://", is_required=True),
        Parameter(
            "output",
            folder_or_stream,
            help="folder, local or s3://, or kinesis:<data stream>, or firehose:<delivery stream>",
            is_required=True,
        ),
        Parameter("speed", positive_number, 1.0, "how many times as fast as recorded"),
        Parameter("rate", positive_number, None, "events per second, instead of the pace of the recording"),
        Parameter(
            "jitter",
            positive_number,
            0.0,
            "seconds by which an event is late at most, at random, at any --speed",
        ),
        Parameter("seed", whole_number, 1, "random seed of jitter and attacks"),
        Parameter("partition_key", str, "category_id", "field that decides on the shard of an event"),
        Parameter("attacks", some_of(*ATTACKS), [], f"attacks to mix in, one after the other, of {', '.join(ATTACKS)}"),
        Parameter("attack_after", DAY_S, 600, "recorded seconds from the first event to the first attack"),
        Parameter("attack_every", DAY_S, 900, "recorded seconds from one attack to the next"),
        Parameter("labels", location, None, "file of JSON lines to write with who attacked, when, and how"),
        Parameter(
            "checkpoint",
            location,
            None,
            "file of progress, for an interrupted replay to go on from; default: in the output, if it is a folder",
        ),
    ],
)

if __name__ == "__main__":
    run(JOB)
