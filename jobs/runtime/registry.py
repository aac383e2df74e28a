"""Find jobs, pipelines and boards by name in the folders of jobs/: adding a folder is enough."""

import ast
import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from importlib import util
from typing import Any

import jobs
from jobs.runtime.job import Declared, Job, Pipeline

# The domain that is meant where none is named.
MAIN_DOMAIN = "ecommerce"
_NO_DOMAINS = ("lake", "reports", "runtime", "samples")
_ON_EVERY_BOARD = "shared"


def job_names() -> list[str]:
    """Every module that may hold a job."""
    modules = (module.name.removeprefix("jobs.") for module in pkgutil.walk_packages(jobs.__path__, "jobs."))
    return [name for name in modules if name.count(".") == 1 and name.split(".")[0] not in ("reports", "runtime")]


def described() -> dict[str, str]:
    """Every job with what its module says it does; none is imported for that."""
    trees = {name: ast.parse(_source(f"jobs.{name}")) for name in job_names()}
    return {
        name: ast.get_docstring(tree) or ""
        for name, tree in trees.items()
        if any(_declares_job(node) for node in tree.body)
    }


def jobs_by_name(names: Iterable[str] | None = None) -> dict[str, tuple[Declared, str]]:
    """Every job, or those of some names that are jobs, each with what its module says it does."""
    loaded = {name: importlib.import_module(f"jobs.{name}") for name in (names or job_names())}
    return {name: (module.JOB, str(module.__doc__)) for name, module in loaded.items() if hasattr(module, "JOB")}


def pipelines() -> dict[str, Pipeline]:
    """What makes the tables of each domain: its pipeline `daily`, or else all its jobs together."""
    names = [name for name in job_names() if name.split(".")[0] not in _NO_DOMAINS]
    domains = sorted({name.split(".")[0] for name in names})
    return {domain: _pipeline(domain, [name for name in names if name.startswith(f"{domain}.")]) for domain in domains}


def boards() -> list[str]:
    """Every folder of tiles, that of the main domain first."""
    found = [
        module.name for module in pkgutil.iter_modules(importlib.import_module("jobs.reports").__path__) if module.ispkg
    ]
    return sorted((name for name in found if name != _ON_EVERY_BOARD), key=lambda name: (name != MAIN_DOMAIN, name))


def _pipeline(domain: str, names: Sequence[str]) -> Pipeline:
    """Where there is a pipeline, no job beside it is imported."""
    for job, _ in jobs_by_name([name for name in names if name == f"{domain}.daily"] or names).values():
        if isinstance(job, Pipeline):
            return job
    return Pipeline(domain, [job for job, _ in jobs_by_name(names).values() if isinstance(job, Job)])


def _declares_job(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "JOB" for target in node.targets
    )


def _source(module: str) -> str:
    loader: Any = getattr(util.find_spec(module), "loader", None)
    return str(loader.get_source(module))
