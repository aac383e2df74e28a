"""The state of a stream in files, and the rows and alerts that follow from it."""

import json
import random
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from jobs.runtime.errors import BadLake
from jobs.runtime.notify.outbox import SendResult
from jobs.runtime.notify.rendering import render_builtin
from jobs.runtime.streaming import incident_notices
from jobs.runtime.streaming.announcements import Announcer
from jobs.runtime.streaming.backtest_report import report
from jobs.runtime.streaming.bot_detector import BotDetector
from jobs.runtime.streaming.incident_notices import IncidentNotifier, NoticeQueue
from jobs.runtime.streaming.output_rows import instant
from jobs.runtime.streaming.rate_models import RateModels
from jobs.runtime.streaming.rates import event_rates
from jobs.runtime.streaming.stream_state import StateFiles, StreamState
from tests.detection import NOON, at, every, summed
from tests.unit.test_detection import RANDOM_RULES, random_events
from tests.unit.test_seen_event_ids import ids_of
from transforms.detection.alerts import Alert, alerts, guard_alerts, messages
from transforms.detection.anomaly_detectors import DETECTORS
from transforms.detection.block_list import blocks_of
from transforms.detection.incidents import Incident
from transforms.detection.rules import DAY_S, Key, Listed, MassBlockGuard, Rule, RuleSet, Silence
from transforms.detection.rules_file import read_rules


@pytest.mark.parametrize("seed", range(4))
def test_a_state_goes_on_from_its_files(tmp_path: Path, seed: int) -> None:
    events, files, batch = random_events(seed), StateFiles(str(tmp_path)), 0
    whole = BotDetector(RANDOM_RULES)
    whole.advance(summed(events, RANDOM_RULES))
    files.write(StreamState.new(RANDOM_RULES))
    while events:
        # Each batch is repeated, as after a failure before its commit.
        for _ in range(2):
            state = files.load(batch - 1, RANDOM_RULES)
            size = 1 + random.Random(seed + batch).randrange(40)
            state.batch = batch
            state.detector.advance(summed(events[:size], RANDOM_RULES))
            state.counts["read"] += len(events[:size])
            state.ids.without_duplicates(ids_of([(batch, NOON), (batch - 1, NOON)]), batch)
            state.announced.add(("rate", "ip", "192.0.2.1", "raised", NOON))
            files.write(state)
        events, batch = events[size:], batch + 1
    assert state.detector.all_incidents() == whole.all_incidents()
    assert state.detector.blocks() == whole.blocks()
    last = files.load(batch - 1, RANDOM_RULES)
    assert last.ids.without_duplicates(ids_of([(one, NOON) for one in range(batch + 1)]), batch).num_rows == 1
    assert {path.name for path in tmp_path.glob("ids_*")} == {f"ids_{one}.arrow" for one in range(batch)}
    assert files.load(batch - 1, RANDOM_RULES).counts["read"] == len(random_events(seed))
    kept = {path.name for path in tmp_path.glob("state_*")}
    assert kept == {f"state_{batch - 1}.json", f"state_{batch - 2}.json"}


def test_a_state_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadLake, match="has no state of batch 4"):
        StateFiles(str(tmp_path)).load(4, RuleSet())


def test_rates_are_zero_where_nothing_came() -> None:
    rules, events = RuleSet(), [at(0, category_id=5), at(1), at(31, category_id=5, event_type="cart"), at(2 * DAY_S)]
    detector = BotDetector(rules)
    detector.advance(summed(events, rules), keep_since=0)
    rows = event_rates(detector.store, 0, detector.store.end).to_pylist()
    found = {(row["window_start"], row["event_type"], row["category_id"]): row["events"] for row in rows}
    assert len(found) == len(rows)
    assert {place: events for place, events in found.items() if events} == {
        (instant(NOON), "view", 5): 1,
        (instant(NOON), "view", None): 2,
        (instant(NOON + 30), "cart", 5): 1,
        (instant(NOON + 30), "cart", None): 1,
        (instant(NOON + 2 * DAY_S), "view", None): 1,
    }
    # Four types in the four windows of the first half minute, and in the last one; the two days between have no rows.
    zeros = [place for place, events in found.items() if not events]
    assert {category for _, _, category in zeros} == {None}
    assert len(zeros) == 4 * 5 - 3
    assert event_rates(detector.store, NOON + 10, NOON + 40).num_rows == 4 * 3 + 1


