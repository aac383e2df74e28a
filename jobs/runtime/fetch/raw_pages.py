"""Write the items of an API's pages to raw files, each once per run, and resume where a run was interrupted."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs.runtime.errors import BadInput
from jobs.runtime.fetch.http_client import BudgetSpent
from jobs.runtime.storage import object_store
from jobs.runtime.wording import count


@dataclass(frozen=True)
class Item:
    """A post: its id, its line as it is written, and the value by which later runs find newer ones."""

    item_id: str
    line: str
    newest: str


@dataclass(frozen=True)
class Page:
    """The items of a reply, and the cursor of the next one; None after the last."""

    items: list[Item]
    following: str | None


# Reads the page of a cursor (None for the first), of posts newer than `since` (None for all).
ReadPage = Callable[[str | None, str | None], Page]


@dataclass(frozen=True)
class RawFolder:
    """A folder of raw files, dt=<day>/<name>_<start of the run>_<page>.jsonl, and the state, <folder>.state.json.

    The state has the newest value of the last complete run, and the place of one that was interrupted. A page is
    written before the state: if the run is killed in between, the page is read and written again under the same name.
    A run that starts removes the files of earlier ones that are older than `retention_days`.
    """

    folder: str
    name: str
    query: str
    keeps_cursor: bool = True
    retention_days: int | None = None

    def fetch(self, read: ReadPage, started_at: datetime) -> str:
        """Read all pages and return what was done. An interrupted run goes on first.

        Raises BadInput if the folder holds the answers to another query.
        """
        state = self._load()
        removed = self._expired(state, started_at)
        for path in removed:
            object_store.remove(path)
        done = self._read_pages(state, read, started_at)
        return f"{done}; {count(len(removed), 'old file')} removed" if removed else done

    def _read_pages(self, state: dict[str, Any], read: ReadPage, started_at: datetime) -> str:
        run = state.get("run") or {"started_at": f"{started_at.astimezone(UTC):%Y%m%dt%H%M%S%f}", "page": 0}
        if not self.keeps_cursor:
            run["cursor"] = None
        seen, cursors, written = self._written_ids(run), {run.get("cursor")}, 0
        while True:
            try:
                page = read(run.get("cursor"), state.get("since"))
            except BudgetSpent:
                return f"{count(written, 'post')} written to {self.folder}; the budget is spent: run again to go on"
            items = {item.item_id: item for item in page.items if item.item_id not in seen}
            if items:
                lines = "".join(f"{item.line}\n" for item in items.values())
                object_store.write_text(self._path(run, run["page"]), lines)
                run["page"] += 1
            seen |= items.keys()
            written += len(items)
            run["newest"] = max((run.get("newest"), *(item.newest for item in page.items)), key=_order)
            run["cursor"] = page.following
            is_last = page.following is None or page.following in cursors
            cursors.add(page.following)
            state = {**state, "query": self.query, "run": run}
            if is_last:
                newest = max(state.get("since"), run["newest"], key=_order)
                state = {"query": self.query, "since": newest, "run": None}
            object_store.write_text(self._state_path, json.dumps(state) + "\n")
            if is_last:
                repeats = "; the API repeated a cursor" if page.following else ""
                return f"{count(written, 'post')} written to {self.folder}{repeats}"

    def describe(self, now: datetime) -> str:
        """What a run would ask for and remove."""
        state = self._load()
        expired = self._expired(state, now)
        run = state.get("run")
        since = f"newer than {state['since']}" if state.get("since") else "all that the API still has"
        page = f", from page {run['page'] + 1} on" if run else ""
        removed = f"; would remove {count(len(expired), 'old file')}" if expired else ""
        return f"would ask for {self.query!r}, {since}{page}{removed}"

    def _expired(self, state: Mapping[str, Any], now: datetime) -> list[str]:
        """The raw files of complete runs, of days that are more than `retention_days` before today."""
        if self.retention_days is None:
            return []
        oldest = f"{now.astimezone(UTC).date() - timedelta(self.retention_days)}"
        name = re.compile(rf"/dt=(\d{{4}}-\d\d-\d\d)/{self.name}_\w+\.jsonl\Z")
        days = {path: found[1] for path in object_store.list_sizes(self.folder) if (found := name.search(path))}
        interrupted = f"_{(state.get('run') or {}).get('started_at')}_"
        return sorted(path for path, day in days.items() if day < oldest and interrupted not in path)

    def _load(self) -> dict[str, Any]:
        if not object_store.exists(self._state_path):
            return {}
        state: dict[str, Any] = json.loads(object_store.read_text(self._state_path))
        if state["query"] != self.query:
            raise BadInput(f"{self.folder} holds posts of {state['query']!r}; use another folder for {self.query!r}")
        return state

    def _written_ids(self, run: Mapping[str, Any]) -> set[str]:
        """The ids in the files of the run so far."""
        paths = [self._path(run, page) for page in range(run["page"])]
        # Other characters that Python splits lines at, such as U+2028, may be in a text.
        lines = [line for path in paths for line in object_store.read_text(path).split("\n")]
        return {str(item.get("data", item)["id"]) for item in map(json.loads, filter(None, lines))}

    @property
    def _state_path(self) -> str:
        return f"{self.folder}.state.json"

    def _path(self, run: Mapping[str, Any], page: int) -> str:
        started = run["started_at"]
        return f"{self.folder}/dt={started[:4]}-{started[4:6]}-{started[6:8]}/{self.name}_{started}_{page:05}.jsonl"


def _order(value: str | None) -> tuple[int, str]:
    """The order of ids, which are numbers of any length, or of times, which all have one: by length, then as text."""
    return (len(value), value) if value else (0, "")
