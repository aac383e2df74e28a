"""Schema evolution of a source: reconcile its declared columns, the columns in the lake and those of change files."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.errors import BadInput
from jobs.runtime.option_types import suggest
from schemas.cdc_columns import FEED_FIRST_SEQ, INCOMPLETE, SOURCE_COMMENT
from schemas.cdc_feed import INFERRED_TYPE
from schemas.cdc_source import CdcSource
from schemas.table import Column
from schemas.widening import common_type
from transforms.change_data.key_changes import OLD

_ADDED = (
    "added, with NULL in rows that have not changed since and that no full load since has, whatever its default in the "
    "source: {} fills it"
)
_BY_LOAD = "a new full load or a full extract with --snapshot"
_BY_POSITIONS = "a snapshot whose rows have positions, such as an ad-hoc one of Debezium,"  # others are refused
_AS_STRING = "; its type is string, since --types of this run does not name it"
_LEFT_OUT = "left out, as --drift added=ignore says"
# Iceberg has no 8-bit and 16-bit integers.
_SMALL_INTEGERS = ("tinyint", "smallint")


def with_lake_columns(source: CdcSource, lake_types: Mapping[str, str]) -> CdcSource:
    """The source with the columns that its current table has in the lake."""
    if INCOMPLETE.name in lake_types:
        source = replace(source, has_placeholders=True)
    control_columns = {*source.current.names} - {*source.names}
    columns = {name: kind for name, kind in lake_types.items() if name not in control_columns}
    widened = {name: common_type(source.types.get(name, kind), kind) or kind for name, kind in columns.items()}
    return _with_types(source, {**source.types, **widened})


def evolve_schema(
    source: CdcSource, change_files: Sequence[ChangeFile], drift: Mapping[str, str], *, lake_types: Collection[str]
) -> tuple[CdcSource, list[str]]:
    """Add the new columns of the files and widen types; return the source and warnings.

    A column without a type is a string. `lake_types` has the columns of the current table in the lake, none in the
    first run: then the columns are in the order of the files, and `drift` has no say in what is added. Raises BadInput
    with file and column if a type cannot be widened to that of the file (unless `drift` says changed=coerce), or if
    `drift` says fail.
    """
    types, is_new = dict(source.types), not lake_types
    declared = [] if is_new else [name for name in types if name not in lake_types]
    was_added = _ADDED.format(_BY_POSITIONS if source.seq == FEED_FIRST_SEQ else _BY_LOAD)
    warnings = [f"declared column {name} is new and was {was_added}" for name in declared]
    raw_names = {*source.raw.names, *(f"{OLD}{name}" for name in source.key)}
    for file in change_files:
        added = [name for name in file.names if name not in types and name not in raw_names]
        missing = _missing_columns(source, file, types)
        _refuse_invalid(file, added)
        _refuse_drift(file, {"added": [] if is_new else added, "missing": missing}, drift)
        warnings += [f"{file.path}: {_reason(name, file)} read as NULL in changes that are applied" for name in missing]
        is_ignored = not is_new and drift.get("added", "apply") != "apply"
        if not is_new:
            what = _LEFT_OUT if is_ignored else was_added
            warnings += [
                f"{_file_with(name, file, change_files)}: column {name} is new and was {what}"
                f"{'' if is_ignored or name in file.types else _AS_STRING}"
                for name in added
            ]
        for name in [] if is_ignored else added:
            types[name] = INFERRED_TYPE if name in file.types else "string"
        for name, kind in ((name, kind) for name, kinds in file.types.items() for kind in kinds if name in types):
            if not _is_decimal_as_text(file, source.types.get(name, ""), kind):
                types[name] = _evolved_type(file, name, types[name], kind, drift)
    if is_new:
        types = {name: types[name] for file in change_files for name in file.names if name in types} | types
        _refuse_unknown(source, change_files)
    stored = {INFERRED_TYPE: "string", **dict.fromkeys(_SMALL_INTEGERS, "int")}
    return _with_types(source, {name: stored.get(kind, kind) for name, kind in types.items()}), warnings


def _file_with(name: str, file: ChangeFile, change_files: Sequence[ChangeFile]) -> str:
    """The path of the file that has a column: all files of events get the fields of all events."""
    return next((other.path for other in change_files if name in other.own_names), file.path)


def _missing_columns(source: CdcSource, file: ChangeFile, present: Collection[str]) -> list[str]:
    """The columns of those that are `present` that a file lacks; of JSON, those of the source that no object has.

    Updates that ignore NULLs leave out any.
    """
    if file.kind != "json":
        return [name for name in present if name not in file.names]
    # The event of a delete may have the key only.
    if {*source.payload}.isdisjoint(file.own_names):
        return []
    return [name for name in source.types if name not in (*file.own_names, *source.null_keeps)]


def _reason(name: str, file: ChangeFile) -> str:
    names = dict(zip(map(str.lower, file.fields), file.names, strict=True))
    is_other = names.get(name.lower(), name) != name
    return f"--columns gives {name} another name, so column {name} is" if is_other else f"no column {name},"


def _is_decimal_as_text(file: ChangeFile, known: str, delivered: str) -> bool:
    """Whether events have the decimals of a known column as text, as Debezium's decimal.handling.mode may say."""
    return file.kind == "json" and delivered == "string" and known.startswith("decimal")


