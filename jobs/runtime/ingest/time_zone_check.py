"""Check the time zones in which a transform computed instants from delivered local times."""

import inspect
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.job import Job
from jobs.runtime.spark.tzdata_check import require_same_rules


def require_same_zones(validated: DataFrame, job: Job, options: Sequence[Mapping[str, Any]]) -> None:
    """Raises BadArgument if Java and tzdata disagree on the clock of a zone, within the instants of its good rows.

    `options` are those that the rows may have been built with.
    """
    if not job.zone:
        return
    arguments = inspect.signature(job.zone).parameters
    instants = [name for name, kind in job.writes.types.items() if kind == "timestamp"]
    bounds = [bound(F.unix_seconds(name)) for name in instants for bound in (F.min, F.max)]
    for values in options:
        used = {name: value for name, value in values.items() if name in arguments}
        spans = validated.filter("size(problems) = 0").groupBy(job.zone(**used)).agg(*bounds).collect()
        for zone, *seconds in spans:
            found = sorted(datetime.fromtimestamp(second, UTC) for second in seconds if second is not None)
            require_same_rules(validated.sparkSession, zone, found[0], found[-1])
