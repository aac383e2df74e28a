"""The file that changes the built-in rules, and what is said about a wrong one."""

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from transforms.detection.rules import BUILT_IN, Listed, MassBlockGuard, Rule, RuleSet, Silence, Unban
from transforms.detection.rules_file import read_rules


def test_an_empty_file_changes_nothing() -> None:
    assert read_rules("{}") == RuleSet(BUILT_IN, "observe", (), MassBlockGuard(300, 50, 0.1, 5))


def test_fields_of_built_in_rules_can_be_changed_and_rules_added() -> None:
    changed = read_rules(
        '{"mode": "enforce", "rules": {"user_rate": {"limit": 80, "window_s": 120}, "logins":'
        ' {"keys": ["ip", "user_id"], "window_s": 60, "limit": 5, "where": ["cart"], "action": "count", "weight": 1}},'
        ' "allow": [{"id": "7", "note": "tests"}, {"cidr": "2001:db8::/32", "expires": "2026-01-01T01:00:00+01:00"}],'
        ' "mass_block_guard": {"max_blocks": 9}}'
    )
    assert changed.mode == "enforce"
    assert changed.rule("user_rate") == Rule("user_rate", ("user_id",), 120, 20, 80, weight=0.9)
    logins = Rule("logins", ("ip", "user_id"), 60, 10, 5, where=("cart",), action="count", weight=1)
    assert changed.rules[-1] == logins
    assert changed.allow == (
        Listed("7", note="tests"),
        Listed(network=ip_network("2001:db8::/32"), expires=datetime(2026, 1, 1, tzinfo=UTC)),
    )
    assert changed.mass_block_guard == MassBlockGuard(300, 9, 0.1, 5)


def test_lists_silences_and_the_release_of_the_guard_are_read() -> None:
    changed = read_rules(
        '{"deny": [{"cidr": "198.51.100.0/24"}, {"id": "9", "expires": "2026-01-01T00:00:00Z"}],'
        ' "unban": [{"id": "7", "at": "1970-01-01T00:01:40Z", "note": "by support"}],'
        ' "silences": [{"rule": "breadth", "expires": "1970-01-01T00:00:50Z"},'
        ' {"rule": "rate_anomaly", "expires": "1970-01-01T00:00:51Z"},'
        ' {"id": "7", "expires": "1970-01-01T00:00:52Z", "note": "known"}],'
        ' "mass_block_guard": {"released": "1970-01-01T00:00:09Z"}, "rules": {"ip_rate": {"is_estimated": true}}}'
    )
    denied = (Listed(network=ip_network("198.51.100.0/24")), Listed("9", expires=datetime(2026, 1, 1, tzinfo=UTC)))
    assert (changed.rules[-1].id, changed.rules[-1].deny) == ("deny_list", denied)
    assert changed.unbanned == (Unban("7", 100, "by support"),)
    assert changed.silences == (
        Silence(50, "breadth"),
        Silence(51, "rate_anomaly"),
        Silence(52, keys=Listed("7"), note="known"),
    )
    assert changed.mass_block_guard.released == 9
    assert changed.rule("ip_rate").is_estimated
    louder = read_rules('{"rules": {"rate_anomaly": {"severity": "critical", "cooldown_s": 60}}}')
    assert (louder.rule("rate_anomaly").severity, louder.rate_anomaly.cooldown_s) == ("critical", 60)
    assert louder.rules == BUILT_IN


