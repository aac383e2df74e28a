"""List and open delivered files in folders, globs and buckets."""

import glob
import itertools
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO

from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.storage import object_store

_UNFINISHED = (".tmp", ".part", ".crdownload", ".crc")
_BLOCK = 1 << 20
# The state of a reader of posts, in the folder of its files.
FETCH_STATE = ".fetch_state.json"


@dataclass(frozen=True)
class File:
    """A delivered file. `version` changes with its content; `modified_at` is the time of its last change."""

    path: str
    bytes: int
    version: str
    modified_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class _Entry:
    """A file or a linked folder, with the parts of its path below the listed location."""

    file: File
    names: tuple[str, ...]
    is_folder: bool = False

    @property
    def is_skipped(self) -> bool:
        return (
            self.is_folder
            or any(name.startswith((".", "_")) for name in self.names)
            or self.file.path.endswith(_UNFINISHED)
        )


def list_files(location: str) -> tuple[list[File], list[str]]:
    """The files of a folder and its subfolders, a glob or a single path, sorted by path.

    Also returns the paths that were skipped: hidden and unfinished files, but not Weir's own, and linked folders.
    Raises NoRows if there are no files, BadInput if the location or a file in it cannot be read.
    """
    if object_store.is_in_bucket(location):
        with object_store.wrap_errors(f"--input {location}", BadInput):
            entries = _in_bucket(object_store.normalise_uri(location))
    elif "://" in location:
        raise BadInput(f"--input {location}: only local or s3:// folders, files and globs can be read")
    else:
        entries = _on_disk(location)
    files = sorted({entry.file for entry in entries if not entry.is_skipped}, key=lambda file: file.path)
    if not files:
        raise NoRows(f"--input {location}: no file in it (hidden, _x and unfinished files such as .tmp are not read)")
    unreadable = [file.path for file in files if re.search(r":|//|\?versionId=", file.path.removeprefix("s3://"))]
    if unreadable:
        raise BadInput(
            f"{unreadable[0]} has a colon, an empty name or a version in its path, "
            "which Hadoop's file system cannot read; rename it"
        )
    return files, sorted({entry.file.path for entry in entries if entry.is_skipped and entry.names[-1] != FETCH_STATE})


def find_file(path: str) -> File | None:
    """The file with exactly this path, or None if there is none."""
    try:
        return next((file for file in list_files(path)[0] if file.path == path), None)
    except NoRows:
        return None


def open_file(path: str) -> BinaryIO:
    """Open a file for reading. Raises BadInput if it is gone or cannot be read."""
    if object_store.is_in_bucket(path):
        with object_store.wrap_errors(path, BadInput):
            stream: BinaryIO = object_store.filesystem().open(path, "rb", block_size=_BLOCK)
        return stream
    try:
        return open(path, "rb")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}; no file was taken; fix the cause or run again without the file"
        ) from error


def _on_disk(location: str) -> list[_Entry]:
    # Do not resolve links: the ledger identifies a file by this path.
    root = base = Path(os.path.abspath(location))  # noqa: PTH100
    if root.is_dir():
        # Do not enter a linked folder, since it may contain this one. It is reported as skipped.
        paths = [path for path in root.rglob("*") if path.is_file() or (path.is_dir() and path.is_symlink())]
        named = [(path, path.relative_to(root).parts) for path in paths]
    elif root.exists():
        named = [(root, (root.name,))]
    else:
        named = [(path, (path.name,)) for path in map(Path, glob.glob(str(root), recursive=True)) if path.is_file()]
        if not named:
            raise _not_found(location)
        base = _without_glob(root)
    return [
        _Entry(
            File(str(path), status.st_size, str(status.st_mtime_ns), datetime.fromtimestamp(modified_at, UTC)),
            names,
            path.is_dir(),
        )
        for path, names in named
        if not _is_in_lake(path, base)
        for status in [path.stat()]
        for modified_at in [max(status.st_mtime, status.st_ctime)]  # a moved file keeps its st_mtime
    ]


def _without_glob(pattern: PurePath) -> Path:
    """The leading folders of a glob, up to the first name with a wildcard."""
    return Path(*itertools.takewhile(lambda name: not glob.has_magic(name), pattern.parts))


def _is_in_lake(path: Path, base: Path) -> bool:
    return any((folder / "catalog.db").exists() for folder in path.parents if folder.is_relative_to(base))


def _in_bucket(location: str) -> list[_Entry]:
    store, root = object_store.filesystem(), location.removeprefix("s3://").rstrip("/")
    bucket = root.partition("/")[0]
    if not re.fullmatch(r"[a-z0-9-]+|([a-z0-9-]+\.)+[a-z][a-z0-9-]*", bucket):
        raise BadInput(
            f"--input {location}: Hadoop cannot read a bucket whose name has an underscore, "
            "or a digit after its last dot; use another bucket"
        )
    store.call_s3("head_bucket", Bucket=bucket)
    objects, base, matches = store.find(root, detail=True), root, None
    if root in objects:
        base = root.rpartition("/")[0]
    elif not objects and glob.has_magic(root):
        base, matches = str(_without_glob(PurePosixPath(root))), set(store.glob(root))
        objects = store.find(base, detail=True)
    keys = [key for key, info in objects.items() if info["type"] == "file" and not key.endswith("/")]
    # Metadata files mark the folders of Iceberg tables, which are not input.
    tables = tuple(f"{key.rpartition('/metadata/')[0]}/" for key in keys if key.endswith(".metadata.json"))
    entries = [
        _Entry(
            File(f"s3://{key}", info["size"], info["ETag"].strip('"'), info["LastModified"]),
            tuple(key.removeprefix(f"{base}/").split("/")),
        )
        for key, info in ((key, objects[key]) for key in keys)
        if not key.startswith(tables) and (matches is None or key in matches)
    ]
    if not objects or (matches is not None and not entries):
        raise _not_found(location)
    return entries


def _not_found(location: str) -> NoRows:
    no_braces = "; a glob has *, ? and [...], and no braces" if "{" in location else ""
    return NoRows(f"--input {location}: there is no such folder, file or glob match{no_braces}")
