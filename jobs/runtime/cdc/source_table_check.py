"""Which table change files are of, by their paths, columns and events."""

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

from jobs.runtime.cdc.change_file import ChangeFile
from jobs.runtime.errors import BadInput
from schemas.cdc_feed import CHANGE_SEQ, COMMIT_TS, RAW_OP
from schemas.cdc_source import CdcSource

# What the names of the partitions of a table end with, such as orders_2024_01 or orders_p7.
_PARTITION_NUMBER = re.compile(r"([_-]?p?\d+)+\Z")
# The folders of DatePartitionEnabled, with any delimiter, and of Hive partitions.
_DATES = r"(/(\d{1,4}|\d{4}([-_]?\d\d){1,3}|\w+=[^/]*))+$"
# What a file name begins with that may be a table: not the names that tools give to the files of any table.
_TABLE_WORD = r"^(?!(?i:load|cdc|part|run|data)(?![a-z]))[^\W\d]{3,}(?:[-_.]?[^\W\d]+)*"


def place_of_table(path: str) -> str:
    """The folder of a file without dates, and the table that the name may begin with."""
    folder, _, name = path.rpartition("/")
    found = re.search(_TABLE_WORD, name)
    return f"{re.sub(_DATES, '', folder)}{f'/{found[0]}*' if found else ''}"


def refuse_two_tables(
    change_files: Sequence[ChangeFile], source: CdcSource, known: Collection[str] = (), taken: Iterable[str] = ()
) -> None:
    """Raises BadInput if the files are of several tables, or of another one than earlier files.

    By their events, of which earlier ones had the `known` names of tables; or by folders or the first words of file
    names, if no more columns are common than differ. Earlier files, whose paths are `taken`, have those of the source.
    """
    found = tables_of_events(change_files)
    names = [name for name in found if not any(_is_same(name, other) for other in known)] if known else found
    names = names and [*names, *known]
    columns = {place_of_table(path): {*source.payload} for path in taken}
    control = {RAW_OP.name, COMMIT_TS.name, CHANGE_SEQ.name, *source.key}
    for file in change_files:
        names_of_file = file.own_names if file.kind == "json" else file.names
        columns.setdefault(place_of_table(file.path), set()).update({*names_of_file} - control)
    for one, other in combinations(sorted(columns), 2):
        common, own = columns[one] & columns[other], (columns[one] - columns[other], columns[other] - columns[one])
        if all(own) and len(common) <= min(map(len, own)):
            names = names or [one, other]
    if len(names) > 1:
        raise BadInput(
            f"the files are of several tables: {' and '.join(names)}; no file was taken: give each table its own "
            "--table and --input, or --merge_tables if they are of one, such as shards, or files with renamed columns"
        )


def tables_of_events(change_files: Sequence[ChangeFile]) -> list[str]:
    """The names of the tables that events have, without the numbers of partitions."""
    found = {_PARTITION_NUMBER.sub("", name) for file in change_files for name in file.tables}
    # Some formats leave out the database and the schema.
    return sorted(name for name in found if not any(full.endswith(f".{name}") for full in found))


def _is_same(name: str, other: str) -> bool:
    """Whether names of tables are the same as far as both tell."""
    return f".{name}".endswith(f".{other}") or f".{other}".endswith(f".{name}")
