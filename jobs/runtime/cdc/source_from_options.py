"""Fill the job template of `cdc.apply`: declare a source by command-line options."""

import re
from argparse import ArgumentTypeError
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobs.runtime.cdc.change_file_reader import READ_OPTIONS
from jobs.runtime.cdc.old_key_fields import refuse_declared
from jobs.runtime.cdc.source_catalog import DOMAIN, cdc_job, lake_source
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake_writer import Lake
from jobs.runtime.job import Parameter, Pipeline
from jobs.runtime.option_types import suggest, whole_number
from jobs.runtime.parameters import CHANGES, FILES
from schemas.cdc_columns import SOURCE_COMMENT
from schemas.cdc_feed import INFERRED_TYPE, OPS
from schemas.cdc_source import ALL_COLUMNS, CdcSource
from schemas.declared import declared_tables
from schemas.table import Column
from schemas.widening import common_type
from transforms.values import VALUE_PATTERNS

_MOST_DIGITS = 38
_OPERATIONS = frozenset(OPS.values())
# The fields of a CdcSource that name columns.
_NAMING = ("key", "history", "ignore_null_updates")


def fill_template(lake: Lake, *, table: str, types: Mapping[str, str], **options: Any) -> Pipeline:
    """The job of the source as declared in the lake, or, for a new table, as declared by the options.

    Read options are stored with the declaration; a run may override them for its own files.
    Raises BadArgument if the options contradict the stored declaration, or the table has a job of its own.
    """
    name = f"{DOMAIN}.{table}"
    if name in {declared.name for declared in declared_tables()}:
        raise BadArgument(
            f"--table {table}: {name} is already declared, and has a job of its own, weir {name}; give the "
            f"table another name, such as shop_{table}"
        )
    requested = {field: options[option] for option, field in _FIELDS.items() if options[option] is not None}
    known = lake_source(lake, name)
    if known and lake.main(known.current) is None:
        lake.drop_unpublished(known.tables, has_staged_rows=True)  # created by a run that did not end
        known = None
    if known:
        _refuse_contradiction(known, _with_stored_names(known, requested), types)
    if not known and not options["keys"]:
        raise BadArgument(f"--keys: {name} does not exist yet; name its key columns")
    source = _with_new_columns(known, types) if known else _declare(name, types, requested)
    refuse_declared(source, types, options["columns"] or {})
    read = {
        **_READ_DEFAULTS,
        **source.reading,
        **{option: options[option] for option in READ_OPTIONS if options[option] is not None},
    }
    return Pipeline("cdc.apply", [cdc_job(replace(source, reading=read))], board=DOMAIN)


def _refuse_contradiction(known: CdcSource, requested: Mapping[str, Any], types: Mapping[str, str]) -> None:
    """Raises BadArgument if the options differ from the stored declaration."""
    for option, field in _FIELDS.items():
        if field in requested and requested[field] != (value := getattr(known, field)):
            declared = "without it" if value in (None, False) else f"with {value!r}"
            raise BadArgument(
                f"--{option}: {known.name} was declared {declared}; omit the option, or use another --table"
            )
    stored_types = {known.stored_name(column): kind for column, kind in types.items()}
    # A column may have been widened since.
    if differing := [
        f"{column} as {present}, not {kind}"
        for column, kind in stored_types.items()
        if (present := known.types.get(column)) and common_type(present, kind) != present
    ]:
        raise BadArgument(
            f"--types: {known.name} has {', '.join(differing)}; a column is widened when a file has a wider type. For "
            "other types, ingest all files into another --table"
        )


def _with_new_columns(source: CdcSource, types: Mapping[str, str]) -> CdcSource:
    """The source with the columns of `types` that it does not have yet, at the end."""
    stored = {source.stored_name(column): kind for column, kind in types.items()}
    known = {*map(str.lower, source.types)}
    added = [Column(column, kind, SOURCE_COMMENT) for column, kind in stored.items() if column.lower() not in known]
    return replace(source, columns=(*source.columns, *added))


def _declare(name: str, types: Mapping[str, str], requested: Mapping[str, Any]) -> CdcSource:
    """A source with the columns that the options name; the files add the others."""
    try:
        empty = CdcSource(name, "one row per row of the source", (), **requested)
        stored = _with_stored_names(empty, requested)
        types = {empty.stored_name(column): kind for column, kind in types.items()}
        spelled = {column.lower(): column for column in types}
        stored |= {
            field: tuple(spelled.get(column.lower(), column) for column in stored[field])
            for field in _NAMING
            if field in stored
        }
        named = [*(stored.get(field, ()) for field in _NAMING), (stored.get("person", ""),)]
        named_only = [one for fields in named for one in fields if one not in types]
        # Lines without a header have the columns in the order of the types.
        names = dict.fromkeys((*named_only, *types))
        columns = tuple(
            Column(column, types.get(column, INFERRED_TYPE), SOURCE_COMMENT)
            for column in names
            if column and column not in ALL_COLUMNS
        )
        return replace(empty, columns=columns, **stored)
    except ValueError as error:
        raise BadArgument(str(error)) from error


