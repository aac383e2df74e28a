"""Files whose changes cannot be ordered, or that have no operations."""

import pytest
from pyspark.sql import Row

from jobs.runtime.cdc.change_files import ChangeFile
from jobs.runtime.cdc.refusals import full_load_warnings, refuse_two_logs
from jobs.runtime.errors import BadInput
from jobs.runtime.storage.listing import File


def ranged(path: str, places: str, times: str) -> Row:
    (first_place, last_place), (first_time, last_time) = places.split(" to "), times.split(" to ")
    return Row(
        source_file=path, first_place=first_place, last_place=last_place, first_time=first_time, last_time=last_time
    )


def test_what_the_old_log_left_behind_is_refused_beside_the_new_log() -> None:
    old = ranged("old.json", "~0001 bin.000123 5 to ~0001 bin.000124 9", "10:00:00 to 10:00:20")
    new = ranged("new.json", "~0001 bin.000004 1 to ~0001 bin.000004 9", "10:00:30 to 10:00:40")
    for ranges in ([old, new], [new, old]):
        with pytest.raises(BadInput, match=r"old.json has older changes than new.json .* --input old.json --epoch 0"):
            refuse_two_logs(ranges, 0)
    refuse_two_logs([new, ranged("next.json", "~0001 bin.000004 10 to ~0001 bin.000005 1", "10:00:50 to 10:00:59")], 0)
    refuse_two_logs([new], 0)


def change_file(path: str, *, has_op: bool = False) -> ChangeFile:
    return ChangeFile(File(path, 1, ""), "csv", "id", ("id",), ("id",), {}, has_op=has_op)


def test_files_without_operations_are_a_full_load_in_the_first_run_only() -> None:
    load, other, empty = map(change_file, ("/in/load00000001.csv", "/in/rows.csv", "/in/empty.csv"))
    counts = {file.path: Row(rows=1) for file in (load, other)}
    with_op = change_file("/in/b.csv", has_op=True)
    assert full_load_warnings([load, empty, with_op], counts, is_first=False) == []
    [warning] = full_load_warnings([load, other], counts, is_first=True)
    assert warning.startswith("/in/rows.csv has no operation in any change: its rows were taken as a full load")
    with pytest.raises(BadInput, match=r"rows.csv has no operation in any change; .* --columns op=<column>"):
        full_load_warnings([load, other], counts, is_first=False)
