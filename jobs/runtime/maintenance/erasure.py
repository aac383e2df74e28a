"""Erase a person from the tables of a domain, from their history, and from later deliveries."""

import re
from argparse import ArgumentTypeError
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from jobs.runtime.day_set import partition_days
from jobs.runtime.errors import WeirError
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Job
from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.ledger.run_entry import Entry
from jobs.runtime.maintenance.domain_jobs import STREAMS, domain_entries, ingest_jobs, rebuild_marts, recover_runs
from jobs.runtime.maintenance.live_run_check import recorded_run, require_no_live_run
from jobs.runtime.maintenance.maintenance_actions import MaintainedLake
from jobs.runtime.maintenance.stream_erasure import conditions, erase_from_stream, state_advice
from jobs.runtime.notify.channels import notify
from jobs.runtime.storage import object_store
from jobs.runtime.wording import count
from schemas.table import RAW_LINE, SOURCE_FILE, Table
from transforms.validated_rows import candidate_ids, day_of


def person_id(text: str) -> str:
    """The option value. Ids are searched as text; in numeric columns without leading zeros."""
    if not re.fullmatch(r"[0-9A-Za-z_.@+-]{1,128}", text):
        raise ArgumentTypeError("the person id must be 1 to 128 digits, letters or . _ @ + -")
    return text


def erase_person(lake: Lake, ledger: Ledger, *, domain: str, person: str, dry_run: bool, live_hours: int) -> str:
    """Erase a person from a domain. Returns a report: rows erased, files searched, and delivered files to delete.

    Deletes the rows with the id in a person column, and the rejected rows whose line has it as a field or a long word.
    Rebuilds the marts without them. Each table keeps only what readers see: no history, no branches, no other files.
    The id itself is not recorded; its salted hash is, so that later deliveries are rejected as `forgotten`. After a
    failure, run the job again. Raises Overtaken while another run may be live, as lake.maintain does.
    """
    ledger = replace(ledger, parameters={**ledger.parameters, "person": "not recorded"})
    maintained = MaintainedLake(lake.spark, require_no_live_run=partial(require_no_live_run, ledger, live_hours))
    entries = domain_entries(maintained, domain)
    if dry_run:
        return _preview(maintained, ledger, domain, person)
    with recorded_run(ledger, entries):
        maintained.require_no_live_run()
        recover_runs(maintained, ledger)
        report = list[str]()
        for job, rejects in _jobs_with_persons(maintained, domain):
            ledger.forget(job.writes, person)
            report += _erase_from_job(maintained, ledger, job, rejects, person)
        if stream := STREAMS.get(domain):
            ledger.forget(stream.writes, person)
            rejected = _count_rows(lake.published(stream.rejects), stream.rejects, person)
            _erase_days(maintained, ledger, stream.rejects, person, rejected)
            report.append(f"{stream.rejects.name}: {count(sum(row.rows for row in rejected), 'row')} erased")
            report += erase_from_stream(maintained, ledger.run_id, stream, _as_number(person))
            report += state_advice(ledger.parameters["lake"], stream)
        rebuild_marts(maintained, ledger, domain)
        for entry in entries:
            maintained.require_no_live_run()
            maintained.remove_history(entry.table)
            entry.status, entry.message = "published", "person erased; all history removed"
        report.append(_search(maintained, entries, person))
    return "\n".join([*report, *_stale_exports(ledger)])


def _erase_from_job(lake: MaintainedLake, ledger: Ledger, job: Job, rejects: Table, person: str) -> list[str]:
    report, counts = list[str](), _count_in_files(lake, job, rejects, person)
    if delivered := _delivered_files(ledger, job, counts):
        # Before erasing: after a failure the next run no longer finds the rows that name the files.
        notify(ledger.job, "\n".join(delivered))
    for table, rows in counts.items():
        _erase_days(lake, ledger, table, person, rows)
        report.append(f"{table.name}: {count(sum(row.rows for row in rows), 'row')} erased")
    for table in _cdc_tables(job, rejects):
        deleted = lake.delete_rows(table, _has_person_sql(table, person), ledger.run_id)
        report.append(f"{table.name}: {count(deleted, 'row')} erased")
        lake.compact(table)  # until then the rows are still in the data files, and only marked as deleted
    return report


def _has_person(table: Table, person: str) -> Column:
    if not table.persons:
        return F.array_contains(candidate_ids(RAW_LINE.name), person)
    ids = F.array(*(F.col(name).cast("string") for name in table.persons))
    return F.array_contains(ids, table.normalise_person(person))


def _as_number(person: str) -> str:
    return person.lstrip("0") or "0"


def _has_person_sql(table: Table, person: str) -> str:
    return f"CAST(`{table.person}` AS STRING) = '{table.normalise_person(person)}'"


def _jobs_with_persons(lake: MaintainedLake, domain: str) -> list[tuple[Job, Table]]:
    return [(job, rejects) for job, rejects in ingest_jobs(lake, domain) if job.writes.person]


