"""The block list: who is blocked, since when and until when."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from schemas.realtime.vocabulary import BLOCK_ACTIONS
from transforms.detection.incidents import Incident, by_actor
from transforms.detection.rules import DAY_S, Key, Rule, RuleSet

MAX_BLOCK_S = 7 * DAY_S
# After so many times `ttl_s` without a breach, offences are forgotten.
OFFENCES_LAST = 4
BlockPlace = tuple[str, Key, int]


@dataclass(frozen=True)
class Block:
    """One block of a key by a rule: the result of an incident. Instants are in seconds since 1970.

    `max_rate` is in events per second, of the window with most. `offences` counts the blocks of this key by this rule,
    which double the time that a block lasts. `mode` is observe where the block is only recorded. `is_lifted` tells that
    the instant at which the key is unbanned has come.
    """

    rule: str
    key: Key
    action: str
    first_seen: int
    last_seen: int
    raised_at: int
    max_rate: float
    expires_at: int
    offences: int
    mode: str
    is_lifted: bool = False

    @property
    def place(self) -> BlockPlace:
        """What makes a block one of its kind: rule, key and first_seen."""
        return self.rule, self.key, self.first_seen


def block_list(
    incidents: Iterable[Incident],
    rules: RuleSet,
    active_keys: Callable[[int, int], int],
    *,
    now: int,
    tripped_at: int | None = None,
) -> tuple[list[Block], int | None]:
    """All blocks, by the instant at which they were raised, and the instant at which mass_block_guard tripped, if ever.

    From that instant on, blocks are in mode observe. `active_keys` returns the number of keys with events in a span.
    `now` is as in `blocks_of`. `tripped_at` is when the guard is known to have tripped, from incidents that have been
    forgotten since.
    """
    found = blocks_of(incidents, rules, now)
    if tripped_at is None or tripped_at <= rules.mass_block_guard.released:
        tripped_at = _tripped_at(found, rules, active_keys)
    return [
        replace(block, mode="observe") if tripped_at is not None and block.raised_at >= tripped_at else block
        for block in found
    ], tripped_at


def blocks_of(incidents: Iterable[Incident], rules: RuleSet, now: int) -> list[Block]:
    """The blocks of incidents, by the instant at which they were raised, in the mode of the rules.

    `now` is the instant up to which unbans have come.
    """
    found = list[Block]()
    for (rule_id, _), of_actor in by_actor(one for one in incidents if one.action in BLOCK_ACTIONS):
        ttl_s, offences, last_seen = rules.rule(rule_id).ttl_s, 0, 0
        for incident in of_actor:
            is_forgotten = incident.first_seen - last_seen > OFFENCES_LAST * ttl_s
            offences, last_seen = 1 if is_forgotten else offences + 1, incident.last_seen
            found.append(_block(incident, rules, offences, now))
    return sorted(found, key=_order)


def decided_before(
    saved: Iterable[Block], by_rules: Iterable[Block], rules: RuleSet, now: int
) -> dict[BlockPlace, Block]:
    """The blocks that stay as they have been decided, though `by_rules`, the rules of now, they would be others.

    These are the `saved` ones that are over, those that end now because the rules of now do not block their key, and
    those that mass_block_guard has held back until its release.
    """
    of_rules, found = {block.place: block for block in by_rules}, dict[BlockPlace, Block]()
    for block in saved:
        new = of_rules.get(block.place)
        is_over = block.is_lifted or block.expires_at <= now
        if not is_over and block.raised_at <= now and _ends(block, new, rules, now):
            found[block.place] = replace(block, expires_at=max(now, block.last_seen + 1), is_lifted=True)
        elif is_over and block != new:
            found[block.place] = block
        elif new and block.mode == "observe" and block.raised_at <= rules.mass_block_guard.released:
            found[block.place] = replace(new, mode="observe")
    return found


def with_decided(blocks: Iterable[Block], decided: Mapping[BlockPlace, Block]) -> list[Block]:
    """The blocks as they have been decided before, unless there were breaches since.

    Lifted blocks that no incident explains any more are among them: their rows and items have to end too.
    """
    found = list[Block]()
    for block in blocks:
        known = decided.get(block.place)
        if known and known.last_seen == block.last_seen:
            block = replace(block, expires_at=known.expires_at, mode=known.mode, is_lifted=known.is_lifted)
        found.append(block)
    places = {block.place for block in found}
    unexplained = [block for place, block in decided.items() if block.is_lifted and place not in places]
    return sorted((*found, *unexplained), key=_order)


def _ends(block: Block, new: Block | None, rules: RuleSet, now: int) -> bool:
    """Whether the rules of now, by which the block is `new`, end a block in force."""
    if new is None or any(listed.covers(block.key, now) for listed in rules.allow):
        return True
    if new.is_lifted:
        return False  # it has ended at the instant of an unban
    is_shorter = new.expires_at < block.expires_at and new.expires_at <= max(now, block.last_seen + 1)
    is_recorded = block.mode == "enforce" and new.mode == "observe"
    return is_shorter or is_recorded or rules.rule(block.rule).action not in BLOCK_ACTIONS


def _order(block: Block) -> tuple[int, str, Key]:
    return block.raised_at, block.rule, block.key


def _block(incident: Incident, rules: RuleSet, offences: int, now: int) -> Block:
    rule = rules.rule(incident.rule)
    expires_at = incident.last_seen + min(rule.ttl_s * 2 ** (offences - 1), MAX_BLOCK_S)
    if rule.deny:
        expires_at = _denied_until(rule, incident)
    unbanned_at = rules.unbanned_at(incident.key, after=incident.first_seen)
    return Block(
        rule=rule.id,
        key=incident.key,
        action=incident.action,
        first_seen=incident.first_seen,
        last_seen=incident.last_seen,
        raised_at=incident.raised_at,
        max_rate=incident.max_value / rule.window_s,
        expires_at=min(expires_at, max(unbanned_at or expires_at, incident.last_seen + 1)),
        offences=offences,
        mode=rules.mode,
        is_lifted=unbanned_at is not None and unbanned_at < expires_at and unbanned_at <= now,
    )


def _denied_until(rule: Rule, incident: Incident) -> int:
    """When a key leaves the deny list, at most seven days after its last event; at once where it has left it."""
    latest = incident.last_seen + MAX_BLOCK_S
    entries = [listed for listed in rule.deny if listed.covers(incident.key, incident.last_seen)]
    ends = [int(listed.expires.timestamp()) if listed.expires else latest for listed in entries]
    return max(incident.last_seen + 1, min(latest, max(ends, default=0)))


def _tripped_at(blocks: list[Block], rules: RuleSet, active_keys: Callable[[int, int], int]) -> int | None:
    """When too many blocks are raised within the window of the guard. Blocks come in the order they were raised.

    Blocks of the deny list do not count: they are an operator's decision.
    """
    guard, first = rules.mass_block_guard, 0
    blocks = [one for one in blocks if one.raised_at > guard.released and not rules.rule(one.rule).deny]
    for last, block in enumerate(blocks):
        since = block.raised_at - guard.window_s
        while blocks[first].raised_at <= since:
            first += 1
        new_blocks = len({one.key for one in blocks[first : last + 1]})
        if guard.trips(new_blocks, active_keys(since, block.raised_at)):
            return block.raised_at
    return None