def test_rates_begin_where_events_come_without_long_gaps() -> None:
    rules, detector = RuleSet(), BotDetector(RuleSet())
    events = [at(-20 * 3600, user_id=1), *(at(30 * 60 * one, user_id=2) for one in range(3))]
    detector.advance(summed(events, rules), keep_since=0)
    starts = {row["window_start"] for row in event_rates(detector.store, 0, detector.store.end).to_pylist()}
    assert starts == {instant(NOON - 20 * 3600), *(instant(NOON + one) for one in range(0, 3610, 10))}


def test_rates_of_quiet_nights_do_not_depend_on_how_many_publications_have_them() -> None:
    detector = BotDetector(RuleSet())
    events = [at(day * DAY_S + hour * 600, user_id=1) for day in range(3) for hour in range(60)]
    detector.advance(summed([at(-5 * 3600, user_id=2), *events], detector.rules), keep_since=0)
    ends = [0, *(NOON + day * DAY_S + 11 * 3600 for day in range(3))]
    parts = [event_rates(detector.store, since, until).to_pylist() for since, until in pairwise(ends)]
    whole = event_rates(detector.store, 0, ends[-1]).to_pylist()
    assert sorted(map(str, whole)) == sorted(str(row) for part in parts for row in part)
    assert len({row["window_start"] for row in whole}) == 1 + (2 * DAY_S + 11 * 3600) / 10


def incident(key: str, raised_at: int, last_seen: int, score: int = 1) -> Incident:
    return Incident("flood", Key("ip", key), "block", raised_at, last_seen, raised_at, last_seen, 9, score, {})


def test_incidents_of_a_minute_are_one_alert_that_is_repeated_and_resolved() -> None:
    rules = RuleSet((Rule("flood", ("ip",), 60, 10, 5, ttl_s=600),))
    found = [incident("a", 30, 90, score=50), incident("b", 50, 5 * 3600), incident("c", 61, 100)]
    counted = Incident("flood", Key("ip", "d"), "count", 30, 30, 30, 30, 9, 1, {})
    expected = [
        Alert(60, "flood", "raised", "warning", 2, ("ip a", "ip b")),
        Alert(120, "flood", "raised", "warning", 1, ("ip c",)),
        Alert(720, "flood", "resolved", "warning", 2, ("ip a", "ip c")),
        Alert(4 * 3600 + 60, "flood", "repeated", "warning", 1, ("ip b",)),
    ]
    assert alerts([*found, counted], rules, until=5 * 3600) == expected
    assert alerts(found, rules, until=120) == expected[:2]
    assert alerts(found, rules, since=60, until=120) == expected[1:2]
    many = [incident(str(number), 30, 30) for number in range(50)]
    blocks = blocks_of(many, rules, now=60)
    storm = [*alerts(many, rules, until=60), *guard_alerts(blocks, 30, until=60)]
    assert [(one.rule, one.severity, one.incidents, len(one.keys)) for one in storm] == [
        ("flood", "warning", 50, 20),
        ("mass_block_guard", "critical", 50, 20),
    ]
    assert guard_alerts([], 30, until=60) == []


def said(found: list[Incident], **options: Any) -> list[tuple[int, str, str]]:
    rules = RuleSet((Rule("flood", ("ip",), 60, 10, 5, ttl_s=60, cooldown_s=900),), **options)
    return [(one.at, one.state, one.incident.key.value) for one in messages(found, rules)]


