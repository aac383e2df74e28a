"""Expectations of the tables of a CDC source."""

from typing import Any

from expectations.schema_expectations import expect_no_rows, expectation
from schemas.cdc_columns import KINDS
from schemas.table import Table

_PROBLEMS = (
    "truncated_or_malformed",
    "encoding",
    "unknown_op",
    "null_key",
    "bad_old_key",
    "unparsable_time",
    "no_commit_time",
    "no_change_seq",
    "no_sequence",
    "future_commit_time",
    "beyond_retention",
    "forgotten",
)

_HISTORY_COLUMNS = ("valid_from", "valid_to", "is_current", "_seq", "_seq_to", "_applied_at")


def cdc_expectations(table: Table) -> list[dict[str, Any]]:
    """The expectations of a table by its cdc_role."""
    return _BY_ROLE[table.cdc_role](table)


def _current(_: Table) -> list[dict[str, Any]]:
    balance = "(SELECT run.rows_before + run.rows_inserted - run.rows_deleted - run.rows_after FROM run)"
    # Rows that are not rewritten were unique before: with the row balance, the whole table is unique.
    return [
        expect_no_rows(
            "the row count equals the rows before plus inserts minus deletes",
            f"SELECT 1 FROM (SELECT count(*) AS n FROM {{batch}}) AS counted WHERE {balance} <> 0",
        ),
        expect_no_rows(
            "inserts are of new rows and updates of existing rows",
            "SELECT batch._op FROM (SELECT _op FROM {batch} LIMIT 1) AS batch "
            "WHERE contains((SELECT run.remarks FROM run), 'op_anomaly')",
            severity="warning",
        ),
    ]


def _history(table: Table) -> list[dict[str, Any]]:
    key = ", ".join(f"`{name}`" for name in table.key[:-1])
    versions = (
        f"SELECT {key}, valid_from, valid_to, lead(valid_from) OVER (PARTITION BY {key} ORDER BY _seq) AS next_from, "
        f"count(CASE WHEN is_current THEN 1 END) OVER (PARTITION BY {key}) AS open FROM {{batch}}"
    )
    return [
        expect_no_rows(
            "a version is current if and only if it has no end",
            "SELECT is_current, valid_to FROM {batch} WHERE is_current <> (_seq_to IS NULL)",
        ),
        expect_no_rows(
            "no version ends before it starts", "SELECT valid_from, valid_to FROM {batch} WHERE valid_to < valid_from"
        ),
        expect_no_rows(
            "versions of a row do not overlap",
            f"SELECT valid_to FROM ({versions}) AS versions "
            "WHERE valid_to > next_from OR (valid_to IS NULL AND next_from IS NOT NULL)",
        ),
        expect_no_rows(
            "a row has at most one open version", f"SELECT valid_to FROM ({versions}) AS versions WHERE open > 1"
        ),
        expect_no_rows("the current versions equal the current rows", f"{_differing(table)} LIMIT 1"),
    ]


def _differing(table: Table) -> str:
    """Rows that are in only one of the current versions and the current table."""
    columns = ", ".join(f"`{name}`" for name in table.names if name not in _HISTORY_COLUMNS)
    sides = (
        f"SELECT {columns} FROM {{batch}} WHERE is_current",
        f"SELECT {columns} FROM current_rows",
    )
    return f"SELECT 1 FROM (({sides[0]} EXCEPT {sides[1]}) UNION ALL ({sides[1]} EXCEPT {sides[0]})) AS differing"


def _aux(_: Table) -> list[dict[str, Any]]:
    return [
        expectation("expect_column_values_to_be_in_set", "kind has a known value", column="kind", value_set=list(KINDS))
    ]


def _rejected(_: Table) -> list[dict[str, Any]]:
    count = (
        "SELECT 1 FROM (SELECT count(*) AS n FROM {batch}) AS counted "
        "WHERE counted.n <> (SELECT run.rows_rejected FROM run)"
    )
    known = ", ".join(f"'{problem}'" for problem in _PROBLEMS)
    return [
        expect_no_rows("the row count equals the rejected changes", count),
        expect_no_rows("every change has problems", "SELECT problems FROM {batch} WHERE size(problems) = 0"),
        expect_no_rows(
            "all problems are known",
            f"SELECT problem FROM (SELECT explode(problems) AS problem FROM {{batch}}) AS exploded "
            f"WHERE problem NOT IN ({known}) AND problem NOT LIKE 'bad\\_%'",
        ),
    ]


_BY_ROLE = {"current": _current, "history": _history, "aux": _aux, "rejected": _rejected}
