"""Jobs by name: every module of a folder of jobs/ that declares one."""

import importlib
import pkgutil
from collections.abc import Iterable

import jobs
from jobs.runtime.job import Declared


def job_names() -> list[str]:
    """Every module that may hold a job."""
    modules = (module.name.removeprefix("jobs.") for module in pkgutil.walk_packages(jobs.__path__, "jobs."))
    return [name for name in modules if name.count(".") == 1 and name.split(".")[0] != "runtime"]


def jobs_by_name(names: Iterable[str] | None = None) -> dict[str, tuple[Declared, str]]:
    """Every job, or those of some names that are jobs, each with what its module says it does."""
    loaded = {name: importlib.import_module(f"jobs.{name}") for name in (names or job_names())}
    return {name: (module.JOB, str(module.__doc__)) for name, module in loaded.items() if hasattr(module, "JOB")}
