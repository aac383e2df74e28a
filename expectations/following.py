"""What must hold of every table that follows a changing source, as data."""

from typing import Any

from expectations.claims import finds_nothing, holds
from schemas.changing import KINDS
from schemas.table import Table

_PROBLEMS = (
    "truncated_or_malformed",
    "encoding",
    "unknown_op",
    "null_key",
    "unparsable_time",
    "no_commit_time",
    "beyond_retention",
    "forgotten",
)

_OF_HISTORY = ("valid_from", "valid_to", "is_current", "_seq", "_seq_to", "_applied_at")


def following(table: Table) -> list[dict[str, Any]]:
    """The expectations of a table by what it is: see Table.follows."""
    return _OF[table.follows](table)


def _current(_: Table) -> list[dict[str, Any]]:
    balance = "(SELECT run.rows_before + run.rows_inserted - run.rows_deleted - run.rows_after FROM run)"
    # What is not written anew was unique before: with the balance, the whole table is.
    return [
        finds_nothing(
            "as many rows as there were, and came, and did not go",
            f"SELECT 1 FROM (SELECT count(*) AS n FROM {{batch}}) AS counted WHERE {balance} <> 0",
        ),
        finds_nothing(
            "changes insert what is not there, and update what is",
            "SELECT batch._op FROM (SELECT _op FROM {batch} LIMIT 1) AS batch WHERE contains((SELECT run.remarks FROM run), 'op_anomaly')",
            severity="warning",
        ),
    ]


def _history(table: Table) -> list[dict[str, Any]]:
    key = ", ".join(f"`{name}`" for name in table.key[:-1])
    told = (
        f"SELECT {key}, valid_from, valid_to, lead(valid_from) OVER (PARTITION BY {key} ORDER BY _seq) AS following, "
        f"count(CASE WHEN is_current THEN 1 END) OVER (PARTITION BY {key}) AS open FROM {{batch}}"
    )
    return [
        finds_nothing(
            "a version is current where it has no end",
            "SELECT is_current, valid_to FROM {batch} WHERE is_current <> (_seq_to IS NULL)",
        ),
        finds_nothing(
            "no version ends before it begins", "SELECT valid_from, valid_to FROM {batch} WHERE valid_to < valid_from"
        ),
        finds_nothing(
            "versions of a row do not overlap",
            f"SELECT valid_to FROM ({told}) AS told WHERE valid_to > following OR (valid_to IS NULL AND following IS NOT NULL)",
        ),
        finds_nothing("a row has one open version at most", f"SELECT valid_to FROM ({told}) AS told WHERE open > 1"),
        finds_nothing("what is current in history are the rows as they are", f"{_differing(table)} LIMIT 1"),
    ]


def _differing(table: Table) -> str:
    """Rows that are current in history and not there, and the other way round."""
    own = ", ".join(f"`{name}`" for name in table.names if name not in _OF_HISTORY)
    sides = (
        f"SELECT {own} FROM {{batch}} WHERE is_current",
        f"SELECT {own} FROM {table.stem.removesuffix('_history')}",
    )
    return f"SELECT 1 FROM (({sides[0]} EXCEPT {sides[1]}) UNION ALL ({sides[1]} EXCEPT {sides[0]})) AS differing"


def _aux(_: Table) -> list[dict[str, Any]]:
    return [holds("expect_column_values_to_be_in_set", "kind is a known one", column="kind", value_set=list(KINDS))]


def _rejected(_: Table) -> list[dict[str, Any]]:
    count = "SELECT 1 FROM (SELECT count(*) AS n FROM {batch}) AS counted WHERE counted.n <> (SELECT run.rows_rejected FROM run)"
    known = ", ".join(f"'{problem}'" for problem in _PROBLEMS)
    return [
        finds_nothing("as many rows as were refused", count),
        finds_nothing("each row says why", "SELECT problems FROM {batch} WHERE size(problems) = 0"),
        finds_nothing(
            "only known reasons",
            f"SELECT problem FROM (SELECT explode(problems) AS problem FROM {{batch}}) AS told WHERE problem NOT IN ({known}) AND problem NOT LIKE 'bad\\_%'",
        ),
    ]


_OF = {"current": _current, "history": _history, "aux": _aux, "rejected": _rejected}
