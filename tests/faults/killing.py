"""Kill a process between two steps of its work on a lake."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.maintenance.maintenance_actions import MaintainedLake

# All functions by which a job changes a lake.
STEPS: dict[type, tuple[Callable[..., Any], ...]] = {
    Lake: (Lake.append, Lake.append_rows, Lake.stage, Lake.delete, Lake.publish, Lake.drop_branch, Lake.set_main),
    MaintainedLake: (MaintainedLake.compact, MaintainedLake.expire_snapshots, MaintainedLake.remove_orphans),
}


class Killed(BaseException):
    """Stands for a kill: no cleanup code runs."""


@contextmanager
def killed_at(place: int) -> Iterator[list[str]]:
    """Skip every step from this number on. Yields the list of the steps that were run."""
    done: list[str] = []

    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any, **options: Any) -> Any:
            if len(done) >= place:
                raise Killed
            done.append(method.__name__)
            return method(*given, **options)

        return step

    with pytest.MonkeyPatch.context() as patch:
        for owner, methods in STEPS.items():
            for method in methods:
                patch.setattr(owner, method.__name__, guarded(method))
        yield done
