"""A detector as values of JSON, but for its panes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.streaming.pane_store import PaneStore
from transforms.detection.block_list import Block
from transforms.detection.incidents import Incident
from transforms.detection.panes import Kept
from transforms.detection.rules import Key, RuleSet
from transforms.detection.windows import Breach


def to_saved(detector: BotDetector) -> dict[str, Any]:
    return {
        "watermark": detector.watermark,
        "certain_until": detector.certain_until,
        "kept": detector.kept,
        "daily": detector.daily,
        "hours": sorted(detector.hours),
        "active_keys": detector.active_keys,
        "tripped_at": detector.tripped_at,
        "incidents": [asdict(one) for of_actor in detector.incidents.values() for one in of_actor],
        "pending": [asdict(one) for of_key in detector.pending.values() for one in of_key],
        "blocks": [vars(one) for one in detector.blocks()[0]],
    }


def from_saved(saved: Mapping[str, Any], rules: RuleSet, store: PaneStore) -> BotDetector:
    """The detector, without the incidents of rules that are gone, and with the blocks as they were decided before."""
    detector = BotDetector(rules, store, saved["watermark"], saved["certain_until"])
    detector.kept = {kind: Kept(*one) for kind, one in saved["kept"].items()}
    detector.daily = {int(day): counts for day, counts in saved["daily"].items()}
    detector.hours = set(saved["hours"])
    detector.active_keys = {int(at): keys for at, keys in saved["active_keys"].items()}
    detector.tripped_at = saved["tripped_at"]
    detector.incidents = incidents([one for one in saved["incidents"] if rules.has(one["rule"])])
    for breach in breaches([one for one in saved["pending"] if rules.has(one["rule"])]):
        detector.pending.setdefault(breach.key, []).append(breach)
    detector.keep_decided(blocks(saved["blocks"]))
    return detector


def incidents(saved: Sequence[Mapping[str, Any]]) -> dict[tuple[str, Key], list[Incident]]:
    found = dict[tuple[str, Key], list[Incident]]()
    for one in saved:
        incident = Incident(**_with_tuples(one))
        found.setdefault((incident.rule, incident.key), []).append(incident)
    return found


def breaches(saved: Sequence[Mapping[str, Any]]) -> list[Breach]:
    return [Breach(**_with_tuples(one)) for one in saved]


def blocks(saved: Sequence[Mapping[str, Any]]) -> list[Block]:
    return [Block(**{**one, "key": Key(*one["key"])}) for one in saved]


def _with_tuples(saved: Mapping[str, Any]) -> dict[str, Any]:
    return {**saved, "key": Key(*saved["key"]), "visitors": tuple(saved["visitors"])}
