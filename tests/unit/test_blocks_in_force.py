"""How long blocks are known, and when an unban lifts them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.streaming.external_sinks import BatchReport, BlockFile
from tests.detection import NOON, at, summed
from transforms.detection.block_list import Block
from transforms.detection.rules import Rule, RuleSet, Unban
from transforms.detection.rules_file import read_rules

TTL_S = 600
FLOOD = Rule("flood", ("user_id",), 60, 10, 5, ttl_s=TTL_S, weight=1.0)
RULES = RuleSet((FLOOD,), "enforce")


def published(detector: BotDetector, *seconds: int) -> list[Block]:
    """The blocks of user 1 after an event of another visitor at each of these instants, each published."""
    for second in seconds:
        detector.advance(summed([at(second, user_id=99)], detector.rules))
        detector.forget_ended()
    return [block for block in detector.blocks()[0] if block.key.value == "1"]


def repeated_offender(offences: int) -> tuple[BotDetector, int]:
    """A detector with so many blocks of user 1, and the second in which the last one begins."""
    detector, last = BotDetector(RULES), (offences - 1) * (TTL_S + 60)
    floods = [at(place * (TTL_S + 60), user_id=1) for place in range(offences) for _ in range(5)]
    detector.advance(summed(floods, RULES))
    return detector, last


def test_a_block_is_known_until_it_expires(tmp_path: Path) -> None:
    detector, last = repeated_offender(5)  # 16 times ttl_s
    file, hours = BlockFile(str(tmp_path / "blocks.json")), range(last + TTL_S, last + 16 * TTL_S, TTL_S)
    [*_, block] = published(detector, *hours)
    assert (block.offences, block.expires_at - NOON) == (5, last + 10 + 16 * TTL_S)
    file.send(BatchReport({}, [], detector.blocks()[0], detector.certain_until))
    assert [json.loads(line)["key"] for line in (tmp_path / "blocks.json").read_text().splitlines()] == ["1"]
    assert published(detector, last + 17 * TTL_S) == []


def test_a_denied_key_is_known_until_its_block_expires() -> None:
    rules = read_rules('{"mode": "enforce", "deny": [{"id": "1"}]}')
    detector = BotDetector(rules)
    detector.advance(summed([at(0, user_id=1)], rules))
    days = [day * 86_400 for day in range(1, 9)]
    assert [block.rule for block in published(detector, *days[:6])] == ["deny_list"]
    assert published(detector, *days[6:]) == []


def test_an_unban_lifts_a_block_of_long_ago_and_the_lifted_block_stays_known() -> None:
    detector, last = repeated_offender(5)
    published(detector, last + 6 * TTL_S)
    detector.rules = replace(RULES, unbanned=(Unban("1", NOON + last + 7 * TTL_S),))
    [*_, block] = published(detector, last + 8 * TTL_S, last + 15 * TTL_S)  # a sink may have been down in between
    assert (block.is_lifted, block.expires_at - NOON) == (True, last + 7 * TTL_S)


@pytest.mark.parametrize("ahead", [-30, 0, 10, 300])
def test_an_unban_lifts_a_block_when_its_instant_has_come(ahead: int) -> None:
    detector, _ = repeated_offender(1)
    published(detector, 100)
    detector.rules = replace(RULES, unbanned=(Unban("1", detector.certain_until + ahead),))
    [block] = published(detector)
    assert block.is_lifted == (ahead <= 0)
