"""Read a Kinesis data stream into the folder that realtime.watch reads: each record once, across splits and merges."""

from jobs.runtime.job import Command, Parameter
from jobs.runtime.parameters import location, number_between
from jobs.runtime.run import run
from jobs.runtime.streaming.poll_kinesis import poll_kinesis

JOB = Command(
    "realtime.poll_kinesis",
    poll_kinesis,
    [
        Parameter("stream", str, help="name of the data stream", is_required=True),
        Parameter("output", location, help="folder to write files to, local or s3://", is_required=True),
        Parameter("latest", bool, False, "begin with new records; by default with the oldest that the stream has"),
        Parameter("idle_s", number_between(1, 86_400), None, "end when nothing has come for so many seconds"),
    ],
)

if __name__ == "__main__":
    run(JOB)
