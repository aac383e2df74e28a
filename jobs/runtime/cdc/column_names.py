"""Match the fields of a change file with the raw columns of its source."""

import re
from collections.abc import Collection, Mapping, Sequence

from jobs.runtime.errors import BadInput
from jobs.runtime.wording import count
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from schemas.cdc_source import CdcSource
from transforms.change_data.parse_changes import OLD

# Control column -> its names in known feeds, in lower case.
_CONTROL_NAMES = {
    RAW_OP.name: ("op", "__op", "operation", "recordmode"),
    COMMIT_TS.name: ("commit_ts", "dms_timestamp", "commit_timestamp", "transact_ts", "timestamp", "ts_ms"),
    CHANGE_SEQ.name: ("change_seq", "ar_h_change_seq", "header__change_seq"),
}
# An empty first field, as a header names it.
_EMPTY_FIRST = "_c0"
# The prefix of DMS's columns with the values before a change, as its documentation names it.
_BEFORE_IMAGE = "BI_"


def match_names(
    source: CdcSource,
    columns: Mapping[str, str],
    path: str,
    fields: Sequence[str],
    *,
    control_fields: Collection[str] | None = None,
) -> tuple[str, ...]:
    """The raw columns of the fields, ignoring case; an unknown field keeps its name. `columns` maps columns to fields.

    Only `control_fields`, in lower case, may be the operation, time or position of a change; by default all may, except
    those that an option names and columns of the source. A column of the source with a reserved name becomes
    `source_<name>`.
    Raises BadInput if two fields match one column.
    """
    renamed = {field.lower(): name for name, field in columns.items()}
    before_images = {f"{_BEFORE_IMAGE}{key}".lower(): f"{OLD}{key}" for key in source.key}
    own = {name.lower(): name for name in source.raw.names if name not in _CONTROL_NAMES}
    known = before_images | own | renamed
    lower_fields = [field.lower() for field in fields]
    known_fields = {*source.types} | {field for name, field in columns.items() if name not in _CONTROL_NAMES}
    controls = _control_columns(
        source, columns, lower_fields, control_fields, {field.lower() for field in known_fields}
    )
    names = tuple(
        controls.get(place) or known.get(lower) or _stored(source, own, field)
        for place, (field, lower) in enumerate(zip(fields, lower_fields, strict=True))
    )
    lower_names = [name.lower() for name in names]
    if twice := [field for field, name in zip(fields, lower_names, strict=True) if lower_names.count(name) > 1]:
        raise BadInput(
            f"{path} has columns {', '.join(twice)}, which would be one column; no file was taken: "
            "name them apart with --columns, or, if events have one or the other, ingest files of each by themselves"
        )
    return names


def positional_names(source: CdcSource, path: str, fields: Sequence[str]) -> tuple[str, ...]:
    """The columns of a file without a header, whose first line has these `fields`.

    The file may have the columns of the source only, or lack the operation. change_seq is the last column, and
    optional: a shorter number than that of DMS may be a column that was added to the source. Changes that lack columns
    are rejected line by line.
    Raises BadInput if the file has another number of columns.
    """
    raw, first = source.raw.names, fields[0].strip().lower()
    is_op = first in {op.lower() for op in source.ops}
    has_change_seq = re.fullmatch(r"\d{35}", fields[-1].strip()) is not None
    without_seq = [name for name in raw if name != CHANGE_SEQ.name]
    with_op = [raw, without_seq] if has_change_seq else [without_seq]
    without_op = [[name for name in names if name != RAW_OP.name] for names in with_op]
    layouts = [source.names, *(with_op if is_op or first == _EMPTY_FIRST else ()), *(() if is_op else without_op)]
    for names in layouts:
        if len(names) == len(fields):
            return tuple(names)
    if is_op and len(fields) < len(without_seq):
        return tuple(without_seq)
    raise BadInput(
        f"{path} has {count(len(fields), 'column')} and no header with the key {', '.join(source.key)}; "
        f"without a header the columns are {', '.join(raw)}, of which {CHANGE_SEQ.name} is optional and "
        "has 35 digits: declare every column of the source with --types, or deliver a header line"
    )


def begins_with_change(source: CdcSource, fields: Sequence[str]) -> bool:
    """Whether a first line begins with an operation and a time."""
    ops = {op.lower() for op in source.ops if op}
    return len(fields) > 1 and fields[0].strip().lower() in ops and re.match(r"\d{4}-\d\d-\d\d", fields[1]) is not None


def _stored(source: CdcSource, own: Mapping[str, str], field: str) -> str:
    name = source.stored_name(field)
    return own.get(name.lower(), name)


def _control_columns(
    source: CdcSource,
    columns: Mapping[str, str],
    fields: Sequence[str],
    control_fields: Collection[str] | None,
    known_fields: Collection[str],
) -> dict[int, str]:
    """Place of a field -> control column, by the names in known feeds, in lower case.

    Of several such fields the first one is the control column; the others are columns of the source. One of the
    `known_fields` is a control column only if another field has its name.
    """
    found = dict[int, str]()
    for name, feed_names in _CONTROL_NAMES.items():
        if name not in source.raw.names or columns.get(name, "").lower() in fields:
            continue
        candidates = (one for one in (name, *feed_names) if fields.count(one) > (one in known_fields))
        if field := next((one for one in candidates if control_fields is None or one in control_fields), None):
            found[fields.index(field)] = name
    return found
