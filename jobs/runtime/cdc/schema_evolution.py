"""Reconcile the columns of a followed table: as declared, as the lake has them, and as files deliver them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from jobs.runtime.cdc.change_files import Delivered
from jobs.runtime.errors import BadInput
from jobs.runtime.option_types import nearest
from schemas.changing import AS_DELIVERED, AT_SOURCE, CdcSource
from schemas.table import Column
from transforms.changes.typed import OLD

# Names of columns that changes have on their way into the tables.
_ON_THE_WAY = {
    "source_file",
    "raw_line",
    "malformed",
    "row_no",
    "problems",
    "remarks",
    "is_derived",
    "outcome",
    "is_last",
    "row_seq",
    "gone_seq",
    "is_there",
}
_ON_THE_WAY |= {
    "truncate_seq",
    "truncate_before",
    "has_broken_text",
    "has_time",
    "floor",
    "was",
    "is",
    "one",
    "other",
    "line",
    "op",
    "commit_ts",
    "change_seq",
}
# Iceberg has none of them.
_AS_INT = ("tinyint", "smallint")
# Each holds all values of those before it.
_WIDENING = (("tinyint", "smallint", "int", "bigint"), ("float", "double"))


def as_there(changing: CdcSource, there: Mapping[str, str]) -> CdcSource:
    """The table with the columns that it has in the lake."""
    marks = {*changing.current.names} - {*changing.names}
    own = {name: kind for name, kind in there.items() if name not in marks}
    return _with(
        changing,
        {**changing.types, **{name: wider(changing.types.get(name, kind), kind) or kind for name, kind in own.items()}},
    )


def grown(
    changing: CdcSource, delivered: Sequence[Delivered], drift: Mapping[str, str], *, is_new: bool
) -> tuple[CdcSource, list[str]]:
    """The table with what files bring: columns that are new, or wider; and warnings. One that `is_new` has its columns in the order of the files.

    What no file tells the type of is text. Raises BadInput, naming file and column, where a type cannot become that of the file, unless `drift` says
    coerce, or says fail.
    """
    types, warnings = dict(changing.types), list[str]()
    ours = {*changing.raw.names, *(f"{OLD}{name}" for name in changing.key)}
    for one in delivered:
        added = [name for name in one.names if name not in types and name not in ours]
        missing = [
            name for name in types if one.kind != "json" and name not in one.names
        ]  # an event of a delete may tell no more than the key
        if unfit := [
            name
            for name in (*added, *types)
            if name in changing.marks | _ON_THE_WAY or name.startswith("_") or not re.fullmatch(r"[\w $-]+", name)
        ]:
            raise BadInput(
                f"{one.file.path} has a column {unfit[0]!r}: ours is called so, or none can be; nothing was taken: --columns another_name={unfit[0]} renames it"
            )
        _refuse(one, {"added": added, "missing": missing}, drift)
        warnings += [
            f"{one.file.path}: column {OLD}{name} is what {name} was before the change"
            for name in changing.key
            if f"{OLD}{name}" in one.names
        ]
        warnings += [f"{one.file.path}: no column {name}, taken as NULL" for name in missing]
        for name in added if drift.get("added", "apply") == "apply" else ():
            types[name] = one.types.get(name, "string")
            if not is_new:
                warnings.append(f"{one.file.path}: column {name} is new, and added")
        for name, kind in ((name, kind) for name, kind in one.types.items() if name in types):
            types[name] = _fitting(one, name, types[name], kind, drift)
    if is_new:
        types = {name: types[name] for one in delivered for name in one.names if name in types} | types
        _refuse_unknown(changing, delivered)
    kinds = {AS_DELIVERED: "string", **dict.fromkeys(_AS_INT, "int")}
    return _with(changing, {name: kinds.get(kind, kind) for name, kind in types.items()}), warnings


def _refuse_unknown(changing: CdcSource, delivered: Sequence[Delivered]) -> None:
    """Raises BadInput where the first files do not have a column that is to tell something."""
    there = {name for one in delivered for name in one.names}
    asked = {
        "key": changing.key,
        "history": changing.versioned,
        "kept_when_null": changing.kept_when_null,
        "person": (changing.person,),
    }
    for word, names in asked.items():
        if there and (unknown := [name for name in names if name and name not in there]):
            raise BadInput(
                f"no file has a column {unknown[0]}, which is the {word} of {changing.name}; nothing was taken{nearest(unknown[0], there)}"
            )


def _with(changing: CdcSource, types: Mapping[str, str]) -> CdcSource:
    known = {column.name: column for column in changing.columns}
    columns = [replace(known.get(name, Column(name, kind, AT_SOURCE)), type=kind) for name, kind in types.items()]
    return replace(changing, columns=tuple(columns))


def wider(one: str, other: str) -> str | None:
    """The type that holds all values of both and that the narrower one can become; None where there is none."""
    if one in (other, AS_DELIVERED):
        return other
    for kinds in _WIDENING:
        if one in kinds and other in kinds:
            return max(one, other, key=kinds.index)
    digits = [re.fullmatch(r"decimal\((\d+),(\d+)\)", kind) for kind in (one, other)]
    if all(digits):
        (p, s), (q, r) = ((int(found[1]), int(found[2])) for found in digits if found)
        return f"decimal({max(p, q)},{s})" if s == r else None
    return None


def _fitting(one: Delivered, name: str, ours: str, theirs: str, drift: Mapping[str, str]) -> str:
    """The type of our column when a file has theirs."""
    fit = wider(ours, theirs)
    if fit is None and ours != "string":
        if drift.get("changed") == "coerce":
            return ours
        raise BadInput(
            f"{one.file.path} has column {name} as {theirs}, and the table has it as {ours}; nothing was taken: "
            "--drift changed=coerce takes what fits, value by value"
        )
    if fit and fit != ours and drift.get("widened") == "fail":
        raise BadInput(
            f"{one.file.path} has column {name} as {theirs}, wider than {ours}, and --drift says widened=fail; nothing was taken"
        )
    return fit or ours


def _refuse(one: Delivered, found: Mapping[str, Sequence[str]], drift: Mapping[str, str]) -> None:
    for kind, names in found.items():
        if names and drift.get(kind) == "fail":
            raise BadInput(
                f"{one.file.path} has columns {kind}: {', '.join(names)}, and --drift says {kind}=fail; nothing was taken"
            )
