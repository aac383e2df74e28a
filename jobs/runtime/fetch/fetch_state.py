"""The state of a reader, in a hidden file of its folder."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from jobs.runtime.errors import BadInput
from jobs.runtime.storage import object_store
from jobs.runtime.storage.listing import FETCH_STATE


@dataclass
class Interrupted:
    """A run that has not read all pages. It goes on at `cursor`, or with items up to the time `until`.

    `page` counts the files, `pages_read` the pages that a run read to get here, which a run by time may read again.
    `missing_after` is the newest value of an earlier run from which the API no longer goes on.
    """

    started_at: str
    page: int = 0
    newest: str | None = None
    cursor: str | None = None
    until: str | None = None
    pages_read: int = 0
    missing_after: str | None = None


@dataclass
class FetchState:
    """The newest value of the last complete run, and the run that was interrupted since."""

    query: str
    since: str | None = None
    run: Interrupted | None = None


def load_state(folder: str, query: str) -> FetchState:
    """Raises BadInput if the folder holds the answers to another query, or the state cannot be read."""
    path = next((path for path in (state_path(folder), _old_path(folder)) if object_store.exists(path)), None)
    if path is None:
        return FetchState(query)
    try:
        state = _parse(json.loads(object_store.read_text(path)))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"{path} is cut or damaged; restore it, or remove it to read again all posts that the API still has"
        ) from error
    if state.query != query:
        raise BadInput(f"{folder} holds posts of {state.query!r}; use another folder for {query!r}")
    return state


def save_state(folder: str, state: FetchState) -> None:
    object_store.write_text(state_path(folder), json.dumps(asdict(state)) + "\n")


def move_old_state(folder: str, state: FetchState) -> None:
    """Replace the state of an earlier version, whose name matches the file patterns of `social.daily`."""
    if object_store.exists(_old_path(folder)):
        save_state(folder, state)
        object_store.remove(_old_path(folder))


def state_path(folder: str) -> str:
    return f"{folder}/{FETCH_STATE}"


def _old_path(folder: str) -> str:
    return f"{folder}.state.json"


def _parse(found: dict[str, Any]) -> FetchState:
    known = {field.name for field in fields(Interrupted)}
    run = {name: value for name, value in (found.get("run") or {}).items() if name in known}
    return FetchState(found["query"], found.get("since"), Interrupted(**run) if run else None)
