"""Write the items of an API's pages to raw files, each once per run, and resume where a run was interrupted."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from jobs.runtime.errors import BadInput
from jobs.runtime.fetch.fetch_state import FetchState, Interrupted, load_state, move_old_state, save_state, state_path
from jobs.runtime.fetch.http_client import BudgetSpent, RequestRefused
from jobs.runtime.fetch.page_source import Item, Page, PageSource, SinceRefused
from jobs.runtime.storage import object_store
from jobs.runtime.wording import count


@dataclass(frozen=True)
class RawFolder:
    """A folder of raw files, dt=<day>/<name>_<start of the run>_<page>.jsonl, with the state of the reader.

    A page is written before the state: if the run is killed in between, the page is read again, and what the file has
    is left out. An interrupted run goes on at its cursor; without `keeps_cursor`, by the time of the last page that it
    has read; a file is in the folder of the day on which it was written. A run that starts removes the files of earlier
    ones that are older than `retention_days`.
    """

    folder: str
    name: str
    query: str
    keeps_cursor: bool = True
    retention_days: int | None = None

    def fetch(self, source: PageSource, started_at: datetime) -> str:
        """Read all pages and return what was done. An interrupted run goes on first.

        Raises BadInput if the folder holds the answers to another query.
        """
        state = self._load()
        move_old_state(self.folder, state)
        removed = self._expired(state, started_at)
        for path in removed:
            object_store.remove(path)
        run = state.run = state.run or Interrupted(f"{started_at.astimezone(UTC):%Y%m%dt%H%M%S%f}")
        day = f"dt={started_at.astimezone(UTC):%Y-%m-%d}"
        done = _Reading(self, source, state, run, day).read_all()
        if removed:
            done += f"; {count(len(removed), 'old file')} removed"
        if run.missing_after:
            done += f"\nwarning: the API no longer goes back to {run.missing_after}, the newest post of the last run; "
            done += "posts between that one and those of this run may be missing"
        return done

    def write(self, run: Interrupted, day: str, items: Mapping[str, Item]) -> None:
        path = f"{self.folder}/{day}/{self.name}_{run.started_at}_{run.page:05}.jsonl"
        object_store.write_text(path, "".join(f"{item.line}\n" for item in items.values()))
        run.page += 1

    def describe(self, now: datetime) -> str:
        """What a run would ask for and remove."""
        state = self._load()
        expired = self._expired(state, now)
        since = f"newer than {state.since}" if state.since else "all that the API still has"
        page = f", from page {state.run.page + 1} on" if state.run else ""
        removed = f"; would remove {count(len(expired), 'old file')}" if expired else ""
        return f"would ask for {self.query!r}, {since}{page}{removed}"

    def _expired(self, state: FetchState, now: datetime) -> list[str]:
        """The raw files of complete runs, of days that are more than `retention_days` before today."""
        if self.retention_days is None:
            return []
        oldest = f"{now.astimezone(UTC).date() - timedelta(self.retention_days)}"
        name = re.compile(rf"/dt=(\d{{4}}-\d\d-\d\d)/{self.name}_\w+\.jsonl\Z")
        days = {path: found[1] for path in object_store.list_sizes(self.folder) if (found := name.search(path))}
        interrupted = f"_{state.run.started_at if state.run else None}_"
        return sorted(path for path, day in days.items() if day < oldest and interrupted not in path)

    def _load(self) -> FetchState:
        state = load_state(self.folder, self.query)
        if state.run and not self.keeps_cursor:
            state.run.cursor = None
        return state

    def find_pages(self, run: Interrupted) -> set[str]:
        """The ids in the files of the run so far. The next page is numbered after them."""
        name = re.compile(rf"/{self.name}_{run.started_at}_(\d+)\.jsonl\Z")
        pages = {path: int(found[1]) for path in object_store.list_sizes(self.folder) if (found := name.search(path))}
        run.page = max([run.page, *(page + 1 for page in pages.values())])
        # Other characters that Python splits lines at, such as U+2028, may be in a text.
        lines = [line for path in pages for line in object_store.read_text(path).split("\n")]
        return {str(item.get("data", item)["id"]) for item in map(json.loads, filter(None, lines))}


@dataclass
class _Reading:
    """One pass over the pages of a run, from where the run was interrupted to the last page."""

    folder: RawFolder
    source: PageSource
    state: FetchState
    run: Interrupted
    day: str
    cursors: set[str] = field(default_factory=set)
    written: int = 0
    pages: int = 0
    is_restarted: bool = False

    def __post_init__(self) -> None:
        self.cursor, self.seen = self.run.cursor, self.folder.find_pages(self.run)
        self.known_pages = self.run.pages_read

    def read_all(self) -> str:
        while True:
            self.cursors |= {self.cursor} if self.cursor else set()
            try:
                page = self.source.read(self.cursor, self.state.since, self.run.until)
            except BudgetSpent:
                self._save()
                return f"{self._done()}; the budget is spent: run again to go on"
            except RequestRefused as refusal:
                self._restart(refusal)
                continue
            self._write(page)
            if page.following in self.cursors:
                self._save()
                raise BadInput(
                    f"{self._done()}; the API repeated a cursor, and the pages after it were not read: run again later"
                )
            self.cursor = page.following
            if self.cursor is None:
                self.state.since, self.state.run = max(self.state.since, self.run.newest, key=_order), None
            self._save()
            if self.cursor is None:
                return self._done()

    def _write(self, page: Page) -> None:
        items = {item.item_id: item for item in page.items if item.item_id not in self.seen}
        if items:
            self.folder.write(self.run, self.day, items)
        elif self.known_pages > 0:
            # Read again to get back to the place: does not count, or a small budget would never get beyond it.
            self.known_pages -= 1
            self.source.client.budget += 1
        self.seen |= items.keys()
        self.written += len(items)
        self.pages += 1
        places = [item.place for item in page.items if item.place]
        self.run.newest = max((self.run.newest, *places), key=_order)
        if not self.folder.keeps_cursor:
            # The newest of the page, not the oldest: a post out of order hides none of those that follow.
            self.run.until = max(places, key=_order, default=self.run.until)
            self.run.pages_read = max(self.run.pages_read, self.pages)

    def _restart(self, refusal: RequestRefused) -> None:
        """Go on without the cursor, or without `since`. Raises BadInput if that is not what the API refuses."""
        if isinstance(refusal, SinceRefused):
            self.run.missing_after, self.state.since = self.state.since, None
        elif self.cursor is None or self.is_restarted:
            has_place = self.state.since or self.run.page
            advice = f"; to read all that it still has, remove {state_path(self.folder.folder)}" if has_place else ""
            raise BadInput(f"{refusal}{advice}") from refusal
        else:
            self.is_restarted = True
        self.cursor = self.run.cursor = None
        self.cursors.clear()

    def _save(self) -> None:
        self.run.cursor = self.cursor if self.folder.keeps_cursor else None
        save_state(self.folder.folder, self.state)

    def _done(self) -> str:
        return f"{count(self.written, 'post')} written to {self.folder.folder}"


def _order(value: str | None) -> tuple[int, str]:
    """The order of ids, which are numbers of any length, or of times, which all have one: by length, then as text."""
    return (len(value), value) if value else (0, "")
