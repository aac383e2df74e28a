"""List and open delivered files: folders, globs and buckets alike."""

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


@dataclass(frozen=True)
class File:
    """A delivered file. `version` changes when its content does; `written` is when that was last."""

    path: str
    bytes: int
    version: str
    written: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class _Found:
    """A file with the names below the place that was asked for, or a linked folder."""

    file: File
    names: tuple[str, ...]
    is_folder: bool = False

    @property
    def is_passed_over(self) -> bool:
        return (
            self.is_folder
            or any(name.startswith((".", "_")) for name in self.names)
            or self.file.path.endswith(_UNFINISHED)
        )


def list_files(location: str) -> tuple[list[File], list[str]]:
    """The files of a folder (with its subfolders), a glob or one path, sorted; and what was passed over: hidden, unfinished, linked folders."""
    if object_store.is_in_bucket(location):
        with object_store.told(f"--input {location}", BadInput):
            found = _in_bucket(object_store.uri(location))
    elif "://" in location:
        raise BadInput(f"--input {location}: only folders, files and globs, on this machine or s3://, can be read")
    else:
        found = _on_disk(location)
    files = sorted({one.file for one in found if not one.is_passed_over}, key=lambda file: file.path)
    if not files:
        raise NoRows(f"--input {location}: no file in it (hidden, _x and unfinished files such as .tmp are not read)")
    unreadable = [file.path for file in files if re.search(r":|//|\?versionId=", file.path.removeprefix("s3://"))]
    if unreadable:
        raise BadInput(
            f"{unreadable[0]} has a colon, an empty name or a version in its path, which Hadoop's file system cannot read; rename it"
        )
    return files, sorted({one.file.path for one in found if one.is_passed_over})


def found_at(path: str) -> File | None:
    """The file of just this path, if it is there."""
    try:
        return next((file for file in list_files(path)[0] if file.path == path), None)
    except NoRows:
        return None


def opened(path: str) -> BinaryIO:
    """The bytes of a file. Raises BadInput where it is not there any more, or its store refuses them."""
    if object_store.is_in_bucket(path):
        with object_store.told(path, BadInput):
            stream: BinaryIO = object_store.filesystem().open(path, "rb", block_size=_BLOCK)
        return stream
    try:
        return open(path, "rb")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}; nothing was taken, mend that or run again without it"
        ) from error


def _on_disk(location: str) -> list[_Found]:
    place = base = Path(os.path.abspath(location))  # noqa: PTH100  (a link is not followed: the path is the file's name in the ledger)
    if place.is_dir():
        # A linked folder is not entered, since it may hold this one; it is told.
        below = [path for path in place.rglob("*") if path.is_file() or (path.is_dir() and path.is_symlink())]
        found = [(path, path.relative_to(place).parts) for path in below]
    elif place.exists():
        found = [(place, (place.name,))]
    else:
        found = [(path, (path.name,)) for path in map(Path, glob.glob(str(place), recursive=True)) if path.is_file()]
        if not found:
            raise _nothing_at(location)
        base = _fixed(place)
    return [
        _Found(
            File(str(path), status.st_size, str(status.st_mtime_ns), datetime.fromtimestamp(written, UTC)),
            names,
            path.is_dir(),
        )
        for path, names in found
        if not _in_a_lake(path, base)
        for status in [path.stat()]
        for written in [max(status.st_mtime, status.st_ctime)]  # what is moved here keeps the first
    ]


def _fixed(pattern: PurePath) -> Path:
    """The folder of a glob up to its first sign."""
    return Path(*itertools.takewhile(lambda name: not glob.has_magic(name), pattern.parts))


def _in_a_lake(path: Path, place: Path) -> bool:
    return any((folder / "catalog.db").exists() for folder in path.parents if folder.is_relative_to(place))


def _in_bucket(location: str) -> list[_Found]:
    there, place = object_store.filesystem(), location.removeprefix("s3://").rstrip("/")
    bucket = place.partition("/")[0]
    if not re.fullmatch(r"[a-z0-9-]+|([a-z0-9-]+\.)+[a-z][a-z0-9-]*", bucket):
        raise BadInput(
            f"--input {location}: Hadoop reads no bucket with an underscore, or with a point and a digit behind the last, in its name"
        )
    there.call_s3("head_bucket", Bucket=bucket)
    objects, base, wanted = there.find(place, detail=True), place, None
    if place in objects:
        base = place.rpartition("/")[0]
    elif not objects and glob.has_magic(place):
        base, wanted = str(_fixed(PurePosixPath(place))), set(there.glob(place))
        objects = there.find(base, detail=True)
    keys = [key for key, told in objects.items() if told["type"] == "file" and not key.endswith("/")]
    # A table of Iceberg is known by its metadata.
    tables = tuple(f"{key.rpartition('/metadata/')[0]}/" for key in keys if key.endswith(".metadata.json"))
    found = [
        _Found(
            File(f"s3://{key}", told["size"], told["ETag"].strip('"'), told["LastModified"]),
            tuple(key.removeprefix(f"{base}/").split("/")),
        )
        for key, told in ((key, objects[key]) for key in keys)
        if not key.startswith(tables) and (wanted is None or key in wanted)
    ]
    if not objects or (wanted is not None and not found):
        raise _nothing_at(location)
    return found


def _nothing_at(location: str) -> NoRows:
    return NoRows(f"--input {location}: there is no such folder, file or match of a glob")
