"""Which fields of a change file tell the key of a row before an update."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from pyspark.sql import Row

from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.errors import BadArgument, BadInput
from schemas.cdc_source import CdcSource
from transforms.change_data.key_changes import OLD

# The prefix of DMS's columns with the values before a change, as its documentation names it.
_BEFORE_IMAGE = "BI_"
# That of other feeds, and of the names in --columns. A source may have such a column, too.
_COMMON = "old_"


def old_keys(key: Iterable[str]) -> dict[str, str]:
    """Field of DMS with a column of the key before the change, in lower case -> raw column."""
    return {f"{_BEFORE_IMAGE}{name}".lower(): f"{OLD}{name}" for name in key}


def old_key_fields(
    source: CdcSource, columns: Mapping[str, str], fields: Collection[str], known_fields: Collection[str] | None
) -> dict[str, str]:
    """The `fields` with a column of the key before the change, all in lower case -> raw column.

    They are those of DMS, and old_<key> or the field that an option gives as BI_<key> or old_<key>. A field old_<key>
    is a column of the source if the option gives it as itself, if the table has it, or if it is beside that of DMS.
    Only `known_fields` may have such a name by default; None are all.
    """
    of_dms, named = old_keys(source.key), {field.lower() for field in columns.values()}
    found = {field: name for field, name in of_dms.items() if field not in named}
    of_source = {*named, *map(str.lower, source.types)}
    for field, name in of_dms.items():
        common = f"{_COMMON}{name.removeprefix(OLD)}".lower()
        given, is_known = _given(columns, (field, common)), known_fields is None or common in known_fields
        if given:
            found[given] = name
        elif is_known and field not in fields and common not in of_source:
            found[common] = name
    return found


def old_key_warnings(file: ChangeFile, key: Sequence[str]) -> list[str]:
    """Warnings that columns are taken for the key before a change, whose names are not those of DMS."""
    before, keeps = old_keys(key), "--columns {0}={0} says that it is a column of the source"
    return [
        f"{file.path}: column {field} is read as the value of {name.removeprefix(OLD)} before the change"
        f"{'; ' + keeps.format(field) if field.lower().startswith(_COMMON) else ''}"
        for field, name in zip(file.fields, file.names, strict=True)
        if name in before.values() and field.lower() not in before
    ]


def refuse_declared(key: Sequence[str], types: Mapping[str, str], columns: Mapping[str, str]) -> None:
    """Raises BadArgument if `types` has a field with the key before a change, which is no column of the table."""
    of_dms = old_keys(key)
    names = [(field, f"{_COMMON}{name.removeprefix(OLD)}".lower()) for field, name in of_dms.items()]
    fields = {*of_dms, *(_given(columns, names_of_one) for names_of_one in names)}
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
        fields = [field for field, name in zip(file.fields, file.names, strict=True) if name.startswith(OLD)]
        is_data = f"--columns {','.join(f'{field}={field}' for field in fields)} says so"
        raise BadInput(
            f"{file.path} has inserts, or rows of a full load, with another value in {' and '.join(fields)}, which is "
            "read as the key before a change: they have none, so it may be a column of the source; no file was taken: "
            f"{is_data}"
        )


def assumed_fields(file: ChangeFile, columns: Mapping[str, str]) -> list[str]:
    """The fields old_<key> that are read as the key before a change although no option says so."""
    named = {field.lower() for field in columns.values()}
    return [
        field
        for field, name in zip(file.fields, file.names, strict=True)
        if name.startswith(OLD) and field.lower().startswith(_COMMON) and field.lower() not in named
    ]


def refuse_updates(counted: Iterable[Row], assumed: Mapping[str, Sequence[str]]) -> None:
    """Raises BadInput if an update of a row that is there has another key in one of the `assumed` fields.

    They are the assumed_fields of each file. A row that gets a new key is not there before.
    """
    for row in counted:
        fields = assumed.get(row.source_file, ())
        if fields and {"key_change", "op_anomaly"} <= {*row.remarks}:
            is_data = ",".join(f"{field}={field}" for field in fields)
            is_key = ",".join(f"{_BEFORE_IMAGE}{field[len(_COMMON) :]}={field}" for field in fields)
            raise BadInput(
                f"{row.source_file} has updates of rows that are there with another value in {' and '.join(fields)}, "
                "which is read as the key before a change: only a row that is not there yet can get a new key, so it "
                f"may be a column of the source; no file was taken: --columns {is_data} says so, and --columns "
                f"{is_key} that it is the key"
            )


def _given(columns: Mapping[str, str], names: Sequence[str]) -> str:
    """The field that an option gives as one of the `names`, in lower case; else an empty text.

    All are in lower case. A field that is given as itself is a column of the source.
    """
    given = ((name.lower(), field.lower()) for name, field in columns.items())
    return next((field for name, field in given if name in names and field != name), "")
