"""A MariaDB server for the tests, and its binlog as changes."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.feeds.changes import KEY, TABLE, Change, Row
from tests.feeds.dms import change_seq
from tests.mariadb.workload import COLUMNS, CREATE

NEEDED = ("mariadbd", "mariadb-install-db")
DATABASE, WATERMARK = "shop", "watermark"
# The first files of a log whose number has one digit more than that of a log that starts over.
_OLD_FILES = 10


def missing() -> list[str]:
    """The requirements of the test that this machine lacks."""
    return [name for name in NEEDED if not shutil.which(name)]


class Database:
    """The database of a server. Its times are `behind` those of the machine, until another server takes over."""

    def __init__(self, settings: dict[str, Any], cursor: Any) -> None:
        self.settings, self.cursor = settings, cursor
        self.behind, self.start, self.columns = timedelta(), dict[str, Any](), COLUMNS

    def create(self, *, is_minimal: bool) -> None:
        """A new database with an empty table. Of an update, a minimal log has the key and what changed."""
        self.behind, self.columns = timedelta(hours=1), COLUMNS
        image = "MINIMAL" if is_minimal else "FULL"
        for statement in (
            "RESET MASTER",
            *["FLUSH BINARY LOGS"] * _OLD_FILES,
            f"SET SESSION binlog_row_image = {image}",
            f"DROP DATABASE IF EXISTS {DATABASE}",
            f"CREATE DATABASE {DATABASE}",
            f"USE {DATABASE}",
            CREATE,
            f"CREATE TABLE {WATERMARK} (id INT PRIMARY KEY AUTO_INCREMENT)",
        ):
            self.cursor.execute(statement)

    def fail_over(self) -> None:
        """Go on with a log that starts over."""
        self.cursor.execute("RESET MASTER")
        self.behind, self.start = timedelta(), self._position()

    def rows(self) -> dict[int, dict[str, Any]]:
        self.cursor.execute(f"SELECT * FROM {TABLE}")
        return {row[KEY]: row for row in self.cursor.fetchall()}

    def snapshot(self, *, after: timedelta = timedelta()) -> list[Change]:
        """All rows, as a full load reads them, so long after the second in which they were read."""
        self.start, rows = self._position(), self.rows()
        self.cursor.execute("SELECT UTC_TIMESTAMP() AS now")
        at = self.cursor.fetchone()["now"].replace(tzinfo=UTC) - self.behind + after
        return [Change("L", at, "", self.start, tuple(row), row, {}) for row in rows.values()]

    def changes(self) -> list[Change]:
        """All changes since the snapshot, the failover or the last call."""
        self.cursor.execute(f"INSERT INTO {WATERMARK} VALUES ()")
        found = changes(self.settings, self.start, self.columns, self.behind)
        self.start, self.columns = self._position(), found[-1].columns if found else self.columns
        return found

    def _position(self) -> dict[str, Any]:
        """Where the binlog ends, as Debezium writes it."""
        self.cursor.execute("SHOW MASTER STATUS")
        status = self.cursor.fetchone()
        return {"file": status["File"], "pos": status["Position"], "row": 0}


@contextmanager
def connected(settings: dict[str, Any]) -> Iterator[Database]:
    import pymysql
    from pymysql.cursors import DictCursor

    with (
        pymysql.connect(**settings, autocommit=True, cursorclass=DictCursor) as connection,
        connection.cursor() as cursor,
    ):
        yield Database(settings, cursor)


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


def changes(settings: dict[str, Any], start: Row, columns: tuple[str, ...], behind: timedelta) -> list[Change]:
    """All changes of the table in the binlog, from a position to the watermark. On MariaDB the reader never stops."""
    from pymysqlreplication import BinLogStreamReader
    from pymysqlreplication.event import QueryEvent
    from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

    kinds = {WriteRowsEvent: "I", UpdateRowsEvent: "U", DeleteRowsEvent: "D"}
    stream = BinLogStreamReader(
        connection_settings={**settings},  # the reader modifies it
        server_id=7,
        log_file=start["file"],
        log_pos=start["pos"],
        resume_stream=True,
        only_events=[QueryEvent, *kinds],
    )
    found = list[Change]()
    try:
        for event in stream:
            at = datetime.fromtimestamp(event.timestamp, UTC) - behind
            place = {"file": stream.log_file, "pos": stream.log_pos}
            if isinstance(event, QueryEvent):
                if event.query.upper().startswith(f"TRUNCATE TABLE {TABLE.upper()}"):
                    found.append(_change("T", {"values": {}}, at, {**place, "row": 0}, columns, len(found)))
            elif event.table == WATERMARK:
                return found
            elif event.table == TABLE:
                for number, row in enumerate(event.rows):
                    columns = tuple(row.get("after_values") or row["values"])
                    found.append(_change(kinds[type(event)], row, at, {**place, "row": number}, columns, len(found)))
    finally:
        stream.close()
    raise AssertionError("the binlog ended before the watermark")


def _change(op: str, row: Row, at: datetime, place: Row, columns: tuple[str, ...], number: int) -> Change:
    values, old = {**_logged(row, "values"), **_logged(row, "after_values")}, _logged(row, "before_values")
    if op == "D":
        values, old = {}, values
    elif op == "U":
        values = {KEY: old[KEY], **values}
    return Change(op, at, change_seq(at, number), place, columns, values, old)


def _logged(row: dict[str, Any], image: str) -> dict[str, Any]:
    """The values of an image. With `binlog_row_image=MINIMAL`, other columns are in the row, but not in the log."""
    from pymysqlreplication.constants import NONE_SOURCE

    sources = row.get(f"{image.removesuffix('values')}none_sources", {})
    return {name: value for name, value in row.get(image, {}).items() if sources.get(name) != NONE_SOURCE.COLS_BITMAP}


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
