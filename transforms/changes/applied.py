"""Changes applied to what is there: which rows of each table go, and which come."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.changing import APPLIED_AT, SEQ, CdcSource
from transforms.changes import current as now
from transforms.changes import history, partial


@dataclass(frozen=True)
class There:
    """The rows of the tables as they are; of a table without history there are no versions."""

    current: DataFrame
    aux: DataFrame
    versions: DataFrame | None


@dataclass(frozen=True)
class Part:
    """`rows` come in the place of those that have one of the `keys`; of all rows where there are none."""

    rows: DataFrame
    keys: DataFrame | None


@dataclass(frozen=True)
class Applied:
    """What becomes of each table. `compared` are the changes with their outcome, `before` the current rows that may go."""

    compared: DataFrame
    before: DataFrame
    current: Part
    aux: Part
    versions: Part | None


def applied(
    changes: DataFrame,
    there: There,
    changing: CdcSource,
    *,
    has_truncate: bool,
    forgotten: now.Forgotten,
    applied_at: datetime,
    hold: Callable[[DataFrame], DataFrame] = lambda frame: frame,
) -> Applied:
    """The good changes applied. A truncate among them concerns every row. `hold` keeps a frame that several ask for."""
    near = _near(changes, there, changing, has_truncate=has_truncate, hold=hold)
    truncated = now.truncated(changes, there.aux)
    compared = hold(now.compared(changes, near.current, near.aux, truncated, changing, forgotten=forgotten))
    counting = compared.filter("outcome <> 'beyond_retention'")
    if changing.kept_when_null:
        restated = hold(partial.restated(counting, near.aux, truncated, changing))
        keys = restated.select(*changing.key)
        current, aux, versions = (
            partial.shown(restated, changing, applied_at=applied_at),
            partial.states(restated, changing),
            None,
        )
    else:
        last = hold(now.last(counting, changing))
        keys = last.select(*changing.key)
        current, aux, versions = (
            now.upserted(last, changing, applied_at=applied_at),
            now.tombstones(last, changing),
            None,
        )
        if has_truncate:
            current = current.unionByName(now.surviving(near.current, keys, truncated))
            aux = aux.unionByName(
                now.surviving(near.aux.filter("kind = 'tombstone'").drop(APPLIED_AT.name), keys, truncated)
            )
    of_keys = Applied(compared, near.current, Part(current, keys), Part(aux, keys), versions)
    if near.versions is not None:
        retold = hold(history.retold(counting, near.versions, near.aux, now.truncates(changes, there.aux), changing))
        told = retold.select(*changing.key).distinct()
        of_keys = replace(
            of_keys,
            aux=Part(history.noted_of(retold, changing), told),
            versions=Part(history.versions_of(retold, changing), told),
        )
    if has_truncate:
        of_keys = _of_all(of_keys, now.remembered(now.truncates(changes, there.aux), changing))
    return replace(
        of_keys,
        aux=_written(of_keys.aux, applied_at),
        versions=of_keys.versions and _written(of_keys.versions, applied_at),
    )


def _written(part: Part, applied_at: datetime) -> Part:
    return replace(part, rows=part.rows.withColumn(APPLIED_AT.name, F.lit(applied_at)))


def _near(
    changes: DataFrame, there: There, changing: CdcSource, *, has_truncate: bool, hold: Callable[[DataFrame], DataFrame]
) -> There:
    """The rows that may go: those of the keys that change, or all."""

    def of(rows: DataFrame, *names: str) -> DataFrame:
        return hold(rows if has_truncate else now.near(rows.select(*names), changes, changing.key))

    # Of rows that go only their place is asked: to read no more of a large table is to read it in half the time.
    places = [name for name in (SEQ.name, "_is_deleted") if name in there.current.columns]
    return There(
        of(there.current, *changing.key, *places),
        of(there.aux, "*"),
        None if there.versions is None else of(there.versions, "*"),
    )


def _of_all(applied: Applied, truncates: DataFrame) -> Applied:
    """The same in the place of every row, with what is remembered of the truncates."""
    versions = applied.versions and Part(applied.versions.rows, None)
    return replace(
        applied,
        current=Part(applied.current.rows, None),
        aux=Part(applied.aux.rows.unionByName(truncates), None),
        versions=versions,
    )
