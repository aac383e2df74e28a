"""`python -m jobs`: list the jobs, run one, or look into a lake."""

import importlib
import pkgutil
import sys
from importlib import metadata

import jobs
from jobs import look, machine
from jobs.runtime.job import Care, Job, Pipeline, Task
from jobs.runtime.run import main

COMMANDS = {**look.LOOKS, "setup": Task("setup", machine.setup)}


def jobs_by_name() -> dict[str, tuple[Job | Pipeline | Task | Care, str]]:
    """Every job with what its module says it does."""
    found = {}
    for module in pkgutil.walk_packages(jobs.__path__, "jobs."):
        if module.name.count(".") == 2 and module.name.split(".")[1] not in ("runtime", "sources"):
            loaded = importlib.import_module(module.name)
            if hasattr(loaded, "JOB"):
                found[module.name.removeprefix("jobs.")] = (loaded.JOB, str(loaded.__doc__))
    return found


def command(argv: list[str]) -> int:
    name, rest = (argv[0], argv[1:]) if argv else ("", [])
    known = jobs_by_name()
    if name == "--version":
        print(f"weir-etl {metadata.version('weir-etl')}")
        return 0
    if name == "show" and rest and not rest[0].startswith("-"):
        rest = ["--table", *rest]
    if name in COMMANDS:
        return main(COMMANDS[name], rest, says=str(COMMANDS[name].build.__doc__))
    if name in known:
        job, says = known[name]
        return main(job, rest, says=says)
    if name not in ("", "-h", "--help"):
        print(f"there is no job {name}; these are:", file=sys.stderr)
    print("python -m jobs <job> --help tells its options\n")
    for listed, (_, says) in known.items():
        print(f"  {listed:<32}{says.splitlines()[0]}")
    for listed, task in COMMANDS.items():
        print(f"  {listed:<32}{str(task.build.__doc__).splitlines()[0]}")
    return 2 if name not in ("", "-h", "--help") else 0


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
