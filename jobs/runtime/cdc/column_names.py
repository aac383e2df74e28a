"""Match the fields of a change file with the raw columns of its source."""

from collections.abc import Collection, Mapping, Sequence

from jobs.runtime.errors import BadInput
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from schemas.cdc_source import CdcSource
from transforms.change_data.parse_changes import OLD

# Control column -> its names in known feeds, in lower case.
_CONTROL_NAMES = {
    RAW_OP.name: ("op", "__op", "operation", "recordmode"),
    COMMIT_TS.name: ("commit_ts", "timestamp", "dms_timestamp", "commit_timestamp", "transact_ts"),
    CHANGE_SEQ.name: ("change_seq", "ar_h_change_seq", "header__change_seq"),
}
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

    Only `control_fields`, in lower case, may be the operation, time or position of a change; by default all may.
    Raises BadInput if two fields match one column, or a column of the source has the name of a control column.
    """
    renamed = {field.lower(): name for name, field in columns.items()}
    before_images = {f"{_BEFORE_IMAGE}{key}".lower(): f"{OLD}{key}" for key in source.key}
    known = before_images | {name.lower(): name for name in source.raw.names} | renamed
    lower_fields = [field.lower() for field in fields]
    candidates = [field for field in lower_fields if control_fields is None or field in control_fields]
    known = _control_columns(source, columns, candidates) | known
    names = tuple(known.get(lower, field) for field, lower in zip(fields, lower_fields, strict=True))
    lower_names = [name.lower() for name in names]
    if twice := [field for field, name in zip(fields, lower_names, strict=True) if lower_names.count(name) > 1]:
        raise BadInput(
            f"{path} has columns {', '.join(twice)}, which would be one column; no file was taken: "
            "name them apart with --columns"
        )
    reserved = _CONTROL_NAMES.keys() & {*source.raw.names} - {*candidates, *renamed}
    if found := next((field for field in fields if field.lower() in reserved), None):
        raise BadInput(
            f"{path} has a column {found!r} of the source, which is also the name of a column of every change; "
            f"no file was taken: --columns another_name={found} renames it"
        )
    return names


def _control_columns(source: CdcSource, columns: Mapping[str, str], candidates: Collection[str]) -> dict[str, str]:
    """Field -> control column, by the names in known feeds.

    Of several such names the first one is the control column; the others are columns of the source.
    """
    found = dict[str, str]()
    for name, feed_names in _CONTROL_NAMES.items():
        if name not in source.raw.names or name in columns or name in candidates:
            continue
        if field := next((feed_name for feed_name in feed_names if feed_name in candidates), None):
            found[field] = name
    return found
