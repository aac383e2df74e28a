"""The API that the readers of posts ask, and the folders that they write to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.runtime.fetch.raw_pages import RawFolder
from tests.post_api import Api


@pytest.fixture
def api() -> Iterator[Api]:
    played = Api()
    yield played
    played.server.shutdown()
    played.server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> RawFolder:
    return RawFolder(str(tmp_path / "raw/tweets"), "tweets", "hrvatska")


@pytest.fixture
def posts(tmp_path: Path) -> RawFolder:
    return RawFolder(str(tmp_path / "raw/posts"), "posts", "12", keeps_cursor=False)
