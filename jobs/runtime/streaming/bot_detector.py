"""Apply the rules to panes as they come: in any number of parts, with the result that one part would have."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jobs.runtime.streaming.arrow_panes import daily_events
from jobs.runtime.streaming.pane_store import KEPT_SHARE, PaneStore
from schemas.realtime.vocabulary import ACTOR_KEYS, BLOCK_ACTIONS, CATEGORY_KEY, KEY_KINDS
from transforms.detection.alerts import GROUP_S
from transforms.detection.block_list import (
    MAX_BLOCK_S,
    OFFENCES_LAST,
    Block,
    BlockPlace,
    block_list,
    blocks_of,
    decided_before,
    with_decided,
)
from transforms.detection.incidents import Incident, add_breaches, order
from transforms.detection.panes import EVERYTHING, Kept
from transforms.detection.rules import BASELINE_DAYS, DAY_S, HOUR_S, PANE_S, Key, Rule, RuleSet
from transforms.detection.traffic import Traffic
from transforms.detection.windows import Breach, breaches

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class BotDetector:
    """The state of the rules. Instants are in seconds since 1970.

    `watermark` is the end of the newest pane less `lateness_s`: windows that end by then are closed, and their breaches
    are part of `incidents`. Incidents that were raised by `certain_until`, the end of the newest pane, are certain; it
    does not go back, nor ahead, when another `lateness_s` moves the watermark. `pending` are the breaches in windows
    that are still open, of keys near a limit. `daily` is the number of events by day and category and `hours` those
    with any, as Traffic has them, `active_keys` that of active keys by the instant of a block, up to what the guard
    needs to know. `tripped_at` is when mass_block_guard tripped, until it is released. `decided` are blocks that stay
    as other rules have decided them, see `decided_before`. `kept` tells since when panes are kept, by kind of key.
    """

    rules: RuleSet
    store: PaneStore = field(default_factory=PaneStore)
    watermark: int = 0
    certain_until: int = 0
    pending: dict[Key, list[Breach]] = field(default_factory=dict)
    incidents: dict[tuple[str, Key], list[Incident]] = field(default_factory=dict)
    daily: dict[int, dict[str, int]] = field(default_factory=dict)
    hours: set[int] = field(default_factory=set)
    active_keys: dict[int, int] = field(default_factory=dict)
    tripped_at: int | None = None
    decided: dict[BlockPlace, Block] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=lambda: dict.fromkeys(KEY_KINDS, Kept()))

    def start_at(self, instant: int) -> None:
        """Begin with the events from an instant on: what was before is not known."""
        self.watermark, self.kept = instant, dict.fromkeys(KEY_KINDS, Kept(instant, instant))

    def advance(
        self, panes: Mapping[str, "pa.Table"], *, keep_since: int | None = None, now: int | None = None
    ) -> None:
        """Take the panes of more events, none of which may start before the watermark.

        Panes that no open window needs are dropped, except for those from `keep_since` on. Events later than `now`, of
        a source whose clock is ahead, do not close windows.
        """
        if not panes:
            return
        self.store.add(panes)
        self._count_days(panes)
        traffic = Traffic(self.store.of_everything(), self.daily, self.hours)
        for near in self.store.near_limit(panes, self.rules):
            found: dict[Key, list[Breach]] = {key: [] for key in near.keys}
            for breach in breaches(near, self.rules, traffic, after=self.watermark, kept=self.kept):
                found[breach.key].append(breach)
            self.pending |= found
        newest = self.store.end if now is None else min(self.store.end, now // PANE_S * PANE_S + PANE_S)
        self.certain_until = max(self.certain_until, newest)
        self.watermark = max(self.watermark, newest - self.rules.lateness_s)
        self._close_windows()
        self._count_active_keys()
        self._drop_before(self._needed_since(keep_since))
        self._forget_days()

    def close(self) -> None:
        """Close the windows that end with the newest pane, or before: no more events of their time will come."""
        self.watermark = max(self.watermark, self.store.end)
        self.certain_until = max(self.certain_until, self.watermark + self.rules.lateness_s)
        self._close_windows()

    def evict(self, max_keys: int) -> int:
        """Evict the actors that were seen least recently, and the categories with the fewest events, if there are more.

        Returns about how many keys were evicted.
        """
        evicted = self.store.evict(max_keys)
        self.kept |= {kind: self.kept[kind].limited(self.store.evicted_until) for kind in ACTOR_KEYS}
        return evicted + self._evict_categories(max_keys)

    def all_incidents(self) -> list[Incident]:
        """The incidents of all windows, open ones included, by the instant at which they were raised."""
        return sorted((one for of_actor in self._with_pending().values() for one in of_actor), key=order)

    def blocks(self) -> tuple[list[Block], int | None]:
        """See `block_list` and `with_decided`."""
        found, tripped_at = block_list(
            self.all_incidents(), self.rules, self._active_keys, now=self.certain_until, tripped_at=self.tripped_at
        )
        return with_decided(found, self.decided), tripped_at

    def keep_decided(self, saved: Iterable[Block]) -> None:
        """Keep what was decided, before this start, about blocks that are over, and end those that no rule asks for."""
        self.decided = decided_before(saved, self.blocks()[0], self.rules, self.certain_until)

    def trip_guard(self, until: int) -> int | None:
        """When mass_block_guard tripped, if ever. What has by `until` stays, though more keys become active later."""
        tripped_at = self.blocks()[1]
        if tripped_at is None or tripped_at <= until:
            self.tripped_at = tripped_at
        return tripped_at

    def forget_ended(self) -> None:
        """Forget the keys whose blocks have expired, that no new breach could make repeated offenders, and whose alerts
        are published and cooled down. A lifted block is known as long as if it were in force: sinks remove it.
        """
        self.trip_guard(self.watermark)
        closed = (one for of_actor in self.incidents.values() for one in of_actor)
        blocks = blocks_of(closed, replace(self.rules, unbanned=()), self.watermark)
        in_force = {(block.rule, block.key) for block in blocks if block.expires_at >= self.watermark}
        self.incidents = {
            (rule, key): of_actor
            for (rule, key), of_actor in self.incidents.items()
            if (rule, key) in in_force
            or of_actor[-1].last_window_end + _remembered_s(self.rules.rule(rule)) >= self.watermark
        }
        self.decided = {
            place: block
            for place, block in self.decided.items()
            if place[:2] in self.incidents or block.last_seen + MAX_BLOCK_S >= self.watermark
        }
        raised = {one.raised_at for of_actor in self.incidents.values() for one in of_actor}
        self.active_keys = {at: keys for at, keys in self.active_keys.items() if at in raised}

    def _drop_before(self, starts: Mapping[str, int]) -> None:
        """Drop the panes of each kind of key before a start, and note what the rules of now do not keep."""
        self.store.drop_before(starts)
        for kind in KEY_KINDS:
            of_kind, end = self.rules.of_kind(kind), self.store.end
            has_gaps = any(rule.has_gaps for rule in of_kind)
            self.kept[kind] = self.kept[kind].limited(starts[kind] if of_kind else end, 0 if has_gaps else end)

    def _needed_since(self, published: int | None) -> dict[str, int]:
        """The start from which on panes of each kind of key are needed; those of rates until they are published."""
        unpublished = self.watermark if published is None else published
        since = {
            kind: self.watermark - max((rule.span_s for rule in self.rules.of_kind(kind)), default=0)
            for kind in KEY_KINDS
        }
        guarded = self.watermark - self.rules.mass_block_guard.window_s
        since |= {kind: min(since[kind], guarded) for kind in self._guarded_kinds}
        everything = min(unpublished, self.watermark - self.rules.longest_window_s)
        return {**since, CATEGORY_KEY: min(unpublished, since[CATEGORY_KEY]), EVERYTHING.kind: everything}

    @property
    def _guarded_kinds(self) -> list[str]:
        return sorted({kind for rule in self.rules.rules if rule.action in BLOCK_ACTIONS for kind in rule.keys})

    def _close_windows(self) -> None:
        for key, pending in list(self.pending.items()):
            self.pending[key] = [breach for breach in pending if breach.window_end > self.watermark]
            add_breaches(
                self.incidents, [breach for breach in pending if breach.window_end <= self.watermark], self.rules
            )
            if not self.pending[key]:
                del self.pending[key]

    def _with_pending(self) -> dict[tuple[str, Key], list[Incident]]:
        found = {place: list(of_actor) for place, of_actor in self.incidents.items()}
        add_breaches(found, [breach for pending in self.pending.values() for breach in pending], self.rules)
        return found

    def _count_days(self, panes: Mapping[str, "pa.Table"]) -> None:
        for kind in panes.keys() & {CATEGORY_KEY, EVERYTHING.kind}:
            for day, counts in daily_events(panes[kind], kind).items():
                known = self.daily.setdefault(day, {})
                for key, events in counts.items():
                    known[key] = known.get(key, 0) + events
        if CATEGORY_KEY in panes:
            self.hours |= {start // HOUR_S for start in panes[CATEGORY_KEY]["pane"].unique().to_pylist()}

    def _forget_days(self) -> None:
        """Forget the days that are no part of a usual share any more."""
        oldest = max(self.daily, default=0) - BASELINE_DAYS - 1
        self.daily = {day: counts for day, counts in self.daily.items() if day >= oldest}
        self.hours = {hour for hour in self.hours if hour * HOUR_S // DAY_S >= oldest}

    def _evict_categories(self, max_keys: int) -> int:
        """Forget how many events the categories with the fewest had; of equals, those seen least recently."""
        if sum(map(len, self.daily.values())) <= max_keys:
            return 0
        events, last_day = Counter[str](), dict[str, int]()
        for day in sorted(self.daily):
            events.update(self.daily[day])
            last_day.update(dict.fromkeys(self.daily[day], day))
        categories = sorted(events.keys() - {EVERYTHING.value}, key=lambda one: (events[one], last_day[one], one))
        if len(categories) <= max_keys:
            return 0
        evicted = set(categories[: len(categories) - int(max_keys * KEPT_SHARE)])
        for day, counts in self.daily.items():
            self.daily[day] = {key: number for key, number in counts.items() if key not in evicted}
        return len(evicted)

    def _count_active_keys(self) -> None:
        """Keep the number of active keys at each new block that no event can change any more: its panes are dropped."""
        guarded = (one for of_actor in self.incidents.values() for one in of_actor if one.action in BLOCK_ACTIONS)
        for at in {one.raised_at for one in guarded if one.raised_at <= self.watermark} - self.active_keys.keys():
            self.active_keys[at] = self._active_keys(at - self.rules.mass_block_guard.window_s, at)

    def _active_keys(self, since: int, until: int) -> int:
        if until in self.active_keys:
            return self.active_keys[until]
        return self.store.active_keys(self._guarded_kinds, since, until, enough=self.rules.mass_block_guard.enough_keys)


def _remembered_s(rule: Rule) -> int:
    return max(OFFENCES_LAST * rule.ttl_s, rule.ttl_s + max(rule.cooldown_s, GROUP_S))
