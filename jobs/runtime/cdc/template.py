"""Fill the job template of `cdc.apply`: a followed table declared by command-line options."""

import re
from argparse import ArgumentTypeError as Unfit
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobs.runtime.cdc.change_files import HOW_TO_READ
from jobs.runtime.cdc.tables import DOMAIN, followed, follows
from jobs.runtime.errors import BadArgument
from jobs.runtime.iceberg.lake import Lake
from jobs.runtime.job import Parameter, Pipeline
from jobs.runtime.option_types import nearest, whole_number
from jobs.runtime.parameters import CHANGES, FILES
from schemas.changing import ALL, AS_DELIVERED, AT_SOURCE, OPS, CdcSource
from schemas.declared import declared_tables
from schemas.table import Column
from transforms.values import WRITTEN

_MOST_DIGITS = 38
_OURS = frozenset(OPS.values())


def fill_template(lake: Lake, *, table: str, types: Mapping[str, str], **how: Any) -> Pipeline:
    """The table as the lake keeps it, or, where it is not there, as it is asked for. Raises BadArgument where both differ, or a job has it.

    How its files are read is kept too; a run that says otherwise reads its own files so.
    """
    name = f"{DOMAIN}.{table}"
    if name in {declared.name for declared in declared_tables()}:
        raise BadArgument(f"--table {table}: {name} is declared; a job takes its changes, see python -m jobs")
    told = {word: how[option] for option, word in _WORDS.items() if how[option] is not None}
    known = followed(lake, name)
    if known and lake.main(known.current) is None and any(told[word] != getattr(known, word) for word in told):
        lake.drop_unpublished(known.tables)  # nothing but a run that was refused, or only asked, has made them
        known = None
    for option, word in _WORDS.items() if known else ():
        if word in told and told[word] != getattr(known, word):
            raise BadArgument(
                f"--{option}: {name} is kept with {getattr(known, word)!r}; leave it out, or follow the source in a table of another name"
            )
    if not known and not how["keys"]:
        raise BadArgument(f"--keys: {name} is not there yet; say which columns tell its rows apart")
    if known and (other := {column: kind for column, kind in types.items() if known.types.get(column, kind) != kind}):
        raise BadArgument(
            f"--types: {name} is kept with other types than {other}; a column becomes wider when a file has it so"
        )
    changing = known or _new(name, types, told)
    read = {
        **_USUALLY,
        **changing.reading,
        **{option: how[option] for option in HOW_TO_READ if how[option] is not None},
    }
    return Pipeline("cdc.apply", [follows(replace(changing, reading=read))], board=DOMAIN)


def _new(name: str, types: Mapping[str, str], told: Mapping[str, Any]) -> CdcSource:
    """A table of the key and of the columns whose types are told; the files bring the others."""
    names = dict.fromkeys(
        (
            *told["key"],
            *told.get("history", ()),
            *told.get("kept_when_null", ()),
            *([told["person"]] if "person" in told else []),
            *types,
        )
    )
    columns = tuple(Column(column, types.get(column, AS_DELIVERED), AT_SOURCE) for column in names if column not in ALL)
    try:
        return CdcSource(name, "one row per row of the source", columns, **told)
    except ValueError as error:
        raise BadArgument(str(error)) from error


def names(text: str) -> tuple[str, ...]:
    found = tuple(name.strip() for name in text.split(",") if name.strip())
    if not found:
        raise Unfit("no column is named")
    return found


def history(text: str) -> tuple[str, ...]:
    return ALL if text == "all" else names(text)


def table_name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", text) or re.search(r"^(raw|rejected)_|_(aux|history)$", text):
        raise Unfit(
            f"{text!r} is no name of a table: small letters, digits and _, without raw_, rejected_, _aux and _history"
        )
    return text


def column_types(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in re.split(r",(?![^(]*\))", text)]
    types = {name.strip(): kind.strip().lower() for name, _, kind in pairs}
    for kind in types.values():
        digits = re.fullmatch(r"decimal\((\d+),(\d+)\)", kind)
        if (
            kind not in WRITTEN
            and kind != "string"
            and not (digits and int(digits[2]) <= int(digits[1]) <= _MOST_DIGITS and int(digits[1]))
        ):
            raise Unfit(
                f"{kind!r} is no type; these are: string, decimal(18,2), {', '.join(WRITTEN)}{nearest(kind, WRITTEN)}"
            )
    return types


def ops(text: str) -> dict[str, str]:
    """The words of the feed beside those that are known, with what they say in ours."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(ours.strip() in _OURS for _, _, ours in pairs):
        raise Unfit(f"{text!r} is not of the form N=I,X=D: what the feed says, and L, I, U, D or T")
    return {**OPS, **{theirs.strip().lower(): ours.strip() for theirs, _, ours in pairs}}


def tie(text: str) -> bool:
    if text != "op_rank":
        raise Unfit(f"{text!r} is not op_rank, the only one there is")
    return True


_READ = {parameter.name: parameter for parameter in (*FILES, *CHANGES) if parameter.name in HOW_TO_READ}
_USUALLY = {name: parameter.default for name, parameter in _READ.items()}
HOW_IT_CHANGES: Sequence[Parameter] = (
    Parameter("table", table_name, help="the table, in the lake cdc.<table>", is_required=True),
    Parameter(
        "keys",
        names,
        None,
        "columns that tell rows apart; as all of these but for --table, only the first run needs it",
    ),
    Parameter(
        "types",
        column_types,
        {},
        "types of columns, id=bigint,price=decimal(10,2); default: those of Parquet, and text of CSV",
    ),
    Parameter(
        "sequence",
        names,
        None,
        "what orders changes, from first to last: commit_ts, change_seq, columns of the feed, file; default: commit_ts,change_seq, "
        "and change_seq,commit_ts where the first files are events of Debezium that tell their place",
    ),
    Parameter(
        "history", history, None, "keep also each row as it was: all, or the columns whose change makes a version"
    ),
    Parameter("kept_when_null", names, None, "columns that an update leaves as they are where it has NULL"),
    Parameter("soft_deletes", bool, None, "keep deleted rows, marked _is_deleted"),
    Parameter(
        "tombstone_days", whole_number, None, "days for which a deleted row is remembered, 0 for ever; default: 7"
    ),
    Parameter(
        "tie",
        tie,
        None,
        "op_rank: of changes at one place the last is the delete, before it the update, the insert, the load",
    ),
    Parameter("ops", ops, None, "words of the feed for what happened beside the usual ones: N=I,X=D"),
    Parameter("person", str, None, "the column that says whose row it is, for lake.forget"),
    *(
        replace(
            parameter, default=None, help=f"{parameter.help}; default: as before, else {parameter.default or 'none'}"
        )
        for parameter in _READ.values()
    ),
)
_WORDS = {
    "keys": "key",
    "sequence": "sequence",
    "history": "history",
    "kept_when_null": "kept_when_null",
    "soft_deletes": "is_deleted_softly",
    "tombstone_days": "tombstone_days",
    "tie": "is_tied_by_op",
    "ops": "ops",
    "person": "person",
}