def _cdc_tables(job: Job, rejects: Table) -> list[Table]:
    """The CDC tables of the job, whose rows have no day and no source file."""
    return [table for table in job.tables if job.cdc_source and table != rejects]


def _count_in_files(lake: MaintainedLake, job: Job, rejects: Table, person: str) -> dict[Table, Sequence[Row]]:
    """The number of rows of the person by day and source file, in each table whose rows have both."""
    return {
        table: _count_rows(lake.published(table), table, person)
        for table in job.tables
        if table not in _cdc_tables(job, rejects)
    }


def _count_rows(rows: DataFrame, table: Table, person: str) -> Sequence[Row]:
    """The number of `rows` of the person. *Grain:* `day` and `source_file`."""
    counts = (
        rows.filter(_has_person(table, person))
        .groupBy(day_of(table.day).alias("day"), SOURCE_FILE.name)
        .agg(F.count("*").alias("rows"))
    )
    return counts.orderBy("day", SOURCE_FILE.name).collect()


def _preview(lake: MaintainedLake, ledger: Ledger, domain: str, person: str) -> str:
    report = list[str]()
    for job, rejects in _jobs_with_persons(lake, domain):
        counts = _count_in_files(lake, job, rejects, person)
        report += [
            f"{table.name} {row.day}: {count(row.rows, 'row')} of {row.source_file} would be erased"
            for table, rows in counts.items()
            for row in rows
        ]
        for table in _cdc_tables(job, rejects):
            rows = lake.published(table).filter(_has_person_sql(table, person)).count()
            report.append(f"{table.name}: {count(rows, 'row')} would be erased")
        report += _delivered_files(ledger, job, counts)
    if stream := STREAMS.get(domain):
        for table, condition in conditions(lake, stream, _as_number(person)).items():
            rows = lake.published(table).filter(condition).count()
            report.append(f"{table.name}: {count(rows, 'row')} would be erased")
    report += [
        f"all marts of {domain} would be rebuilt, and all history removed",
        *_stale_exports(ledger),
        "nothing was changed: --dry_run",
    ]
    return "\n".join(report)


def _stale_exports(ledger: Ledger) -> list[str]:
    return [
        f"{folder} contains exports from before the erasure: run their jobs with --export {folder} again"
        for folder in ledger.export_folders()
    ]


def _erase_days(lake: MaintainedLake, ledger: Ledger, table: Table, person: str, counts: Sequence[Row]) -> None:
    """Rewrite the partitions of the counted days without the rows of the person."""
    base = lake.main(table)
    if counts:
        is_rewritten = partition_days(table, (row.day for row in counts)).on(table)
        is_kept = is_rewritten & ~F.coalesce(_has_person(table, person), F.lit(False))
        kept = lake.frame(table, base).filter(is_kept)
        properties = lake.properties_of_rows(table)
        lake.stage(table, kept, ledger.run_id, base=base, replaces=is_rewritten, properties=properties)
        lake.require_main(table, base)
        lake.publish(table, ledger.run_id)


def _delivered_files(ledger: Ledger, job: Job, counts: Mapping[Table, Sequence[Row]]) -> list[str]:
    """The existing delivered files that contain the person's rows, and those that may contain them.

    Any of these may: a file with duplicates on a day of the person's rows, since a row delivered by two files is kept
    from one of them; a file that is not taken; and every file of changes, whose rows do not name their file.
    """
    erased = [row for rows in counts.values() for row in rows]
    with_person: set[str] = {row.source_file for row in erased}
    days: list[date] = sorted({row.day for row in erased})
    newest = {row.path: row for row in ledger.files(job.writes)}
    taken = {path: row for path, row in newest.items() if row.state == "taken"}
    with_duplicates = {
        path
        for path, row in taken.items()
        if row.duplicates != 0 and row.first_day and any(row.first_day <= day <= row.last_day for day in days)
    }
    not_taken = newest.keys() - taken.keys()
    maybe_with_person = (newest.keys() if job.cdc_source else not_taken | with_duplicates) - with_person
    advice = [
        *((path, "holds the person; delete it") for path in sorted(with_person)),
        *((path, "may hold the same rows; check it") for path in sorted(maybe_with_person)),
    ]
    return [f"{path} {text}" for path, text in advice if object_store.exists(path)]


def _search(lake: MaintainedLake, entries: Sequence[Entry], person: str) -> str:
    """Search all files on disk for the person. Raises WeirError where one still contains the id."""
    searched, with_person = 0, list[str]()
    for table in (entry.table for entry in entries if entry.table.persons or RAW_LINE.name in entry.table.names):
        rows = lake.read_all_files(table, *(table.persons or (RAW_LINE.name,)))
        searched += len(rows.inputFiles())
        files = rows.filter(_has_person(table, person)).select(F.input_file_name().alias("file")).distinct()
        with_person += [row.file for row in files.collect()]
    if with_person:
        raise WeirError(
            f"{count(searched, 'file')} searched, {len(with_person)} still hold the person, such as {with_person[0]}; "
            "run the job again"
        )
    return f"{count(searched, 'file')} searched, 0 hold the person"
