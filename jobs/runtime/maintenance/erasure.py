"""Erase a person from the tables of a domain, from their history, and from later deliveries."""

import re
from argparse import ArgumentTypeError as Unfit
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.day_ranges import rewritten
from jobs.runtime.errors import WeirError
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.job import Job
from jobs.runtime.ledger.entries import Entry
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.maintenance.domains import entries_of, rebuild, settle, takers
from jobs.runtime.maintenance.maintained_lake import MaintainedLake
from jobs.runtime.maintenance.run_guard import recorded, stay_clear
from jobs.runtime.notify.channels import notify
from jobs.runtime.storage import object_store
from schemas.table import RAW_LINE, SOURCE_FILE, Table
from transforms.intake import day_of, ids_in


def person_id(text: str) -> str:
    """An id as it is looked for; a number without its leading zeros, where the tables have it as one."""
    if not re.fullmatch(r"[0-9A-Za-z_.@+-]{1,128}", text):
        raise Unfit("the person is no id of digits, letters and . _ @ + -")
    return text


def forget(lake: Lake, ledger: Ledger, *, domain: str, person: str, dry_run: bool, live_hours: int) -> str:
    """What was erased and searched, and which delivered files the operator has to delete.

    Rows whose person column holds the id go, and refused rows in whose line it is a field or a long word. Marts are
    made anew of what is left. Of each table only what readers see stays: no history, no branch, no other file. The id
    itself is not recorded; its salted hash is, so that later deliveries of it are refused as `forgotten`.
    A job that ended halfway is run again. Raises Overtaken while a run may be under way, as lake.maintain does.
    """
    ledger = replace(ledger, parameters={**ledger.parameters, "person": "not recorded"})
    tended = MaintainedLake(lake.spark, stay_clear=partial(stay_clear, ledger, live_hours))
    entries = entries_of(tended, domain)
    if dry_run:
        return _foretold(tended, ledger, domain, person)
    with recorded(ledger, entries):
        tended.stay_clear()
        settle(tended, ledger)
        told = []
        for job, rejects in _with_persons(tended, domain):
            ledger.forget(job.writes, person)
            found = _found(tended, job, rejects, person)
            if delivered := _delivered(
                ledger, job, found
            ):  # at once: a job that is run again finds no row any more that would tell
                notify(ledger.job, "\n".join(delivered))
            for table, rows in found.items():
                _erase(tended, ledger, table, person, rows)
                told.append(f"{table.name}: {sum(row.rows for row in rows):,} rows erased")
            for table in _beside(job, rejects):
                told.append(
                    f"{table.name}: {tended.erase(table, _theirs_in_sql(table, person), ledger.run_id):,} rows erased"
                )
                tended.compact(table)  # until then they are in its files, only marked as deleted
        rebuild(tended, ledger, domain)
        for entry in entries:
            tended.stay_clear()
            tended.forget_history(entry.table)
            entry.status, entry.message = "published", "without a person; all history is removed"
        told.append(_searched(tended, entries, person))
    return "\n".join([*told, *_files_outside(ledger)])


def _is_theirs(table: Table, person: str) -> Column:
    return (
        F.col(table.person).cast("string") == table.spelt(person)
        if table.person
        else F.array_contains(ids_in(RAW_LINE.name), person)
    )


def _with_persons(lake: MaintainedLake, domain: str) -> list[tuple[Job, Table]]:
    return [(job, rejects) for job, rejects in takers(lake, domain) if job.writes.person]


def _beside(job: Job, rejects: Table) -> list[Table]:
    """The tables of the job whose rows are of no day and no file: those that follow a source."""
    return [table for table in job.tables if job.changing and table != rejects]


def _found(lake: MaintainedLake, job: Job, rejects: Table, person: str) -> dict[Table, Sequence[Row]]:
    """The rows of the person, of each table whose rows are of days and files."""
    return {
        table: _theirs(lake.published(table), table, person)
        for table in job.tables
        if table not in _beside(job, rejects)
    }