def test_a_key_is_not_alerted_again_while_it_cools_down_unless_it_goes_on() -> None:
    first, other = incident("a", 100, 110), incident("b", 300, 310)
    raised = [(100, "raised", "a"), (170, "resolved", "a"), (300, "raised", "b"), (370, "resolved", "b")]
    assert said([first, incident("a", 300, 310), other]) == raised
    assert said([first, incident("a", 990, 1010)])[2:] == [(1000, "raised", "a"), (1070, "resolved", "a")]
    assert said([first, incident("a", 300, 310), incident("a", 1000, 1000)])[2:] == [
        (1000, "raised", "a"),
        (1060, "resolved", "a"),
    ]


def test_a_silence_has_a_rule_or_keys_and_an_end() -> None:
    short, long = incident("192.0.2.1", 100, 110), incident("192.0.2.1", 100, 600)
    whole = [(100, "raised", "192.0.2.1"), (170, "resolved", "192.0.2.1")]
    rules = read_rules('{"silences": [{"cidr": "192.0.2.0/24", "expires": "1970-01-01T00:05:00Z"}]}')
    assert said([short], silences=rules.silences) == []
    assert said([long], silences=rules.silences) == [(300, "raised", "192.0.2.1"), (660, "resolved", "192.0.2.1")]
    assert said([short], silences=(Silence(100),)) == whole
    assert said([short], silences=(Silence(900, "breadth"),)) == whole
    assert said([short], silences=(Silence(900, "flood", Listed("192.0.2.2")),)) == whole
    assert said([short], silences=(Silence(150), Silence(120, "flood"))) == []
    assert said([incident("a", 100, 600)], silences=(Silence(700, keys=Listed("b")), Silence(99))) == [
        (100, "raised", "a"),
        (660, "resolved", "a"),
    ]


def test_notices_of_a_rule_come_at_once_and_then_once_a_minute() -> None:
    queue, sent = NoticeQueue(), list[tuple[str, str]]()
    for until, keys in ((100, "a"), (110, "bc"), (150, ""), (160, "d"), (170, "")):
        queue.add([("flood", "warning", key) for key in keys], stream="s", until=until, mode="observe")
        sent += [(about, str(values["total"])) for about, values in queue.unsent.items()]
        queue.unsent.clear()
    assert sent == [("s flood 100", "1 alert"), ("s flood 160", "3 alerts")]
    queue.add([("flood", "critical", f"ip {key}") for key in range(30)], stream="s", until=300, mode="observe")
    notice = render_builtin("incidents", {**queue.unsent["s flood 300"], "lake": "/lake"})
    assert notice.subject == "Weir, critical: flood, 30 alerts"
    assert notice.text.count("ip ") == notice.html.count("<li>") == 20
    assert "and 10 more" in notice.text


@pytest.mark.parametrize(("severity", "notices"), [("", 0), ("warning", 4)])
def test_keys_of_the_deny_list_are_printed_and_no_notices_unless_the_file_says_so(severity: str, notices: int) -> None:
    louder = {"rules": {"deny_list": {"severity": severity}}} if severity else {}
    rules = read_rules(json.dumps({"mode": "enforce", "deny": [{"cidr": "203.0.113.0/24"}], **louder}))
    recorder, printed, state = Recorder(), list[str](), StreamState.new(rules)
    announcer = Announcer(rules, printed.append)
    for minute in range(4):  # from another address each
        state.detector.advance(summed([at(60 * minute, ip=f"203.0.113.{minute}")], rules))
        announcer.announce(state, state.detector.certain_until)
        recorder.send(state.notices)
    assert [(rule, given) for rule, given, _ in recorder.sent] == [("deny_list", "warning")] * notices
    assert len([line for line in printed if "deny_list: ip 203.0.113." in line]) == 4
    assert len(state.detector.blocks()[0]) == 4


