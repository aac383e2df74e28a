"""Pages of posts, as a source reads them from an API."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jobs.runtime.errors import BadInput
from jobs.runtime.fetch.http_client import HttpClient, Literal, RequestRefused


@dataclass(frozen=True)
class Item:
    """A post: its id, its line as it is written, and its place: the value by which later runs find newer ones."""

    item_id: str
    line: str
    place: str


@dataclass(frozen=True)
class Page:
    """The items of a reply, newest first, and the cursor of the next one; None after the last."""

    items: list[Item]
    following: str | None


class SinceRefused(RequestRefused):
    """The API does not go back as far as `since`."""


@dataclass(frozen=True)
class PageSource:
    """Pages of an API. `read` takes a cursor (None for the first page), `since` and `until`.

    The items are newer than `since` (None for all), and not newer than `until` if the API can be read by time.
    """

    client: HttpClient
    read: Callable[[str | None, str | None, str | None], Page]


@contextmanager
def parse_errors() -> Iterator[None]:
    """Raises BadInput if a reply does not have the form that the block reads."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"a reply of the API does not have its documented form: {error!r}") from error


def item_id(found: Any) -> str:
    """The id of an item. Raises ValueError if it is none."""
    if not isinstance(found, str | int) or not str(found):
        raise ValueError(f"{found!r} is no id")
    return str(found)


def json_line(value: Mapping[str, Any]) -> str:
    """The object as JSON, with its numbers as they were received.

    Half a surrogate pair, which UTF-8 cannot hold, stays the escape that it was.
    """
    return _json(value).encode(errors="backslashreplace").decode()


def _json(value: Any) -> str:
    if isinstance(value, Literal):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_json(name)}: {_json(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