def _theirs_in_sql(table: Table, person: str) -> str:
    return f"CAST(`{table.person}` AS STRING) = '{table.spelt(person)}'"


def _foretold(lake: MaintainedLake, ledger: Ledger, domain: str, person: str) -> str:
    told = list[str]()
    for job, rejects in _with_persons(lake, domain):
        found = _found(lake, job, rejects, person)
        told += [
            f"{table.name} {row.day}: {row.rows:,} rows of {row.source_file} would be erased"
            for table, rows in found.items()
            for row in rows
        ]
        for table in _beside(job, rejects):
            told.append(
                f"{table.name}: {lake.published(table).filter(_theirs_in_sql(table, person)).count():,} rows would be erased"
            )
        told += _delivered(ledger, job, found)
    told += [
        f"all marts of {domain} would be made anew, and all history removed",
        *_files_outside(ledger),
        "nothing was changed: --dry_run",
    ]
    return "\n".join(told)


def _files_outside(ledger: Ledger) -> list[str]:
    return [
        f"{folder} has files of tables as they were: run their jobs with --export {folder} again"
        for folder in ledger.exported_to()
    ]


def _theirs(rows: DataFrame, table: Table, person: str) -> Sequence[Row]:
    """How many rows there are of the person, by day and source_file."""
    counted = (
        rows.filter(_is_theirs(table, person))
        .groupBy(day_of(table.day).alias("day"), SOURCE_FILE.name)
        .agg(F.count("*").alias("rows"))
    )
    return counted.orderBy("day", SOURCE_FILE.name).collect()


def _erase(lake: MaintainedLake, ledger: Ledger, table: Table, person: str, found: Sequence[Row]) -> None:
    """Make the days on which rows of the person were found anew, without them."""
    base = lake.main(table)
    if found:
        touched = rewritten(table, (row.day for row in found)).on(table)
        left = lake.frame(table, base).filter(touched & ~F.coalesce(_is_theirs(table, person), F.lit(False)))
        lake.stage(table, left, ledger.run_id, base=base, replaces=touched, notes={})
        lake.confirm(table, base)
        lake.publish(table, ledger.run_id)


def _delivered(ledger: Ledger, job: Job, found: Mapping[Table, Sequence[Row]]) -> list[str]:
    """The delivered files that hold the person's rows, and those that may: the same row in two files is kept from one, of files that are
    not taken no row is kept, and of changes nobody knows which files they came from."""
    erased = [row for rows in found.values() for row in rows]
    holds: set[str] = {row.source_file for row in erased}
    days: list[date] = sorted({row.day for row in erased})
    newest = {row.path: row for row in ledger.files(job.writes)}
    taken = {path: row for path, row in newest.items() if row.state == "taken"}
    repeats = {
        path
        for path, row in taken.items()
        if row.duplicates != 0 and row.first_day and any(row.first_day <= day <= row.last_day for day in days)
    }
    may_hold = (newest.keys() if job.changing else newest.keys() - taken.keys() | repeats) - holds
    told = [
        *((path, "holds the person; delete it") for path in sorted(holds)),
        *((path, "may hold the same rows; look into it") for path in sorted(may_hold)),
    ]
    return [f"{path} {what}" for path, what in told if object_store.exists(path)]


def _searched(lake: MaintainedLake, entries: Sequence[Entry], person: str) -> str:
    """Raises WeirError where a file on disk still holds the person."""
    searched, holding = 0, list[str]()
    for table in (entry.table for entry in entries if entry.table.person or RAW_LINE.name in entry.table.names):
        rows = lake.on_disk(table, table.person or RAW_LINE.name)
        searched += len(rows.inputFiles())
        holding += [
            row.file
            for row in rows.filter(_is_theirs(table, person))
            .select(F.input_file_name().alias("file"))
            .distinct()
            .collect()
        ]
    if holding:
        raise WeirError(
            f"{searched} files searched, {len(holding)} still hold the person, such as {holding[0]}; run it again"
        )
    return f"{searched} files searched, 0 hold the person"
