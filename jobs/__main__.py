"""`python -m jobs`: list the jobs, run one, or look into a lake."""

import sys
from importlib import metadata

from jobs.runtime.cli import inspection
from jobs.runtime.cli.process_exit import leave
from jobs.runtime.job import Command
from jobs.runtime.registry import described, job_names, jobs_by_name
from jobs.runtime.run import main
from jobs.runtime.spark import local_machine

# What Java loads for a small run of the main job is kept; `{folder}` is a folder of its own.
_SMALL_RUN = (
    ("samples.shop_events", "--output", "{folder}/input", "--rows", "5000", "--days", "3", "--dirt"),
    ("ecommerce.daily", "--input", "{folder}/input", "--lake", "{folder}/lake"),
)


def setup() -> str:
    """Make this machine ready: fetch the jars, and keep what Java loads, so that runs start in half the time."""
    return local_machine.setup(_SMALL_RUN)


COMMANDS = {**inspection.LOOKS, "setup": Command("setup", setup)}


def command(argv: list[str]) -> int:
    name, rest = (argv[0], argv[1:]) if argv else ("", [])
    if name == "--version":
        print(f"weir-etl {metadata.version('weir-etl')}")
        return 0
    if name == "show" and rest and not rest[0].startswith("-"):
        rest = ["--table", *rest]
    if name in COMMANDS:
        return main(COMMANDS[name], rest, says=str(COMMANDS[name].build.__doc__))
    # To import all of them takes seconds, and Java would start only then.
    if name in job_names() and (found := jobs_by_name([name])):
        job, says = found[name]
        return main(job, rest, says=says)
    if name not in ("", "-h", "--help"):
        print(f"there is no job {name}; these are:", file=sys.stderr)
    print("python -m jobs <job> --help tells its options\n")
    for listed, says in described().items():
        print(f"  {listed:<32}{says.splitlines()[0]}")
    for listed, task in COMMANDS.items():
        print(f"  {listed:<32}{str(task.build.__doc__).splitlines()[0]}")
    return 2 if name not in ("", "-h", "--help") else 0


def console() -> None:
    """The whole of the console script `weir`."""
    leave(command(sys.argv[1:]))


if __name__ == "__main__":
    console()
