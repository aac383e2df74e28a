"""`python -m jobs`: list the jobs, run one, or look into a lake."""

import importlib
import pkgutil
import sys
from collections.abc import Iterable
from importlib import metadata

import jobs
from jobs import look, machine
from jobs.ending import leave
from jobs.runtime.job import Declared, Task
from jobs.runtime.run import main

COMMANDS = {**look.LOOKS, "setup": Task("setup", machine.setup)}


def job_names() -> list[str]:
    """Every module that may hold a job."""
    modules = (module.name.removeprefix("jobs.") for module in pkgutil.walk_packages(jobs.__path__, "jobs."))
    return [name for name in modules if name.count(".") == 1 and name.split(".")[0] not in ("runtime", "sources")]


def jobs_by_name(names: Iterable[str] | None = None) -> dict[str, tuple[Declared, str]]:
    """Every job, or those of some names that are jobs, each with what its module says it does."""
    loaded = {name: importlib.import_module(f"jobs.{name}") for name in (names or job_names())}
    return {name: (module.JOB, str(module.__doc__)) for name, module in loaded.items() if hasattr(module, "JOB")}


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
    for listed, (_, says) in jobs_by_name().items():
        print(f"  {listed:<32}{says.splitlines()[0]}")
    for listed, task in COMMANDS.items():
        print(f"  {listed:<32}{str(task.build.__doc__).splitlines()[0]}")
    return 2 if name not in ("", "-h", "--help") else 0


if __name__ == "__main__":
    leave(command(sys.argv[1:]))
