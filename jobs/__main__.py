"""`python -m jobs`: list the jobs, run one, or inspect a lake."""

import sys
from importlib import metadata

from jobs.runtime.cli import lake_commands
from jobs.runtime.job import Command
from jobs.runtime.option_types import closest
from jobs.runtime.registry import job_descriptions, job_names, jobs_by_name
from jobs.runtime.run import exit_process, main
from jobs.runtime.spark import local_setup
from jobs.runtime.wording import printable

# A small run of the main job, whose Java classes are archived. `{folder}` is a temporary folder.
_SMALL_RUN = (
    ("samples.shop_events", "--output", "{folder}/input", "--rows", "5000", "--days", "3", "--dirt"),
    ("ecommerce.daily", "--input", "{folder}/input", "--lake", "{folder}/lake"),
)


def setup() -> str:
    """Set up this machine: download the jars and archive Java classes, so that runs start in half the time."""
    return local_setup.setup(_SMALL_RUN)


COMMANDS = {**lake_commands.COMMANDS, "setup": Command("setup", setup)}


def command(argv: list[str]) -> int:
    """Run a command or a job by name, or list them. Returns the exit code."""
    name, rest = (argv[0], argv[1:]) if argv else ("", [])
    if name == "--version":
        print(f"weir-etl {metadata.version('weir-etl')}")
        return 0
    if name == "show" and rest and not rest[0].startswith("-"):
        rest = ["--table", *rest]
    if name in COMMANDS:
        return main(COMMANDS[name], rest, description=str(COMMANDS[name].build.__doc__))
    # Imports only this job: importing all of them takes seconds.
    if name in job_names() and (jobs := jobs_by_name([name])):
        job, description = jobs[name]
        return main(job, rest, description=description)
    if name not in ("", "-h", "--help"):
        print(printable(_unknown(name)), file=sys.stderr)
    print("weir <job> --help lists its options\n")
    for listed, description in job_descriptions().items():
        print(f"  {listed:<32}{description.splitlines()[0]}")
    for listed, task in COMMANDS.items():
        print(f"  {listed:<32}{str(task.build.__doc__).splitlines()[0]}")
    return 2 if name not in ("", "-h", "--help") else 0


def _unknown(name: str) -> str:
    """What to print about a name that is neither a job nor a command."""
    if name.startswith("-"):
        return f"{name} comes after the name of a job: weir <job> {name}"
    known = [*job_descriptions(), *COMMANDS]
    written = name.lower().removesuffix(".py").replace("/", ".").removeprefix("jobs.")
    # The last word alone is enough, also if several jobs have it: daily, forget.
    stem = closest(written.rpartition(".")[2], {_stem(one) for one in known})
    same = [one for one in known if _stem(one) == stem]
    nearest = closest(written, same) or closest(written, known)
    meant = same if same and "." not in written else [nearest] if nearest else []
    return f"there is no job {name}" + (f"; did you mean {', '.join(meant)}?" if meant else "")


def _stem(name: str) -> str:
    return name.rpartition(".")[2]


def console() -> None:
    """The entry point of the console script `weir`."""
    exit_process(command(sys.argv[1:]))


if __name__ == "__main__":
    console()