def test_a_session_id_cannot_forge_a_line_on_the_console_or_in_a_notice() -> None:
    rules, recorder, printed = RuleSet((Rule("flood", ("user_session",), 60, 10, 5),)), Recorder(), list[str]()
    session = "s1\n2019-10-01 12:00:00 user_rate: user_id 7: resolved\x1b[2J" + "x" * 2_000
    state = StreamState.new(rules)
    state.detector.advance(summed([at(one, user_session=session) for one in range(5)], rules))
    Announcer(rules, printed.append).announce(state, state.detector.certain_until)
    recorder.send(state.notices)
    [line], [(_, _, lines)] = printed, recorder.sent
    assert [line] == lines
    assert r"flood: user_session s1\n2019-10-01 12:00:00 user_rate: user_id 7: resolved\x1b[2Jxxx" in line
    assert line.isprintable()
    assert len(line) < 250
    assert all(one.isprintable() and len(one) < 250 for one in report(rules, state.detector, ["user_session"]))


def rates(minutes: int, *, burst_at: int = -1) -> list[dict[str, Any]]:
    """Six windows a minute with about 50 views; in the minute of the burst ten times as many."""
    chance = random.Random(3)
    return [
        {
            "window_start": instant(NOON + window * 10),
            "event_type": "view",
            "category_id": None,
            "events": (500 if window // 6 == burst_at else 50) + chance.randrange(10),
        }
        for window in range(minutes * 6)
    ]


@pytest.mark.parametrize("kind", DETECTORS)
def test_models_find_a_burst_and_go_on_from_their_state(tmp_path: Path, kind: str) -> None:
    rules = RuleSet()
    given, files, state = rates(40, burst_at=30), StateFiles(str(tmp_path)), StreamState.new(rules, kind)
    models = RateModels(kind)
    whole = models.judge(given, rules)
    assert {row["window_start"].minute for row in whole} == {30}
    assert {(row["metric"], row["detector"], row["direction"]) for row in whole} == {("view", kind, "up")}
    in_parts = list[dict[str, Any]]()
    for batch, start in enumerate(range(0, len(given), 37)):
        in_parts += state.models.judge(given[start : start + 37], rules)
        state.batch = batch
        files.write(state)
        state = files.load(batch, rules, kind)
    assert in_parts == whole
    assert state.models.all_incidents(rules) == models.all_incidents(rules)
    assert [one.key for one in models.all_incidents(rules)] == [Key("event_type", "view")]
    assert len(list(tmp_path.glob("models_*"))) == 2


def test_a_burst_is_known_before_its_windows_are_closed_and_a_drop_is_not() -> None:
    rules, models = RuleSet(), RateModels("median")
    models.judge(rates(20), rules)
    burst, quiet = rates(21, burst_at=20)[-6:], [{**row, "events": 0} for row in rates(21)[-6:]]
    models.preview(quiet, rules)
    assert models.all_incidents(rules) == []
    for _ in range(2):
        models.preview(burst[:1], rules)
    [incident] = models.all_incidents(rules)
    assert (incident.raised_at, incident.max_value) == (NOON + 20 * 60 + 10, burst[0]["events"])
    before = models.to_text()
    models.preview(burst, rules)
    assert models.to_text() == before  # it has learned nothing
    models.judge(quiet, rules)
    [incident] = models.all_incidents(rules)
    assert incident.last_seen == NOON + 21 * 60
    models.forget_ended(NOON + 21 * 60 + 1801, rules)
    assert models.all_incidents(rules) == []


def test_a_burst_that_is_known_before_an_earlier_one_is_judged_is_an_incident_of_its_own(tmp_path: Path) -> None:
    rules, files, state = RuleSet(), StateFiles(str(tmp_path)), StreamState.new(RuleSet(), "median")
    state.models.judge(rates(20), rules)
    first, second = (rates(80, burst_at=minute)[20 * 6 :] for minute in (30, 79))
    state.models.preview(second[-6:], rules)  # of a backlog, whose other windows are judged when it is published
    state.batch = 0
    files.write(state)
    state = files.load(0, rules, "median")
    for windows in (first[:-6], second[-6:]):
        state.models.judge(windows, rules)
        assert [(one.raised_at, one.last_seen) for one in state.models.all_incidents(rules)] == [
            (NOON + minute * 60 + 10, NOON + minute * 60 + 60) for minute in (30, 79)
        ]


@dataclass
class Recorder:
    """Takes the notices in the place of recipients."""

    sent: list[tuple[str, str, list[str]]] = field(default_factory=list)

    def send(self, queue: NoticeQueue) -> None:
        self.sent += [(one["rule"], one["severity"], one["lines"]) for one in queue.unsent.values()]
        queue.unsent.clear()


def test_incidents_are_announced_once_in_each_state() -> None:
    flood = Rule("flood", ("user_id",), 60, 10, 5, ttl_s=600)
    rules = RuleSet(
        (flood, replace(flood, id="quiet", severity="info", limit=4)),
        "enforce",
        mass_block_guard=MassBlockGuard(max_blocks=1),
    )
    recorder, printed, state = Recorder(), list[str](), StreamState.new(rules)
    announcer = Announcer(rules, printed.append)
    state.models.judge([{**row, "window_start": row["window_start"] - timedelta(hours=1)} for row in rates(20)], rules)
    state.models.preview(rates(1, burst_at=0)[:3], rules)
    state.detector.advance(summed([at(one, user_id=user) for one in range(5) for user in (1, 2)], rules))
    new = [announcer.announce(state, state.detector.certain_until) for _ in range(2)]
    recorder.send(state.notices)
    assert [(one.rule, one.key.value) for one in new[0]] == [(r, k) for r in ("flood", "quiet") for k in "12"]
    assert new[1] == []
    state.detector.advance(summed([at(900, user_id=3)], rules))
    assert announcer.announce(state, state.detector.certain_until) == []
    recorder.send(state.notices)
    of_flood, of_quiet = (
        [f"2019-10-01 {{}} {rule}: user_id {user}, bot score 99 (flood 5, quiet 5): {{}}" for user in "12"]
        for rule in ("flood", "quiet")
    )
    block, over = ("12:00:10", "block, observe"), ("12:11:00", "resolved, last seen 2019-10-01 12:00:10")
    guard = "2019-10-01 12:00:10 mass_block_guard: too many new blocks; from now on blocks are only recorded"
    rate = "2019-10-01 12:00:20 rate_anomaly: view, up to 509 in 10 s, expected at least 38, at most 72: alert"
    assert [line for line in printed if "rate_anomaly" not in line] == [
        *(line.format(*block) for line in (*of_flood, *of_quiet)),
        guard,
        *(line.format(*over) for line in (*of_flood, *of_quiet)),
    ]
    assert rate in printed
    assert recorder.sent == [
        ("flood", "warning", [line.format(*block) for line in of_flood]),
        ("mass_block_guard", "critical", [guard]),
        ("rate_anomaly", "warning", [rate]),
        ("flood", "warning", [line.format(*over) for line in of_flood]),
    ]


def test_a_notice_has_the_most_suspicious_keys_first_and_tells_what_becomes_of_them() -> None:
    flood = Rule("flood", ("user_id",), 60, 10, 4, weight=0.5)
    rules = RuleSet((flood, replace(flood, id="more", limit=9, action="count")), "enforce")
    recorder, state = Recorder(), StreamState.new(replace(rules, mass_block_guard=MassBlockGuard(max_blocks=1)))
    announcer = Announcer(rules, list[str]().append)
    events = [*(at(one, user_id=1) for one in range(4)), *(at(10 + one, user_id=2) for one in range(9))]
    state.detector.advance(summed(events, state.detector.rules))
    announcer.announce(state, state.detector.certain_until)
    recorder.send(state.notices)
    assert recorder.sent[0][2] == [
        "2019-10-01 12:00:20 flood: user_id 2, bot score 25 (flood 9, more 9): block, observe",
        "2019-10-01 12:00:10 flood: user_id 1, bot score 39 (flood 4, more 4): block, enforce",
    ]


def test_excluded_periods_are_not_judged() -> None:
    rules = read_rules('{"excluded": [{"from": "2019-10-01T12:30:00Z", "to": "2019-10-01T14:31:00+02:00"}]}')
    assert RateModels("median").judge(rates(40, burst_at=30), rules) == []


def test_a_detector_forgets_keys_that_are_no_repeated_offenders() -> None:
    rules = RuleSet((Rule("flood", ("user_id",), 60, 10, 5, ttl_s=60, cooldown_s=0),))
    detector = BotDetector(rules)
    detector.advance(summed([*every(1, 9, user_id=1), at(900, user_id=2)], rules))
    assert [one.key.value for one in detector.all_incidents()] == ["1"]
    detector.forget_ended()
    assert detector.all_incidents() == []


def test_an_incident_that_an_event_out_of_order_moves_is_announced_once() -> None:
    rules, printed = RuleSet((Rule("flood", ("user_id",), 60, 10, 5, ttl_s=600),)), list[str]()
    state, announcer = StreamState.new(rules), Announcer(rules, printed.append)
    for events in ([at(one * 8, user_id=1) for one in range(5)], [at(3, user_id=1)]):
        state.detector.advance(summed(events, rules))
        announcer.announce(state, state.detector.certain_until)
    assert [one.raised_at for one in state.detector.all_incidents()] == [NOON + 30]
    assert printed == ["2019-10-01 12:00:40 flood: user_id 1, bot score 99 (flood 5): block, observe"]


def test_an_incident_is_over_also_where_no_files_come_and_is_announced_once() -> None:
    rules, printed = RuleSet((Rule("flood", ("user_id",), 60, 10, 5, ttl_s=600),)), list[str]()
    state, announcer, recorder = StreamState.new(rules), Announcer(rules, printed.append), Recorder()
    state.detector.advance(summed([at(one, user_id=1) for one in range(5)], rules))
    until = state.detector.certain_until
    for quiet_s in (0, 600, 769, 770, 780, 0):  # its last window ends at 12:01, and is closed 2 minutes later
        announcer.announce(state, until, quiet_s)
        recorder.send(state.notices)
        assert len(printed) == (2 if quiet_s >= 770 or len(printed) == 2 else 1)
    assert printed[1].endswith("resolved, last seen 2019-10-01 12:00:10")
    assert [lines for _, _, lines in recorder.sent] == [[line] for line in printed]
    state.detector.advance(summed([at(900, user_id=2)], rules))
    announcer.announce(state, state.detector.certain_until)
    assert len(printed) == 2


def test_notices_of_a_rule_that_wait_for_a_minute_are_sent_also_where_no_files_come() -> None:
    rules = RuleSet((Rule("flood", ("user_id",), 60, 10, 5),))
    state, announcer, recorder = StreamState.new(rules), Announcer(rules, list[str]().append), Recorder()
    for user, quiet_s in ((1, 0), (2, 0), (2, 59), (2, 60), (2, 90)):
        state.detector.advance(summed([at(one, user_id=user) for one in range(5)], rules) if quiet_s == 0 else {})
        announcer.announce(state, state.detector.certain_until, quiet_s)
        recorder.send(state.notices)
        assert len(recorder.sent) == (2 if quiet_s >= 60 else 1)


def test_the_keys_seen_least_recently_are_evicted_also_after_a_restart(tmp_path: Path) -> None:
    rules = RuleSet((Rule("flood", ("user_id",), 600, 100, 6),))
    state, files, evicted = StreamState.new(rules), StateFiles(str(tmp_path)), list[int]()
    for batch in range(8):
        shoppers = [at(batch * 20, user_id=1000 * (batch + 1) + one) for one in range(500)]
        # Visitor 1 is seen all the time, visitor 2 was seen before most others.
        bots = [at(batch * 20, user_id=1), *([at(batch * 20, user_id=2)] * (5 if batch == 0 else 0))]
        state.detector.advance(summed([*shoppers, *bots], rules))
        evicted.append(state.detector.store.evict(2_000))
        state.batch = batch
        files.write(state)
        restored = files.load(batch, rules)
        kept, again = (one.detector.store for one in (state, restored))
        assert [kept.part(one).num_rows for one in kept.parts] == [again.part(one).num_rows for one in again.parts]
        state = restored
    assert evicted[:3] == [0, 0, 0]
    assert sum(evicted) >= 2_000
    state.detector.advance(summed([at(160, user_id=2)], rules))
    assert [one.key.value for one in state.detector.all_incidents()] == ["1"]


def test_rules_that_change_while_a_stream_runs_apply_from_the_next_event_of_a_key(tmp_path: Path) -> None:
    flood, gone = Rule("flood", ("user_id",), 60, 10, 5, ttl_s=600), Rule("gone", ("user_id",), 60, 10, 4)
    before, files = RuleSet((flood, gone)), StateFiles(str(tmp_path))
    state = StreamState.new(before)
    state.detector.advance(summed([at(one, user_id=user) for user in (1, 2) for one in range(4 + user % 2)], before))
    assert {one.rule for one in state.detector.all_incidents()} == {"flood", "gone"}
    state.batch = 0
    files.write(state)
    after = RuleSet((replace(flood, limit=4),))
    state = files.load(0, after)
    assert [(one.rule, one.key.value) for one in state.detector.all_incidents()] == [("flood", "1")]
    state.detector.advance(summed([at(9, user_id=3), at(9, user_id=2)], after))
    found = [(one.rule, one.key.value, one.max_value) for one in state.detector.all_incidents()]
    assert found == [("flood", "1", 5), ("flood", "2", 5)]
    state.detector.advance(summed([at(5000, user_id=3)], after))
    state.detector.forget_ended()
    assert state.detector.all_incidents() == []


def test_notices_of_a_mail_server_that_is_down_for_five_minutes_are_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rules, sent, tried, clock = RuleSet(), list[str](), list[float](), [1000.0]
    monkeypatch.setattr(incident_notices.time, "monotonic", lambda: clock[0])

    def send_once(_sender: Any, about: str, notices: Any, _ledger: Any) -> dict[str, SendResult]:
        tried.append(clock[0])
        is_down = clock[0] < 1300
        sent.extend([] if is_down else [about])
        return {name: SendResult("failed" if is_down else "sent", is_dead=is_down) for name in notices}

    monkeypatch.setattr(incident_notices.outbox, "send_once", send_once)
    mail = dict.fromkeys(("mail_server", "mail_from", "mail_secret"))
    notifier = IncidentNotifier({"notify": ["ops@example.com"], "lake": "/lake", **mail}, cast(Any, None))
    state = StreamState.new(rules)
    for second in range(400):
        clock[0] = 1000.0 + second
        lines = [("flood", "warning", f"user_id {second}")] if second % 100 == 0 else []
        state.notices.add(lines, stream="s", until=second + 100, mode="observe")
        notifier.send(state.notices)
    assert [name.split()[-1] for name in sent] == ["100", "200", "300", "400"]
    assert len(tried) == 5 + 4
    assert not state.notices.unsent


@pytest.mark.parametrize("ttl_s", [10, 60, 100])
def test_an_incident_is_not_resolved_before_it_is_raised(ttl_s: int) -> None:
    rules, printed = RuleSet((Rule("idle", ("user_id",), 60, 10, 5, absent=("cart",), ttl_s=ttl_s),)), list[str]()
    state, announcer = StreamState.new(rules), Announcer(rules, printed.append)
    for second in range(0, 600, 10):
        state.detector.advance(summed([at(second, user_id=1 if second == 0 else 2)] * 5, rules))
        announcer.announce(state, state.detector.certain_until)
    states = [one.state for one in messages(state.detector.all_incidents(), rules) if one.incident.key.value == "1"]
    said = [line.rpartition(": ")[2].partition(",")[0] for line in printed if "user_id 1" in line]
    assert (states, said) == (["raised", "resolved"], ["block", "resolved"])