# file: message
WRONG = {
    '{"mode": "on"}': 'mode is "on"; it has to be one of observe, enforce',
    '{"mode" "on"}': "is no JSON: line 1, column 9: Expecting ':' delimiter",
    "[]": "the file is []; it has to be an object",
    '{"rule": {}}': "rule is unknown; did you mean rules?",
    '{"rules": {"user_rates": {"limit": 1}}}': (
        "rules.user_rates is not built in and lacks keys, window_s; did you mean user_rate?"
    ),
    '{"rules": {"user_rate": 5}}': "rules.user_rate is 5; it has to be an object",
    '{"rules": {"user_rate": {"limits": 5}}}': "rules.user_rate.limits is unknown; did you mean limit?",
    '{"rules": {"user_rate": {"limit": 0}}}': "rules.user_rate.limit is 0; it has to be a whole number of 1 or more",
    '{"rules": {"user_rate": {"limit": true}}}': (
        "rules.user_rate.limit is true; it has to be a whole number of 1 or more"
    ),
    '{"rules": {"user_rate": {"window_s": 65}}}': (
        "rules.user_rate.window_s is 65; it has to be a multiple of 10 up to 86400"
    ),
    '{"rules": {"user_rate": {"slide_s": 70}}}': "rules.user_rate.slide_s is 70; it must not exceed window_s 60",
    '{"rules": {"cart_flood": {"ttl_s": 60}}}': (
        "rules.cart_flood.ttl_s is 60; it must not be shorter than slide_s 100: one burst would be many incidents"
    ),
    '{"rules": {"user_rate": {"window_s": 43200}}}': (
        "rules.user_rate.ttl_s is 3600; it must not be shorter than slide_s 7200: one burst would be many incidents"
    ),
    '{"rules": {"inhuman_gap": {"ttl_s": 290}}}': (
        "rules.inhuman_gap.ttl_s is 290; it must not be shorter than window_s 300: one burst would be many incidents"
    ),
    '{"rules": {"category_flood": {"window_s": 3660}}}': (
        "rules.category_flood.ttl_s is 3600; it must not be shorter than window_s 3660:"
        " one burst would be many incidents"
    ),
    '{"rules": {"session_no_view": {"where": ["view"]}}}': (
        "rules.session_no_view.where has only types of absent: it would never fire"
    ),
    '{"rules": {"user_rate": {"absent": ["view", "cart", "remove_from_cart", "purchase"]}}}': (
        "rules.user_rate.where has only types of absent: it would never fire"
    ),
    '{"rules": {"user_rate": {"keys": ["user"]}}}': (
        'rules.user_rate.keys is ["user"]; it has to be a list of ip, user_id, user_session, category_id'
    ),
    '{"rules": {"breadth": {"where": ["cart"]}}}': (
        "rules.breadth.where cannot be set: gaps and products are those of all events"
    ),
    '{"rules": {"user_rate": {"min_share_ratio": 2}}}': (
        "rules.user_rate.min_share_ratio needs the keys ['category_id']"
    ),
    '{"allow": [{"id": "1"}, {"note": "x"}]}': "allow[1] has to have either id or cidr",
    '{"allow": [{"cidr": "192.0.2.0/99"}]}': (
        'allow[0].cidr is "192.0.2.0/99"; it has to be a network, such as 198.51.100.0/24'
    ),
    '{"allow": [{"id": "1", "expires": "2026-01-01"}]}': (
        'allow[0].expires is "2026-01-01"; it has to be an instant with an offset, such as 2026-01-31T00:00:00Z'
    ),
    '{"rules": {"user_rate": {"severity": "high"}}}': (
        'rules.user_rate.severity is "high"; it has to be one of info, warning, critical'
    ),
    '{"rules": {"cart_flood": {"is_estimated": true}}}': (
        "rules.cart_flood.is_estimated is for rules without conditions"
    ),
    '{"rules": {"rate_anomaly": {"action": "block"}}}': (
        'rules.rate_anomaly.action is "block"; it has to be one of alert, count'
    ),
    '{"rules": {"deny_list": {"limit": 5}}}': "rules.deny_list.limit is unknown; known: severity, cooldown_s",
    '{"rules": {"mass_block_guard": {"limit": 5}}}': "rules.mass_block_guard is the name of something else",
    '{"deny": [{"id": "1", "cidr": "192.0.2.0/24"}]}': "deny[0] has to have either id or cidr",
    '{"unban": [{"id": "1"}]}': "unban[0] lacks at",
    '{"silences": [{"rule": "flood", "expires": "2026-01-01T00:00:00Z"}]}': (
        'silences[0].rule is "flood"; it has to be one of ip_rate, user_rate, session_no_view, inhuman_gap, breadth,'
        " cart_flood, regular_cadence, category_flood, rate_anomaly"
    ),
    '{"silences": [{"expires": "2026-01-01T00:00:00Z"}]}': "silences[0] has to have a rule, id or cidr",
    '{"silences": [{"rule": "breadth"}]}': "silences[0] lacks expires",
    '{"excluded": [{"from": "2026-01-01T00:00:00Z"}]}': "excluded[0] lacks to",
    '{"excluded": [{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T23:30:00Z"}]}': (
        "excluded[0].to is 2026-01-01T23:30:00Z; it has to be later than from 2026-01-02T00:00:00Z"
    ),
    '{"excluded": [{"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T01:00:00+01:00"}]}': (
        "excluded[0].to is 2026-01-02T01:00:00+01:00; it has to be later than from 2026-01-02T00:00:00Z"
    ),
    '{"allow": [{"id": "1", "expires": "9999-12-31T23:59:59-01:00"}]}': (
        'allow[0].expires is "9999-12-31T23:59:59-01:00"; it has to be an instant with an offset, such as'
        " 2026-01-31T00:00:00Z"
    ),
    '{"unban": [{"id": "1", "at": "0001-01-01T00:00:00+01:00"}]}': (
        'unban[0].at is "0001-01-01T00:00:00+01:00"; it has to be an instant with an offset, such as'
        " 2026-01-31T00:00:00Z"
    ),
    '{"rules": {"user_rate": {"limit": 90}, "ip_rate": {"limit": 9}, "user_rate": {"ttl_s": 60}}}': (
        "user_rate is twice in one object"
    ),
    '{"mode": "enforce", "mode": "observe"}': "mode is twice in one object",
    '{"rules": {"pr\u00fcfung": {"keys": ["ip"], "window_s": 60, "limit": 5}}}': (
        'rules."pr\\u00fcfung" is no name; it has to be up to 100 printable ASCII characters'
    ),
    '{"mass_block_guard": {"max_share": 2}}': "mass_block_guard.max_share is 2; it has to be a number from 0 to 1",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_is_refused_and_the_message_names_the_field(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        read_rules(text)
    assert str(caught.value) == WRONG[text]
