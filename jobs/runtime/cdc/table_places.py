"""What a path tells of the table that a change file is of."""

import re

# The folders of DatePartitionEnabled, with any delimiter, and of Hive partitions.
_DATES = r"(/(\d{1,4}|\d{4}([-_]?\d\d){1,3}|\w+=[^/]*))+$"
# What a file name begins with that may be a table: not the names that tools give to the files of any table.
_TABLE_WORD = r"^(?!(?i:load|cdc|part|run|data)(?![a-z]))[^\W\d]{3,}(?:[-_.]?[^\W\d]+)*"


def place_of_table(path: str) -> str:
    """The folder of a file without dates, and the table that the name may begin with."""
    folder, _, name = path.rpartition("/")
    found = re.search(_TABLE_WORD, name)
    return f"{re.sub(_DATES, '', folder)}{f'/{found[0]}*' if found else ''}"
