"""Match the fields of a change file with the raw columns of its source."""

import re
from collections.abc import Collection, Mapping, Sequence

from jobs.runtime.cdc.detect_control_columns import CONTROL_NAMES, control_columns
from jobs.runtime.cdc.old_key_fields import names_before, old_key_fields
from jobs.runtime.errors import BadInput
from jobs.runtime.wording import count
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, INFERRED_TYPE, RAW_OP
from schemas.cdc_source import PREFIX, CdcSource
from transforms.change_data.parse_changes import LOAD_FILE

# An empty first field, as a header names it.
_EMPTY_FIRST = "_c0"


def match_names(
    source: CdcSource,
    columns: Mapping[str, str],
    path: str,
    fields: Sequence[str],
    *,
    kept_fields: Mapping[str, Sequence[str]] | None = None,
    control_fields: Collection[str] | None = None,
) -> tuple[str, ...]:
    """The raw columns of the fields, ignoring case; an unknown field keeps its name. `columns` maps columns to fields.

    Only `control_fields`, in lower case, may be the operation, time or position of a change; by default all may, except
    those that an option names and columns of the source. `kept_fields` are those of earlier files. A column of the
    source with a reserved name becomes `source_<name>`; if the source has that name, too, it gets a second prefix.
    Raises BadInput if two fields match one column, or may be the time.
    """
    own = {name.lower(): name for name in source.raw.names if name not in CONTROL_NAMES}
    lower_fields = [field.lower() for field in fields]
    named = {field.lower(): name for name, field in columns.items()}
    named |= old_key_fields(source, columns, lower_fields, control_fields)
    controls = control_columns(source, columns, kept_fields or {}, path, lower_fields, control_fields=control_fields)
    beside = {field for place, field in enumerate(lower_fields) if place not in controls and field not in named}
    names = tuple(
        controls.get(place) or named.get(lower) or _stored(source, own, kept_fields or {}, field, beside)
        for place, (field, lower) in enumerate(zip(fields, lower_fields, strict=True))
    )
    lower_names = [name.lower() for name in names]
    if twice := [field for field, name in zip(fields, lower_names, strict=True) if lower_names.count(name) > 1]:
        if len({*map(str.lower, twice)}) < len(twice):
            raise BadInput(
                f"{path} has columns {', '.join(twice)}, whose names are equal or differ only in case, which are one "
                "column of a table; no file was taken: rename or leave out one of them where the file is written, "
                "such as by a transformation rule of DMS"
            )
        raise BadInput(
            f"{path} has columns {', '.join(twice)}, which would be one column; no file was taken: "
            f"name the newer one apart, such as --columns other_{twice[0]}={twice[0]}; or, if events have one or the "
            "other, ingest files of each by themselves"
        )
    return names


def positional_names(source: CdcSource, path: str, fields: Sequence[str]) -> tuple[str, ...]:
    """The columns of a file without a header, whose first line has these `fields`.

    The file may have the columns of the source only, or lack the operation. change_seq is the last column, and
    optional: a shorter number than that of DMS may be a column that was added to the source. Changes that lack columns
    are rejected line by line.
    Raises BadInput if the file has another number of columns, or no time.
    """
    raw, first = source.raw.names, fields[0].strip().lower()
    is_op = first in {op.lower() for op in source.ops}
    has_change_seq = re.fullmatch(r"\d{35}", fields[-1].strip()) is not None
    without_seq = [name for name in raw if name != CHANGE_SEQ.name]
    has_no_time = is_op and COMMIT_TS.name in raw and not begins_with_change(source, fields)
    if has_no_time and len(fields) - has_change_seq == len(source.names) + 1:
        raise BadInput(
            f"{path} has no commit time in any change, only the operation and the columns of --types; no file was "
            "taken: order the changes by their files with --sequence file, or set TimestampColumnName in DMS"
        )
    # A change sequence is never the value of a column that was added to the source.
    with_op = raw if has_change_seq and CHANGE_SEQ.name in raw else without_seq
    without_op = [name for name in with_op if name != RAW_OP.name]
    # A row of a full load may begin with any word.
    is_load = re.search(LOAD_FILE, path, re.IGNORECASE) and not begins_with_change(source, fields)
    layouts = [
        *([] if (is_op and first and not is_load) or _begins_with_time(source, first) else [source.names]),
        *([with_op] if is_op or first == _EMPTY_FIRST else []),
        *([] if is_op else [without_op]),
    ]
    for names in layouts:
        if len(names) == len(fields):
            return tuple(names)
    if is_op and len(fields) < len(without_seq):
        return tuple(without_seq)
    raise BadInput(
        f"{path} has {count(len(fields), 'column')} and no header with the key {', '.join(source.key)}; "
        f"without a header the columns are {', '.join(raw)}, of which {CHANGE_SEQ.name} is optional and "
        f"has 35 digits in each row: {_advice(source, fields, with_op)}"
    )