def _refuse_invalid(file: ChangeFile, names: Sequence[str]) -> None:
    """Raises BadInput if a name is not a valid column name."""
    for name in names:
        if not re.fullmatch(r"[\w $-]+", name):
            raise BadInput(
                f"{file.path} has a column {name!r}, whose name has characters that a table cannot have; no file was "
                f"taken: --columns another_name={name} renames it"
            )


def _refuse_unknown(source: CdcSource, change_files: Sequence[ChangeFile]) -> None:
    """Raises BadInput if the first files lack a column that the declaration names."""
    present = {name for file in change_files for name in file.names}
    declared = {
        "keys": source.key,
        "sequence": source.feed_columns,
        "history": source.versioned_columns,
        "ignore_null_updates": source.null_keeps,
        "person": (source.person,),
    }
    for option, names in declared.items():
        if present and (unknown := [name for name in names if name and name not in present]):
            raise BadInput(
                f"no file has a column {unknown[0]}, which --{option} of {source.name} names; "
                f"no file was taken{suggest(unknown[0], present)}"
            )


def _with_types(source: CdcSource, types: Mapping[str, str]) -> CdcSource:
    known = {column.name: column for column in source.columns}
    columns = [replace(known.get(name, Column(name, kind, SOURCE_COMMENT)), type=kind) for name, kind in types.items()]
    return replace(source, columns=tuple(columns))


def _evolved_type(file: ChangeFile, name: str, present: str, delivered: str, drift: Mapping[str, str]) -> str:
    """The type of a column of type `present` after a file with type `delivered`."""
    common = common_type(present, delivered)
    if common is None and present != "string":
        if drift.get("changed") == "coerce":
            return present
        raise BadInput(
            f"{file.path} has column {name} as {delivered}, and the table has it as {present}; no file was taken: "
            "--drift changed=coerce casts each value and rejects those that do not fit"
        )
    if common and common != present and drift.get("widened") == "fail":
        raise BadInput(
            f"{file.path} has column {name} as {delivered}, wider than {present}, and --drift has widened=fail; "
            "no file was taken"
        )
    return common or present


def _refuse_drift(file: ChangeFile, columns: Mapping[str, Sequence[str]], drift: Mapping[str, str]) -> None:
    for kind, names in columns.items():
        if names and drift.get(kind) == "fail":
            raise BadInput(
                f"{file.path} has columns {kind}: {', '.join(names)}, and --drift has {kind}=fail; no file was taken"
            )
