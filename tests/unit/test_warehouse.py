"""The loads of the warehouse, with the replies of the Redshift Data API as botocore's Stubber gives them."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow as pa
import pytest
from botocore.stub import Stubber
from pyarrow import parquet

from jobs.runtime.errors import BadArgument, BadInput
from jobs.runtime.warehouse.load import load_tables
from jobs.runtime.warehouse.redshift_data import RedshiftData, redshift
from jobs.runtime.warehouse.statements import Load, loadable
from jobs.social.load_warehouse import TABLES
from schemas.accounts.top_visitors import TOP_VISITORS
from schemas.social.authors import AUTHORS
from schemas.social.place_trends import PLACE_TRENDS

DATABASE = {"Database": "dev", "WorkgroupName": "weir"}
ROLE = "arn:aws:iam::123456789012:role/copy"
LOAD = Load(PLACE_TRENDS, "social", "77")


class Warehouse:
    """A client whose calls and replies are declared in order."""

    def __init__(self) -> None:
        client = boto3.client(
            "redshift-data", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        self.stub, self.waits = Stubber(client), list[float]()
        self.data = RedshiftData(client, DATABASE, sleep=self.waits.append)
        self.stub.activate()

    def run(self, statements: list[str], *states: str, error: str = "") -> None:
        self.stub.add_response("batch_execute_statement", {"Id": "1"}, {"Sqls": statements, **DATABASE})
        self._ends(*(states or ("FINISHED",)), error=error)

    def prepared(self, loaded: str | None, *columns: str) -> None:
        """The target has these columns, and the rows of the snapshot `loaded`."""
        self.run(LOAD.preparation())
        self.values(LOAD.present_columns, *(columns or PLACE_TRENDS.names))
        if not columns:
            self.values(LOAD.loaded, *([loaded] if loaded else []))

    def values(self, statement: str, *found: str) -> None:
        self.stub.add_response("execute_statement", {"Id": "1"}, {"Sql": statement, **DATABASE})
        self._ends("FINISHED")
        records = [[{"stringValue": text}] for text in found]
        self.stub.add_response("get_statement_result", {"Records": records}, {"Id": "1"})

    def _ends(self, *states: str, error: str = "") -> None:
        for state in states:
            self.stub.add_response("describe_statement", {"Id": "1", "Status": state, "Error": error}, {"Id": "1"})


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    made = Warehouse()
    yield made
    made.stub.assert_no_pending_responses()


@pytest.fixture
def export(tmp_path: Path) -> str:
    """Three rows in two files of an export."""
    folder = tmp_path / PLACE_TRENDS.name
    files = {"day=2019-05-01/place_trends.parquet": 2, "day=2019-05-02/place_trends.parquet": 1}
    for name, rows in files.items():
        (folder / name).parent.mkdir(parents=True)
        parquet.write_table(pa.table({"tweets": list(range(rows))}), folder / name)
    state = {"kind": "parquet", "columns": PLACE_TRENDS.names, "snapshot": 77, "files": dict.fromkeys(files, 1)}
    (folder / "_exported.json").write_text(json.dumps(state))
    return str(tmp_path)


def loaded(warehouse: Warehouse, export: str) -> str:
    return load_tables([PLACE_TRENDS], export, "social", ROLE, warehouse.data)


def copied(export: str, rows: int) -> list[str]:
    return LOAD.replacement([LOAD.copy(f"{export}/{PLACE_TRENDS.name}/", ROLE)], rows)


def test_a_snapshot_is_staged_counted_and_swapped_in_one_transaction(warehouse: Warehouse, export: str) -> None:
    warehouse.prepared(None)
    warehouse.run(copied(export, 3), "SUBMITTED", "STARTED", "FINISHED")
    assert loaded(warehouse, export) == "social.place_trends: 3 rows of snapshot 77"
    assert warehouse.waits == [2.0, 2.0]


def test_a_snapshot_is_loaded_once(warehouse: Warehouse, export: str) -> None:
    warehouse.prepared("77")
    assert loaded(warehouse, export) == "social.place_trends: snapshot 77 is loaded"


def test_columns_that_the_target_lacks_are_added_first(warehouse: Warehouse, export: str) -> None:
    warehouse.prepared(None, *(name for name in PLACE_TRENDS.names if name != "z"))
    warehouse.run(["ALTER TABLE social.place_trends ADD COLUMN z DOUBLE PRECISION"])
    warehouse.values(LOAD.loaded, "77")
    loaded(warehouse, export)


def test_a_load_ends_where_rows_are_missing_or_a_statement_fails(warehouse: Warehouse, export: str) -> None:
    warehouse.prepared("76")
    warehouse.run(copied(export, 3), "FAILED", error="Cannot insert a NULL value into column row_count")
    with pytest.raises(BadInput, match=r"has 3 rows, but another number arrived; social.place_trends was not replaced"):
        loaded(warehouse, export)
    warehouse.run(LOAD.preparation(), "STARTED", "FAILED", error="password=abc is wrong")
    with pytest.raises(BadInput, match=r"ended with FAILED: password=\*\*\* is wrong"):
        loaded(warehouse, export)


def test_a_limited_rate_is_waited_for_and_another_error_ends(warehouse: Warehouse, export: str) -> None:
    warehouse.stub.add_client_error("batch_execute_statement", "ThrottlingException")
    warehouse.prepared("77")
    loaded(warehouse, export)
    assert warehouse.waits == [2.0]
    warehouse.stub.add_client_error("batch_execute_statement", "ValidationException", "no such workgroup")
    with pytest.raises(BadInput, match=r"refused batch_execute_statement: .*no such workgroup"):
        loaded(warehouse, export)


def test_only_whole_exports_as_parquet_are_loaded(warehouse: Warehouse, export: str) -> None:
    state = Path(export) / PLACE_TRENDS.name / "_exported.json"
    state.write_text(state.read_text().replace('"kind": "parquet"', '"kind": "csv"'))
    with pytest.raises(BadInput, match="is not an export of all columns as Parquet"):
        loaded(warehouse, export)
    state.unlink()
    with pytest.raises(BadInput, match=rf"{export} has no exported table, such as social.place_trends"):
        loaded(warehouse, export)


def test_a_table_that_was_not_exported_is_left_out(warehouse: Warehouse, export: str) -> None:
    warehouse.prepared("77")
    said = load_tables([AUTHORS, PLACE_TRENDS], export, "social", ROLE, warehouse.data)
    assert said == "social.authors: not exported\nsocial.place_trends: snapshot 77 is loaded"


def test_tables_with_lists_are_not_loaded() -> None:
    assert [table.stem for table in TABLES] == [
        "tweet_places",
        "authors",
        "interactions",
        "influencers",
        "place_trends",
        "influencer_places",
        "net_sentiment",
    ]
    assert loadable([TOP_VISITORS]) == []
    with pytest.raises(BadArgument, match="column emails of type array<string>"):
        Load(TOP_VISITORS, "accounts", "1").preparation()


def test_a_warehouse_is_a_workgroup_or_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert redshift("dev", None, "c", "arn").database == {
        "Database": "dev",
        "ClusterIdentifier": "c",
        "SecretArn": "arn",
    }
    for names in ((None, None), ("w", "c")):
        with pytest.raises(BadArgument, match="either the --workgroup or the --cluster"):
            redshift("dev", *names, None)
