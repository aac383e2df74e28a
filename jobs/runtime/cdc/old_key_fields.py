"""Which fields of a change file tell the key of a row before an update."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from pyspark.sql import DataFrame, Row

from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.errors import BadArgument, BadInput
from schemas.cdc_source import PREFIX, CdcSource
from transforms.change_data.conflicting_changes import late_key_changes_of_rows
from transforms.change_data.key_changes import OLD

# The prefix of DMS's columns with the values before a change, as its documentation names it.
_BEFORE_IMAGE = "BI_"
# That of other feeds, and of the names in --columns. A source may have such a column, too.
_COMMON = "old_"


def names_before(source: CdcSource, columns: Mapping[str, str], name: str, prefix: str = _BEFORE_IMAGE) -> list[str]:
    """The fields that may have a column of the key before a change, in lower case: the `prefix` and its name in files.

    That is the field in `columns`, the name that became source_<name>, and the name in the table.
    """
    own = name.removeprefix(PREFIX)
    renamed = [field for option, field in columns.items() if source.stored_name(option).lower() == name.lower()]
    names = [*renamed, *([own] if source.stored_name(own) == name else []), name]
    return list(dict.fromkeys(f"{prefix}{one}".lower() for one in names))


def old_key_fields(
    source: CdcSource, columns: Mapping[str, str], fields: Collection[str], known_fields: Collection[str] | None
) -> dict[str, str]:
    """The `fields` with a column of the key before the change, all in lower case -> raw column.

    They are those of DMS, and old_<key> or the field that an option gives as BI_<key> or old_<key>. A field old_<key>
    is a column of the source if the option gives it as itself, if the table has it, or if it is beside that of DMS.
    Only `known_fields` may have such a name by default; None are all.
    """
    named = {field.lower() for field in columns.values()}
    of_source, found = {*named, *map(str.lower, source.types)}, dict[str, str]()
    for name in source.key:
        of_dms = [field for field in names_before(source, columns, name) if field in fields]
        common = [field for field in names_before(source, columns, name, _COMMON) if field in fields]
        by_default = [one for one in common if one not in of_source and (known_fields is None or one in known_fields)]
        given = _given(source, columns, name)
        others = [field for field in of_dms if field not in named] or ([] if of_dms or given else by_default)
        found |= dict.fromkeys([*given, *others[:1]], f"{OLD}{name}")
    return found


def assumed_old_keys(change_files: Iterable[ChangeFile], columns: Mapping[str, str]) -> dict[str, list[str]]:
    """The fields old_<key> of each file that are read as the key before a change although no option says so."""
    named = {field.lower() for field in columns.values()}
    return {
        file.path: [
            field
            for field, name in zip(file.fields, file.names, strict=True)
            if name.startswith(OLD) and field.lower() not in named and not is_of_dms(field)
        ]
        for file in change_files
    }


def is_of_dms(field: str) -> bool:
    """Whether a field with a column of the key before a change has the name that DMS gives it."""
    return field.lower().startswith(_BEFORE_IMAGE.lower())


def old_key_warnings(assumed: Mapping[str, Sequence[str]]) -> list[str]:
    """Warnings that fields are taken for the key before a change, see assumed_old_keys."""
    return [
        f"{path}: column {field} is read as the value of {field[len(_COMMON) :]} before the change; --columns "
        f"{field}={field} says that it is a column of the source"
        for path, fields in assumed.items()
        for field in fields
    ]


def refuse_declared(source: CdcSource, types: Collection[str], columns: Mapping[str, str]) -> None:
    """Raises BadArgument if `types` has a field with the key before a change, which is no column of the table."""
    fields = {
        field for name in source.key for field in (*names_before(source, columns, name), *_given(source, columns, name))
    }
    if found := next((column for column in types if column.lower() in fields), None):
        raise BadArgument(
            f"--types: {found} has the key before a change, and is no column of the table: leave it out. Files without "
            "a header line cannot have it"
        )


def refuse_inserts(change_files: Sequence[ChangeFile], counts: Mapping[str, Row]) -> None:
    """Raises BadInput if an insert or a row of a full load has another key before it: a column of the source."""
    for file in change_files:
        if file.path not in counts or not counts[file.path].has_moved_insert:
            continue
        found = [field for field, name in zip(file.fields, file.names, strict=True) if name.startswith(OLD)]
        fields = [field for field in found if not is_of_dms(field)] or found
        is_data = f"--columns {','.join(f'{field}={field}' for field in fields)} says so"
        raise BadInput(
            f"{file.path} has inserts, or rows of a full load, with another value in {' and '.join(fields)}, which is "
            "read as the key before a change: they have none, so it may be a column of the source; no file was taken: "
            f"{is_data}"
        )


def refuse_key_changes(
    assumed: Mapping[str, Sequence[str]],
    counted: Sequence[Row],
    compared: DataFrame,
    versions: DataFrame | None,
    source: CdcSource,
) -> None:
    """Raises BadInput if a file with assumed_old_keys has updates with another key of rows that were there.

    A row that gets a new key is not there before. Of a late update, only `versions` can tell.
    """
    moved = [row for row in counted if "key_change" in row.remarks and assumed.get(row.source_file)]
    paths = [row.source_file for row in moved if "op_anomaly" in row.remarks]
    if versions is not None and any(row.outcome == "stale" for row in moved):
        late = late_key_changes_of_rows(compared, versions, source).distinct().collect()
        paths += [row.source_file for row in late if assumed.get(row.source_file)]
    if paths:
        fields = assumed[paths[0]]
        is_data = ",".join(f"{field}={field}" for field in fields)
        is_key = ",".join(f"{_BEFORE_IMAGE}{field[len(_COMMON) :]}={field}" for field in fields)
        raise BadInput(
            f"{paths[0]} has updates of rows that are there with another value in {' and '.join(fields)}, which is "
            "read as the key before a change: only a row that is not there yet can get a new key, so it may be a "
            f"column of the source; no file was taken: --columns {is_data} says so, and --columns {is_key} that it is "
            "the key"
        )


def _given(source: CdcSource, columns: Mapping[str, str], name: str) -> list[str]:
    """The field that an option gives as BI_<key> or old_<key> for a column of the key, in lower case; else none.

    A field that is given as itself is a column of the source.
    """
    names = {*names_before(source, columns, name), *names_before(source, columns, name, _COMMON)}
    given = ((option.lower(), field.lower()) for option, field in columns.items())
    return [field for option, field in given if option in names and field != option][:1]
