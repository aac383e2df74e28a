"""What rules would have done to recorded events, as lines of text."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.wording import count, one_line
from transforms.detection.block_list import Block
from transforms.detection.incidents import Incident
from transforms.detection.panes import Panes
from transforms.detection.rules import Rule, RuleSet
from transforms.detection.window_values import WindowValues

_MAX_SHOWN = 20


def row_counts(problems: Mapping[tuple[str, ...], int], kept: int) -> str:
    """How many events were read and kept, and how many were rejected, by problem; the others are duplicates."""
    total, valid = sum(problems.values()), problems.get((), 0)
    by_problem = Counter[str]()
    for names, rows in problems.items():
        by_problem.update(dict.fromkeys(names, rows))
    reasons = "".join(f", {name} {rows:,}" for name, rows in by_problem.most_common())
    read = f"{count(total, 'event')} read = {kept:,} kept + {valid - kept:,} duplicate"
    return f"{read} + {total - valid:,} rejected{reasons}"


def report(rules: RuleSet, detector: BotDetector, kinds: Collection[str]) -> Iterator[str]:
    """For each rule, its incidents and blocks. `kinds` are the kinds of keys that the events have."""
    incidents = detector.all_incidents()
    blocks, tripped_at = detector.blocks()
    for rule in rules.rules:
        if not set(rule.keys) & set(kinds):
            yield f"{rule.id}: no event has a value in {' or '.join(rule.keys)}"
            continue
        of_rule = [one for one in incidents if one.rule == rule.id]
        blocked = [block for block in blocks if block.rule == rule.id]
        keys = len({block.key for block in blocked})
        yield f"{rule.id} ({limit(rule)}): {count(len(of_rule), 'incident')}, {keys:,} would have been blocked"
        until = {(block.key, block.first_seen): block for block in blocked}
        for incident in of_rule[:_MAX_SHOWN]:
            yield f"  {_incident(incident, until.get((incident.key, incident.first_seen)))}"
        if len(of_rule) > _MAX_SHOWN:
            yield f"  and {len(of_rule) - _MAX_SHOWN:,} more"
    if tripped_at is not None:
        yield f"mass_block_guard would have switched to observe at {_instant(tripped_at)}"


def explanation(text: str, panes: Sequence[Panes], rules: RuleSet, detector: BotDetector) -> Iterator[str]:
    """For each rule on a key, its incidents, or the window that came closest to the limit."""
    keys = [key for of_kind in panes for key in of_kind.keys]
    if not keys:
        yield f"no event has the key {text}"
    for key, of_key in zip(keys, panes, strict=True):
        found_values = WindowValues(of_key)
        for rule in rules.of_kind(key.kind):
            found = [one for one in detector.all_incidents() if one.rule == rule.id and one.key == key]
            windows = found_values.windows(rule)
            values = found_values.values(rule, windows)
            most, end = values.max(), windows.ends[values.argmax()]
            closest = f"at most {most:,}, in the window that ends at {_instant(int(end))}"
            yield f"{key.kind} {text}, {rule.id} ({limit(rule)}): {count(len(found), 'incident')}; {closest}"
            blocks = {
                block.first_seen: block for block in detector.blocks()[0] if (block.rule, block.key) == (rule.id, key)
            }
            yield from (f"  {_incident(one, blocks.get(one.first_seen))}" for one in found)
    yield from (
        f"allowed: {listed.note or 'without a note'}"
        for listed in rules.allow
        if any(listed.names(key) for key in keys)
    )


def limit(rule: Rule) -> str:
    """The rule in words: its limit, window and conditions."""
    noun = "product" if rule.min_distinct else "gap" if rule.max_gap_variation is not None else "event"
    types = f" of {', '.join(rule.where)}" if len(rule.where) < 4 else ""
    conditions = [
        *(f"without {name}" for name in rule.absent),
        *([f"at least {count(rule.limit, 'event')}"] if 0 < rule.min_distinct < rule.limit else []),
        *([f"median gap below {rule.max_median_gap_s:g} s"] if rule.max_median_gap_s is not None else []),
        *([f"variation of gaps below {rule.max_gap_variation:g}"] if rule.max_gap_variation is not None else []),
        *(["estimated from two fixed windows"] if rule.is_estimated else []),
        *(["on the deny list"] if rule.deny else []),
        *([f"more than {rule.min_share_ratio:g} x the usual share"] if rule.min_share_ratio is not None else []),
    ]
    return ", ".join(
        [f"{count(rule.value_limit, noun)}{types} in {rule.window_s} s per {' or '.join(rule.keys)}", *conditions]
    )


def _incident(incident: Incident, block: Block | None) -> str:
    reasons = ", ".join(f"{name} {reached:,}" for name, reached in incident.reasons.items())
    end = f"{incident.action}, {block.mode}, until {_instant(block.expires_at)}" if block else incident.action
    again = f", offence {block.offences}" if block and block.offences > 1 else ""
    name = f"{incident.key.kind} {one_line(incident.key.value)}"
    return (
        f"{name}: {_instant(incident.first_seen)} to {_instant(incident.last_seen)}, "
        f"at most {incident.max_value:,}, bot score {incident.bot_score} ({reasons}): {end}{again}"
    )


def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
