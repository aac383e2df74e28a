"""Replay rejected rows. In place of a fixed bug, a row from tomorrow becomes valid a day later."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from jobs.lake import replay_rejected
from jobs.runtime.iceberg.lake_writer import Lake
from schemas.ecommerce.clean_events import CLEAN_EVENTS
from schemas.table import Table
from tests.conftest import HEADER, InProcess, line
from tests.spark.runs.test_daily import newest
from tests.spark.runs.test_redelivery import Killed, event, refused, shop, take, there

pytestmark = pytest.mark.slow

__all__ = ["shop"]
EARLY = ("--clock", "2019-10-01T12:00:00Z")


def replay(shop: InProcess, *arguments: str) -> str:
    assert shop.run(*arguments, job=replay_rejected.JOB) == 0, shop.output
    return shop.output


def test_a_replay_publishes_rows_that_pass_now_once_and_keeps_the_rest(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1), event(2, day=2), event(2, day=2), event(4, day=3), line(price="x"))
    shop.deliver("b.csv", event(2, day=2), line(price="x"))
    assert take(shop, *EARLY) == "7 read 1 kept 6 rejected"
    assert "6 rows validated again, 3 now pass (1 kept, 2 duplicate), 3 still rejected" in replay(
        shop, "--clock", "2019-10-02T12:00:00Z"
    )
    assert there(shop) == {1: "a", 2: "a"}
    assert refused(shop) == [("a", "bad_price"), ("a", "future"), ("b", "bad_price")]
    assert (newest(shop, CLEAN_EVENTS).rows_kept, newest(shop, CLEAN_EVENTS).rows_duplicate) == (1, 2)
    assert "3 rows validated again, all still rejected" in replay(shop, "--clock", "2019-10-02T12:00:00Z")
    assert take(shop) == "nothing"
    assert "3 rows validated again, 1 now pass (1 kept, 0 duplicate), 2 still rejected" in replay(shop)


@pytest.mark.nightly
def test_a_file_with_replayed_rows_is_corrected_and_withdrawn_with_them(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1), event(2, day=2))
    shop.deliver("b.csv", event(2, day=2))
    take(shop, *EARLY)
    assert "2 rows validated again, 2 now pass (1 kept, 1 duplicate), 0 still rejected" in replay(shop)
    assert there(shop) == {1: "a", 2: "a"}
    path = shop.deliver("a.csv", event(5))
    assert take(shop) == "2 read 2 kept 2 replaced"
    assert there(shop) == {2: "b", 5: "a"}
    take(shop, "--withdraw", str(path))
    assert there(shop) == {2: "b"}


@pytest.mark.nightly
def test_lines_of_every_format_are_read_as_their_run_read_them(shop: InProcess) -> None:
    values = dict(zip(HEADER.split(","), event(3, day=2).split(","), strict=True))
    shop.deliver("a.csv", event(1, day=2).replace(",", ";"), header=HEADER.replace(",", ";"))
    take(shop, *EARLY, "--delimiter", ";")
    shop.deliver("b.csv", event(2, day=2), header="")
    take(shop, *EARLY, "--no_header")
    shop.deliver("c.json", json.dumps({**values, "marca": values.pop("brand")}), header="")
    take(shop, *EARLY, "--columns", "brand=marca")
    parquet.write_table(
        pa.Table.from_pylist([{**values, "brand": "acme", "product_id": 4, "price": 1.5}]), shop.input / "d.parquet"
    )
    take(shop, *EARLY)
    assert "4 rows validated again, 4 now pass (4 kept, 0 duplicate), 0 still rejected" in replay(shop)
    assert there(shop) == {1: "a", 2: "b", 3: "c", 4: "d"}
    assert {(row.brand, str(row.price)) for row in shop.table("ecommerce.clean_events").collect()} == {
        ("acme", "1.00"),
        ("acme", "1.50"),
    }
    assert refused(shop) == []


@pytest.mark.nightly
def test_lines_whose_header_is_gone_wait_and_late_rows_stay(shop: InProcess) -> None:
    shop.deliver("a.csv", event(1), event(2, day=2)).rename(shop.input / "b.csv")
    shop.deliver("a.csv", line(event_time="2019-09-01 10:00:00"), event(3))
    take(shop, *EARLY)
    shop.deliver("c.csv", line(event_time="2019-09-02 10:00:00"))
    take(shop, *EARLY, "--max_late_days", "3")
    (shop.input / "b.csv").unlink()
    output = replay(shop)
    assert f"1 row of {shop.input / 'b.csv'} skipped: the file is gone, and its header with it" in output
    assert "no rows to validate again" in output
    assert refused(shop) == [("b", "future"), ("c", "late")]


@pytest.mark.parametrize("ends", ["killed", pytest.param("stopped", marks=pytest.mark.nightly)])
def test_a_replay_that_ends_between_its_tables_neither_loses_nor_doubles(
    shop: InProcess, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    shop.deliver("a.csv", event(1), event(2, day=2))
    take(shop, *EARLY)
    publish = Lake.publish

    def publish_clean(lake: Lake, table: Table, run_id: str) -> None:
        if table is not CLEAN_EVENTS:
            raise Killed
        publish(lake, table, run_id)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "publish", publish_clean)
        if ends == "killed":  # no cleanup
            patch.setattr(Lake, "drop_branch", lambda *_: None)
        with pytest.raises(Killed):
            shop.run(job=replay_rejected.JOB)
    shop.capsys.readouterr()
    assert (there(shop), refused(shop)) == ({1: "a", 2: "a"}, [("a", "future")])
    assert take(shop) == "nothing"
    assert (there(shop), refused(shop)) == ({1: "a", 2: "a"}, [])
    assert "no rows to validate again" in replay(shop)
