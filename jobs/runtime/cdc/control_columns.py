"""Which fields of a change file tell the operation, the time and the position of its changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from jobs.runtime.errors import BadInput
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from schemas.cdc_source import CdcSource

# Control column -> its names in known feeds, in lower case.
CONTROL_NAMES = {
    RAW_OP.name: ("op", "__op", "operation", "recordmode"),
    COMMIT_TS.name: ("commit_ts", "dms_timestamp", "commit_timestamp", "transact_ts", "timestamp", "ts_ms"),
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
    known_fields: Collection[str],
) -> dict[int, str]:
    """Place of a field -> control column; `fields` are in lower case.

    An option names the field in `columns`. Else it is the first of the `kept` ones that the file has, else the first
    with a known name; the others are columns of the source. One of the `known_fields` is a control column only if
    another field has its name.
    Raises BadInput if the file lacks a kept field that an option names, or if two may be the time.
    """

    def usable(names: Iterable[str]) -> list[str]:
        allowed = [one for one in names if control_fields is None or one in control_fields]
        return [one for one in allowed if fields.count(one) > (one in known_fields)]

    found = dict[int, str]()
    for name, known_names in CONTROL_NAMES.items():
        if name not in source.raw.names:
            continue
        if (given := columns.get(name, "").lower()) in fields:
            found[fields.index(given)] = name
            continue
        candidates = usable(kept.get(name, ()))
        if not candidates and (candidates := usable((name, *(one for one in known_names if one != name)))):
            if name in kept and name in columns:
                raise BadInput(
                    f"{path} has no column {columns[name]}, which --columns names as the {name} of {source.name}, and "
                    f"its column {candidates[0]} may be another one; no file was taken: --columns {name}=<column> tells"
                )
            # The fields of JSON have no order.
            candidates = _after_operation(candidates, fields, found) if control_fields is None else candidates
            _refuse_two_times(candidates, path)
        if candidates:
            found[fields.index(candidates[0])] = name
    return found


def _after_operation(candidates: list[str], fields: Sequence[str], found: Mapping[int, str]) -> list[str]:
    """The candidate directly after the operation, where DMS writes the time, or all candidates."""
    place = next((place + 1 for place, name in found.items() if name == RAW_OP.name), len(fields))
    return [one for one in candidates if [one] == [*fields[place : place + 1]]] or candidates


def _refuse_two_times(candidates: Sequence[str], path: str) -> None:
    if len(candidates) > 1 and candidates[0] in _COMMON_TIMES:
        one, other = candidates[:2]
        raise BadInput(
            f"{path} has columns {one} and {other}, and either may be the commit time; no file was taken: "
            f"--columns {COMMIT_TS.name}=<column> tells which of them is"
        )
