"""A process that is killed between two steps of its work on a lake."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.maintenance.maintained_lake import MaintainedLake

# All by which a job changes a lake.
STEPS: dict[type, tuple[Callable[..., Any], ...]] = {
    Lake: (Lake.append, Lake.stage, Lake.delete, Lake.publish, Lake.drop, Lake.move),
    MaintainedLake: (MaintainedLake.compact, MaintainedLake.expire, MaintainedLake.sweep),
}


class Killed(BaseException):
    """Nothing is tidied up after it."""


@contextmanager
def killed_at(place: int) -> Iterator[list[str]]:
    """All that would be done from the step of this number on is not; the steps that came are listed."""
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
