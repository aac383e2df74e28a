"""Find jobs, pipelines and boards by name in the folders of jobs/: adding a folder is enough."""

import ast
import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from importlib import util
from typing import Any

import jobs
from jobs.runtime.job import Declaration, Job, Pipeline, StreamJob

# The default domain.
MAIN_DOMAIN = "ecommerce"
_NOT_DOMAINS = ("lake", "reports", "runtime", "samples")
# Tiles in this folder are on every board.
_SHARED_TILES = "shared"


def job_names() -> list[str]:
    """Every module that may declare a job."""
    modules = (module.name.removeprefix("jobs.") for module in pkgutil.walk_packages(jobs.__path__, "jobs."))
    return [name for name in modules if name.count(".") == 1 and name.split(".")[0] not in ("reports", "runtime")]


def job_descriptions() -> dict[str, str]:
    """The docstring of every module that declares a job, by job name, without importing the modules."""
    trees = {name: ast.parse(_source(f"jobs.{name}")) for name in job_names()}
    return {
        name: ast.get_docstring(tree) or ""
        for name, tree in trees.items()
        if any(_declares_job(node) for node in tree.body)
    }


def jobs_by_name(names: Iterable[str] | None = None) -> dict[str, tuple[Declaration, str]]:
    """Jobs and the docstrings of their modules: all jobs, or those among the given names that are jobs."""
    loaded = {name: importlib.import_module(f"jobs.{name}") for name in (names or job_names())}
    return {name: (module.JOB, str(module.__doc__)) for name, module in loaded.items() if hasattr(module, "JOB")}


def pipelines() -> dict[str, Pipeline]:
    """The pipeline of each domain with jobs: the declared `daily`, or else one of all its jobs."""
    names = [name for name in job_names() if name.split(".")[0] not in _NOT_DOMAINS]
    domains = sorted({name.split(".")[0] for name in names})
    found = {domain: _pipeline(domain, [name for name in names if name.startswith(f"{domain}.")]) for domain in domains}
    return {domain: pipeline for domain, pipeline in found.items() if pipeline.members}


def streams() -> dict[str, StreamJob]:
    """The stream of each domain that has one."""
    names = [name for name in job_names() if name.split(".")[0] not in _NOT_DOMAINS]
    found = (job for job, _ in jobs_by_name(names).values())
    return {job.name.partition(".")[0]: job for job in found if isinstance(job, StreamJob)}


def boards() -> list[str]:
    """The folders of tiles, the main domain first, then by name."""
    reports = importlib.import_module("jobs.reports")
    folders = [module.name for module in pkgutil.iter_modules(reports.__path__) if module.ispkg]
    return sorted((name for name in folders if name != _SHARED_TILES), key=lambda name: (name != MAIN_DOMAIN, name))


def _pipeline(domain: str, names: Sequence[str]) -> Pipeline:
    """Imports only the module `daily` if the domain has one."""
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
