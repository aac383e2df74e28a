"""Detect which fields of a change file tell the operation, the time and the position of its changes."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.errors import BadInput
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from schemas.cdc_source import PREFIX, CdcSource
from transforms.change_data.json_envelopes import DELETED
from transforms.change_data.parse_changes import LOAD_FILE

# Control column -> its names in known feeds, in lower case.
CONTROL_NAMES = {
    RAW_OP.name: ("op", "__op", DELETED, "operation", "recordmode"),
    COMMIT_TS.name: (
        *("commit_ts", "dms_timestamp", "commit_timestamp", "transact_ts", "timestamp", "ts_ms"),
        *("__source_ts_ns", "__source_ts_us", "__source_ts_ms", "__ts_ms"),
    ),
    CHANGE_SEQ.name: ("change_seq", "ar_h_change_seq", "header__change_seq"),
}
# Those that a source may have too.
_COMMON_TIMES = ("transact_ts", "timestamp", "ts_ms")


def control_columns(
    source: CdcSource,
    columns: Mapping[str, str],
    kept: Mapping[str, Sequence[str]],
    path: str,
    fields: Sequence[str],
    *,
    control_fields: Collection[str] | None,
) -> dict[int, str]:
    """Place of a field -> control column; `fields` are in lower case.

    An option names the field in `columns`. Else it is the first of the `kept` ones that the file has, else the first
    with a known name; the others are columns of the source. A field that is known as a column of the source is a
    control column only if another field has its name.
    Raises BadInput if the file lacks a kept field that an option names, or if two may be the time, or one a column of
    the source.
    """
    named = [field for name, field in columns.items() if name not in CONTROL_NAMES]
    of_source = {field.lower() for field in (*source.types, *named)}

    def usable(names: Iterable[str]) -> list[str]:
        allowed = [one for one in names if control_fields is None or one in control_fields]
        return [one for one in allowed if fields.count(one) > (one in of_source)]

    found = dict[int, str]()
    for name in (name for name in CONTROL_NAMES if name in source.raw.names):
        if (given := columns.get(name, "").lower()) in fields:
            candidates = [given]
        elif not (candidates := usable(kept.get(name, ()))):
            candidates = usable(dict.fromkeys((name, *CONTROL_NAMES[name])))
            option = columns[name] if name in kept and name in columns else None
            # The fields of JSON have no order.
            if control_fields is None and name == RAW_OP.name:
                candidates = _first_in_load(candidates, path, fields)
            elif control_fields is None and name == COMMIT_TS.name and candidates and not option:
                candidates = _after_operation(candidates, path, fields, found, of_source)
            _refuse_doubtful(candidates, path, name, option)
        if candidates:
            found[fields.index(candidates[0])] = name
    return found


def kept_fields(
    kept: Mapping[str, Sequence[str]], change_files: Sequence[ChangeFile]
) -> tuple[dict[str, list[str]], list[str]]:
    """The control fields with those of new files, and warnings that a file has another than earlier ones.

    Files without a header have none, and neither have the envelopes of events. Those without operations are full loads,
    in which a column with a known name may be one of the source. Of columns such as source_kind, too, the field is
    kept: it may be called kind or source_kind.
    """
    fields, warnings = {name: list(names) for name, names in kept.items()}, list[str]()
    with_names = [file for file in change_files if file.has_names]
    for name, field in (pair for file in with_names for pair in zip(file.names, file.fields, strict=True)):
        if name.lower().startswith(PREFIX):
            fields.setdefault(name.lower(), [field.lower()])
    for file in (file for file in with_names if file.has_op):
        for name, field in zip(file.names, file.fields, strict=True):
            if name not in CONTROL_NAMES or field.lower() in fields.get(name, ()):
                continue
            if name in kept:
                warnings.append(
                    f"{file.path}: no column {kept[name][0]}, column {field} is read as the {name} of its changes"
                )
            fields.setdefault(name, []).append(field.lower())
    return fields, warnings


def unmatched_names(change_files: Sequence[ChangeFile], columns: Mapping[str, str]) -> list[str]:
    """Warnings that no file has a field that an option names, in `columns`. Files without a header have none."""
    with_names = [file for file in change_files if file.has_names]
    fields = {field.lower() for file in with_names for field in file.fields}
    # Debezium adds such fields to flattened events: these are no fields of the row.
    unmatched = [field for field in columns.values() if field.lower() not in fields and not field.startswith("__")]
    return [f"no file has a column {field}, which --columns names" for field in unmatched] if with_names else []


def _first_in_load(candidates: list[str], path: str, fields: Sequence[str]) -> list[str]:
    """The candidates for the operation: a full load of DMS has it in its first column, or not at all."""
    is_load = re.search(LOAD_FILE, path, re.IGNORECASE)
    return [one for one in candidates if one == fields[0]] if is_load else candidates


def _after_operation(
    candidates: list[str], path: str, fields: Sequence[str], found: Mapping[int, str], of_source: Collection[str]
) -> list[str]:
    """The candidate where DMS writes the time, directly after the operation or without one first, or all candidates.

    If the operation is first or missing, another field there may be the time, too, whatever its name, but for those in
    `of_source`. Raises BadInput if the only candidate is elsewhere, under a name that a source may have.
    """
    place = next((place + 1 for place, control in found.items() if control == RAW_OP.name), 0)
    after = [*fields[place : place + 1]]
    if after and after[0] in candidates:
        return after
    if place > 1 or candidates[0] not in ("commit_timestamp", *_COMMON_TIMES):
        return candidates
    candidates = [candidates[0], *(one for one in after if one not in of_source), *candidates[1:]]
    if len(candidates) == 1 and (field := candidates[0]) in _COMMON_TIMES and field not in of_source:
        raise BadInput(
            f"{path}: column {field} may be the commit time or a column of the source, since it is not "
            f"{'directly after the operation' if place else 'first'}, where DMS writes the time; no file was taken: "
            f"--columns {COMMIT_TS.name}={field} says that it is the time, --columns {field}={field} that it is not"
        )
    return candidates


def _refuse_doubtful(candidates: Sequence[str], path: str, name: str, option: str | None) -> None:
    """Raises BadInput if several fields may be the time, or one stands for that of the `option` that the file lacks."""
    if candidates and option:
        raise BadInput(
            f"{path} has no column {option}, which --columns names as the {name}, and its column {candidates[0]} may "
            f"be another one; no file was taken: --columns {name}=<column> tells"
        )
    if len(candidates) > 1 and (candidates[0] in _COMMON_TIMES or candidates[1] not in CONTROL_NAMES[name]):
        one, other = candidates[:2]
        raise BadInput(
            f"{path} has columns {one} and {other}, and either may be the commit time; no file was taken: "
            f"--columns {name}=<column> tells which of them is"
        )