def _with_stored_names(source: CdcSource, requested: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the names that columns have in the lake."""
    stored = {field: tuple(map(source.stored_name, requested[field])) for field in _NAMING if field in requested}
    person = {"person": source.stored_name(requested["person"])} if "person" in requested else {}
    return {**requested, **stored, **person}


def names(text: str) -> tuple[str, ...]:
    columns = tuple(name.strip() for name in text.split(",") if name.strip())
    if not columns:
        raise ArgumentTypeError(f"{text!r} names no column")
    return columns


def all_or_names(text: str) -> tuple[str, ...]:
    return ALL_COLUMNS if text == "all" else names(text)


def table_name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", text) or re.search(r"^(raw|rejected)_|_(aux|history)$", text):
        raise ArgumentTypeError(
            f"{text!r} is not a table name: use lower-case letters, digits and _; the prefixes raw_ and rejected_ "
            "and the suffixes _aux and _history are reserved"
        )
    return text


def column_types(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in re.split(r",(?![^(]*\))", text)]
    types = {name.strip(): kind.strip().lower() for name, _, kind in pairs}
    for kind in types.values():
        digits = re.fullmatch(r"decimal\((\d+),(\d+)\)", kind)
        if (
            kind not in VALUE_PATTERNS
            and kind != "string"
            and not (digits and int(digits[2]) <= int(digits[1]) <= _MOST_DIGITS and int(digits[1]))
        ):
            raise ArgumentTypeError(
                f"{kind!r} is not a type; use string, decimal(18,2), {', '.join(VALUE_PATTERNS)}"
                f"{suggest(kind, VALUE_PATTERNS)}"
            )
    return types


def ops(text: str) -> dict[str, str]:
    """Operation names of a feed, added to the known ones."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(op.strip() in _OPERATIONS for _, _, op in pairs):
        raise ArgumentTypeError(f"{text!r} is not of the form N=I,X=D: the name in the feed, then L, I, U, D, T or B")
    return {**OPS, **{name.strip().lower(): op.strip() for name, _, op in pairs}}


def tie(text: str) -> bool:
    if text != "op_rank":
        raise ArgumentTypeError(f"{text!r} is not op_rank, the only supported value")
    return True


_READ_PARAMETERS = {parameter.name: parameter for parameter in (*FILES, *CHANGES) if parameter.name in READ_OPTIONS}
_READ_DEFAULTS = {name: parameter.default for name, parameter in _READ_PARAMETERS.items()}
TABLE_OPTIONS: Sequence[Parameter] = (
    Parameter("table", table_name, help="name of the table; cdc.<table> in the lake", is_required=True),
    Parameter(
        "keys",
        names,
        None,
        "columns of the primary key; like all options here except --table, required or used by the first run only",
    ),
    Parameter(
        "types",
        column_types,
        {},
        "column types, such as id=bigint,price=decimal(10,2), also those of columns that the source has got since;"
        " default: those of Parquet files, string for CSV",
    ),
    Parameter(
        "sequence",
        names,
        None,
        "what orders changes, most significant first: commit_ts, change_seq, columns of the feed, file;"
        " default: commit_ts,change_seq, or change_seq,commit_ts if the first files are Debezium events with positions",
    ),
    Parameter("history", all_or_names, None, "keep SCD2 history: all, or the columns whose change starts a version"),
    Parameter(
        "ignore_null_updates",
        all_or_names,
        None,
        "all, or the columns in which a NULL of an update keeps the stored value",
    ),
    Parameter("soft_deletes", bool, None, "keep deleted rows, marked by _is_deleted"),
    Parameter(
        "tombstone_days", whole_number, None, "retention of tombstones in days, 0 keeps them forever; default: 7"
    ),
    Parameter(
        "tie",
        tie,
        None,
        "op_rank: changes at an equal position are ordered full load, insert, update, delete",
    ),
    Parameter("ops", ops, None, "additional operation names of the feed, such as N=I,X=D"),
    Parameter("person", str, None, "the column with the id of a person, for lake.forget"),
    *(
        replace(
            parameter,
            default=None,
            help=f"{parameter.help}; default: as in the first run, else {parameter.default or 'none'}",
        )
        for parameter in _READ_PARAMETERS.values()
    ),
)
# Option -> field of CdcSource.
_FIELDS = {
    "keys": "key",
    "sequence": "sequence",
    "history": "history",
    "ignore_null_updates": "ignore_null_updates",
    "soft_deletes": "has_soft_deletes",
    "tombstone_days": "tombstone_days",
    "tie": "is_tied_by_op",
    "ops": "ops",
    "person": "person",
}