def _advice(source: CdcSource, fields: Sequence[str], names: Sequence[str]) -> str:
    """What to do about a file without a header that has other columns than those of `names`."""
    advice = "declare every column of the source with --types, also those that were added later"
    if {field.lower() for field in fields} & {*names, *sum(CONTROL_NAMES.values(), ())}:
        of_header = f"if the first line is a header, give the key that it has by --keys or --columns {source.key[0]}="
        return f"{of_header}<column>; otherwise {advice}"
    if len(fields) < len(names):
        return f"a file from before a column was added needs a header line; otherwise {advice}"
    if fields[-1].strip() in ("", f"_c{len(fields) - 1}"):
        return f"rows of a full load without {CHANGE_SEQ.name} need a header line in their file; otherwise {advice}"
    return advice


def is_header(source: CdcSource, columns: Mapping[str, str], path: str, fields: Sequence[str]) -> bool:
    """Whether a first line names its fields: it has the key, and does not begin with a change.

    Raises BadInput if it has no other name that is known, since it may be a row of the source.
    """
    key = {columns.get(name, name).lower() for name in source.key}
    names = [{field.lower(), source.stored_name(field).lower()} for field in fields]
    if not key <= set().union(*names) or begins_with_change(source, fields):
        return False
    before = [field for name in source.key for field in names_before(source, columns, name)]
    of_changes = {*source.raw.names, *columns.values(), *before, *sum(CONTROL_NAMES.values(), ())}
    known = {name.lower() for name in (*source.payload, *of_changes)}
    declared = [name for name in source.payload if source.types[name] != INFERRED_TYPE]
    others = [found for found in names if key.isdisjoint(found)]
    if declared and others and not any(found & known for found in others):
        raise BadInput(
            f"the first line of {path} has {', '.join(source.key)} and no other name of a column that is known, so it "
            "may be a header or a row; no file was taken: --no_header if it is a row; a header has one of "
            f"{', '.join(declared)}, or the operation or time of changes"
        )
    return True


def begins_with_change(source: CdcSource, fields: Sequence[str]) -> bool:
    """Whether a first line begins with an operation and a time."""
    ops = {op.lower() for op in source.ops if op}
    return len(fields) > 1 and fields[0].strip().lower() in ops and re.match(r"\d{4}-\d\d-\d\d", fields[1]) is not None


def _begins_with_time(source: CdcSource, first: str) -> bool:
    """Whether the first field of a line is a time, and the first column of the source has none."""
    is_time = re.match(r"\d{4}-\d\d-\d\d[ t]\d\d:\d\d", first) is not None
    return is_time and source.types[source.names[0]] not in ("date", "timestamp")


def _stored(
    source: CdcSource, own: Mapping[str, str], kept: Mapping[str, Sequence[str]], field: str, beside: Collection[str]
) -> str:
    """The column of a field. `kind` and `source_kind` would be one: that which came first, or `kind`, has the name."""
    lower, name = field.lower(), source.stored_name(field)
    prefixed, reserved = f"{PREFIX}{name}", lower.removeprefix(PREFIX)
    is_prefixed = reserved != lower and source.stored_name(reserved) == lower
    if is_prefixed or name.lower() != lower:
        came_first = kept.get(name.lower(), [lower])[0]
        may_be_second = prefixed.lower() in own or (reserved in beside and lower not in own)
        if came_first != lower or (is_prefixed and name.lower() not in kept and may_be_second):
            return own.get(prefixed.lower(), prefixed)
    return own.get(lower) or own.get(name.lower(), name)
