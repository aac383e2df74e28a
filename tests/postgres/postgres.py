"""A PostgreSQL server for the tests, and its log as changes."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.feeds.changes import ADDED, KEY, TABLE, Change
from tests.feeds.dms import change_seq
from tests.postgres.workload import COLUMNS, CREATE, TYPES_AFTER

_ALLOWED_PLUGINS = "output_plugin_libraries"
NEEDED = ("postgres", "initdb", "pg_ctl", "pg_resetwal", "pg_dump", "psql")
PLUGIN = "wal2json"
DATABASE, SLOT = "shop", "lake"
# The log of a server that has run for long: 2 GB in.
LATER_WAL = "000000010000000000000080"
_SETTINGS = {
    "listen_addresses": "",
    "wal_level": "logical",
    "timezone": "UTC",
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_connections": "10",
}


@dataclass(frozen=True)
class Session:
    """A connected client."""

    process: "subprocess.Popen[str]"

    def says(self, script: str, question: str) -> str:
        """The answer to a question after the script."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{script}{question}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().removesuffix("\n")


@dataclass(frozen=True)
class Server:
    """A running server. Its times are `behind` those of the machine."""

    folder: Path
    behind: timedelta

    def psql(self, script: str, database: str = DATABASE) -> list[str]:
        """The lines that a script prints."""
        command = [_path("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", *self._connection, "-d", database]
        # Not splitlines: a value may have other separators.
        return _output(command, script).removesuffix("\n").split("\n")

    @contextmanager
    def session(self, database: str) -> Iterator["Session"]:
        """A client that stays connected, as a process."""
        command = [_path("psql"), "-XqAt", *self._connection, "-d", database]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield Session(process)

    def create(self) -> None:
        """A new database with an empty table."""
        self.psql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots;", "postgres")
        self.psql(f"DROP DATABASE IF EXISTS {DATABASE};", "postgres")
        self.psql(f"CREATE DATABASE {DATABASE};", "postgres")
        self.psql(CREATE)

    def restore(self, other: "Server") -> None:
        """A new database with the table of another server."""
        self.create()
        dump = _output([_path("pg_dump"), *other._connection, "-t", TABLE, DATABASE], "")
        self.psql(f"DROP TABLE {TABLE};\n{dump}")

    def start_slot(self) -> None:
        self.psql(f"SELECT pg_create_logical_replication_slot('{SLOT}', '{PLUGIN}');")

    def rows(self) -> dict[int, dict[str, Any]]:
        lines = self.psql(f"SELECT row_to_json({TABLE}) FROM {TABLE};")
        rows = [typed(json.loads(line, parse_float=Decimal)) for line in lines if line]
        return {row[KEY]: row for row in rows}

    def snapshot(self) -> list[Change]:
        """All rows, as a connector reads them."""
        lsn, moment = self.psql("SELECT pg_current_wal_lsn();\nSELECT clock_timestamp();")
        at, place = datetime.fromisoformat(moment) - self.behind, _place(lsn, None)
        return [Change("L", at, "", place, tuple(row), row, {}) for row in self.rows().values()]

    def changes(self, *, has_added: bool) -> list[Change]:
        """The changes of the table since the last call. `has_added`: the first ones have the added column."""
        options = ("format-version", "2", "include-lsn", "1", "include-timestamp", "1", "include-xids", "1")
        more = ("include-transaction", "0", "add-tables", f"public.{TABLE}")
        arguments = ", ".join(f"'{option}'" for option in options + more)
        lines = self.psql(f"SELECT data FROM pg_logical_slot_get_changes('{SLOT}', NULL, NULL, {arguments});")
        found = list[Change]()
        for message in (json.loads(line, parse_float=Decimal) for line in lines if line):
            has_added |= any(column["name"] == ADDED for column in message.get("columns", ()))
            found.append(_change(message, (*COLUMNS, *([ADDED] if has_added else [])), len(found), self.behind))
        return found

    @property
    def _connection(self) -> Sequence[str]:
        return ("-h", str(self.folder), "-U", "postgres")


def missing() -> list[str]:
    """The requirements of the test that this machine lacks."""
    lacking = [name for name in NEEDED if not _where(name)]
    return lacking or ([] if _plugin().exists() else [PLUGIN])


@contextmanager
def server(*, behind: timedelta, wal: str | None = None) -> Iterator[Server]:
    """A server that runs until the block ends; its log starts at `wal`. It does not run as root."""
    folder = Path(tempfile.mkdtemp(prefix="weir-pg-"))
    data = str(folder / "data")
    try:
        if _owner():
            shutil.chown(folder, "postgres")
        _output([*_owner(), _path("initdb"), "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N"], "")
        if wal:
            _output([*_owner(), _path("pg_resetwal"), "-l", wal, data], "")
        # Since 15.19 a plugin that is not PostgreSQL's own has to be allowed. Earlier releases do not start with that.
        known = _output([*_owner(), _path("postgres"), "--describe-config"], "")
        allowed = {_ALLOWED_PLUGINS: PLUGIN} if _ALLOWED_PLUGINS in known else {}
        settings = {**_SETTINGS, **allowed, "unix_socket_directories": str(folder)}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        control = [*_owner(), _path("pg_ctl"), "-D", data, "-w", "-l", str(folder / "log")]
        _output([*control, "-o", options, "start"], "")
        try:
            yield Server(folder, behind)
        finally:
            _output([*control, "-m", "immediate", "stop"], "")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row from JSON, with their types; instants without a zone, in UTC."""
    return {name: None if value is None else _typed(TYPES_AFTER[name], value) for name, value in row.items()}


def _typed(kind: str, value: Any) -> Any:
    match kind:
        case "date":
            return date.fromisoformat(value)
        case "timestamp":
            return datetime.fromisoformat(value)
        case "double":
            return float(value)
        case "binary":
            return bytes.fromhex(value.removeprefix("\\x"))
    return Decimal(value) if kind.startswith("decimal") else value


def _change(message: Mapping[str, Any], columns: tuple[str, ...], number: int, behind: timedelta) -> Change:
    """The change of a message. With REPLICA IDENTITY FULL it has all old values, also those left out of the new ones.

    A connector gets the old key only if it changed.
    """
    op, at = message["action"], datetime.fromisoformat(message["timestamp"]) - behind
    new, old = (
        typed({column["name"]: column["value"] for column in message.get(image, ())})
        for image in ("columns", "identity")
    )
    values = {name: new[name] if name in new else old[name] for name in columns if name in new or name in old}
    if op == "U" and old == {KEY: new[KEY]}:
        old = {}
    place = _place(message["lsn"], message["xid"])
    return Change(op, at, change_seq(at, number), place, columns, values if op in "IU" else {}, old)


def _place(lsn: str, xid: int | None) -> dict[str, Any]:
    """Where Debezium says that a change is in the log."""
    high, low = lsn.split("/")
    number = (int(high, 16) << 32) + int(low, 16)
    return {"txId": xid, "lsn": number, "sequence": json.dumps([None, str(number)])}


def _output(command: Sequence[str], script: str) -> str:
    ran = subprocess.run(command, input=script, capture_output=True, text=True, check=False, cwd="/")
    assert ran.returncode == 0, f"{command}: {ran.stderr[-2000:]}"
    return ran.stdout


def _owner() -> Sequence[str]:
    return () if os.geteuid() else ("runuser", "-u", "postgres", "--")


def _where(name: str) -> str | None:
    """A program of the server: Debian has them outside of PATH."""
    folders = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    return shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))


def _path(name: str) -> str:
    found = _where(name)
    assert found, name
    return found


def _plugin() -> Path:
    libraries = Path(_path("initdb")).resolve().parent.parent / "lib"
    return next((found for found in libraries.rglob(f"{PLUGIN}.so")), libraries / f"{PLUGIN}.so")
