"""A MariaDB server for the tests, and its binlog as changes."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NEEDED = ("mariadbd", "mariadb-install-db")
DATABASE, TABLE, WATERMARK = "shop", "things", "watermark"


@dataclass(frozen=True)
class Change:
    """A change of a row: I, U or D with its values by column, or T without values. `old` has those before an update."""

    op: str
    commit_ts: int
    seq: str
    values: dict[str, Any]
    old: dict[str, Any]


def missing() -> list[str]:
    """The requirements of the test that this machine lacks."""
    return [name for name in NEEDED if not shutil.which(name)]


@contextmanager
def server(folder: Path) -> Iterator[dict[str, Any]]:
    """The connection settings of a server that runs until the block ends."""
    data, port = folder / "data", _free_port()
    common = ["--no-defaults", f"--datadir={data}", "--user=root"]
    subprocess.run(
        ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        capture_output=True,
    )
    process = subprocess.Popen(
        [
            "mariadbd",
            *common,
            f"--port={port}",
            f"--socket={folder / 's'}",
            f"--pid-file={folder / 'pid'}",
            "--bind-address=127.0.0.1",
            "--server-id=1",
            f"--log-bin={data / 'binlog'}",
            "--binlog-format=ROW",
            "--binlog-row-image=FULL",
            "--binlog-row-metadata=FULL",
            "--default-time-zone=+00:00",
            "--character-set-server=utf8mb4",
            "--innodb-flush-log-at-trx-commit=0",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _reached({"host": "127.0.0.1", "port": port, "user": "root", "password": "", "charset": "utf8mb4"})
    finally:
        process.terminate()
        process.wait(60)


def changes(settings: dict[str, Any], position: tuple[str, int]) -> list[Change]:
    """All changes of the table in the binlog, from a position to the watermark. On MariaDB the reader never stops."""
    from pymysqlreplication import BinLogStreamReader
    from pymysqlreplication.event import QueryEvent
    from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

    kinds = {WriteRowsEvent: "I", UpdateRowsEvent: "U", DeleteRowsEvent: "D"}
    stream = BinLogStreamReader(
        connection_settings={**settings},  # the reader modifies it
        server_id=7,
        log_file=position[0],
        log_pos=position[1],
        resume_stream=True,
        only_events=[QueryEvent, *kinds],
    )
    found = list[Change]()
    try:
        for event in stream:
            file = int(stream.log_file.rpartition(".")[2])
            place = f"{file:010}{stream.log_pos:015}"
            if isinstance(event, QueryEvent):
                if event.query.upper().startswith(f"TRUNCATE TABLE {TABLE.upper()}"):
                    found.append(Change("T", event.timestamp, f"{place}{0:010}", {}, {}))
            elif event.table == WATERMARK:
                return found
            elif event.table == TABLE:
                for number, row in enumerate(event.rows):
                    seq, new, old = (
                        f"{place}{number:09}0",
                        row.get("after_values") or row["values"],
                        row.get("before_values") or {},
                    )
                    found.append(Change(kinds[type(event)], event.timestamp, seq, new, old))
    finally:
        stream.close()
    raise AssertionError("the binlog ended before the watermark")


def _reached(settings: dict[str, Any]) -> dict[str, Any]:
    import pymysql

    for _ in range(300):
        try:
            pymysql.connect(**settings).close()
        except pymysql.err.OperationalError:
            time.sleep(0.1)
        else:
            return settings
    raise AssertionError("MariaDB did not start")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
