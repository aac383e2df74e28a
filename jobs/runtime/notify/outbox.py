"""Send each notice to each recipient once, with retries, and record the result."""

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from queue import Empty, Queue
from threading import Thread

from pyspark.sql import functions as F

from jobs.runtime.ledger.ledger import Ledger
from jobs.runtime.masking import masked
from jobs.runtime.notify.channels import CHANNELS, Post, channel
from jobs.runtime.notify.notice import InDoubt, Notice, NotTaken, Turn
from jobs.runtime.spark.frames import local_frame
from schemas.ops.notices import NOTICES

# Before each of three more tries, in seconds; and how long a channel may keep us waiting.
_PAUSES = (0.5, 1.0, 2.0)
PATIENCE = 16.0


@dataclass(frozen=True)
class SendResult:
    """What became of a notice: sent, failed or in_doubt, after so many tries, and why; `is_dead` where the channel would take no other either."""

    status: str
    tries: int = 0
    message: str | None = None
    is_dead: bool = False


def send_once(post: Post, about: str, notices: Mapping[str, Notice], ledger: Ledger) -> dict[str, SendResult]:
    """Send each recipient the notice who was not sent one `about` this before, whichever run did. Each is recorded before and after it is sent.

    Of one that a run was sending when it was killed nobody knows: it is in doubt, and told so.
    """
    known, dead = _known(ledger, about), dict[str, SendResult]()
    outcomes = {
        one: SendResult("in_doubt", 1, "its run was killed")
        for one in notices
        if known.get(_mark(about, one)) == "sending"
    }
    unrecorded = dict(outcomes)
    for recipient, notice in _left(about, notices, known).items():
        if (by := channel(recipient)) not in dead:
            record(ledger, about, {**unrecorded, recipient: SendResult("sending")})
            unrecorded = {}
        outcomes[recipient] = unrecorded[recipient] = _sent(post, about, recipient, notice, PATIENCE, dead.get(by))
        if outcomes[recipient].is_dead:
            dead.setdefault(by, outcomes[recipient])
    if unrecorded:
        record(ledger, about, unrecorded)
    return outcomes


def waiting(about: str, notices: Mapping[str, Notice], ledger: Ledger) -> dict[str, Notice]:
    """Of the recipients those who were not sent one about this, or to whom it surely did not go."""
    return _left(about, notices, _known(ledger, about))


def _left(about: str, notices: Mapping[str, Notice], known: Mapping[str, str]) -> dict[str, Notice]:
    return {
        recipient: notice
        for recipient, notice in notices.items()
        if known.get(_mark(about, recipient), "failed") == "failed"
    }


def send(post: Post, about: str, recipients: Sequence[str], notice: Notice) -> dict[str, SendResult]:
    """Send all the same. Channels side by side, each no longer than our patience, all its recipients together."""

    def by(name: str) -> dict[str, SendResult]:
        found, until = dict[str, SendResult](), time.monotonic() + PATIENCE
        for recipient in (one for one in recipients if channel(one) == name):
            dead = next((one for one in found.values() if one.is_dead), None)
            found[recipient] = _sent(post, about, recipient, notice, until - time.monotonic(), dead)
        return found

    with ThreadPoolExecutor(len(CHANNELS)) as pool:
        return dict(chain.from_iterable(found.items() for found in pool.map(by, CHANNELS)))


def _sent(
    post: Post, about: str, recipient: str, notice: Notice, patience: float, dead: SendResult | None
) -> SendResult:
    """What came of it; that it is in doubt, where nobody knows within our patience. By a channel that is dead nothing is tried."""
    if dead:
        return SendResult("failed", 0, f"not tried: {dead.message}", is_dead=True)
    answer, turn = Queue[SendResult](), Turn()
    tried = partial(_tried, post, recipient, notice, _mark(about, recipient), turn)
    Thread(target=lambda: answer.put(tried()), daemon=True).start()  # no process waits for its end
    try:
        return answer.get(timeout=max(patience, 0.1))
    except Empty:
        return SendResult("failed" if turn.give_up() else "in_doubt", 1, "no answer for too long", is_dead=True)


def _tried(post: Post, recipient: str, notice: Notice, mark: str, turn: Turn) -> SendResult:
    for tries, pause in enumerate((*_PAUSES, None), 1):
        try:
            post.send(recipient, notice, mark, turn)
        except InDoubt as error:
            return SendResult("in_doubt", tries, _line(error))
        except Exception as error:  # whatever a server says, or is not there to say
            turn.end()
            refusal = error if isinstance(error, NotTaken) else None
            if pause is None or (refusal and refusal.is_final):
                return SendResult("failed", tries, _line(error), is_dead=not refusal)
            time.sleep(pause)
        else:
            return SendResult("sent", tries)
    raise AssertionError("the last try has no pause")


def told(outcomes: Mapping[str, SendResult]) -> str:
    """In one line: how many were sent, and why others were not."""
    counted = Counter(
        (one.status.replace("_", " "), channel(recipient), one.message) for recipient, one in outcomes.items()
    )
    return (
        "; ".join(
            f"{count:,} {status} by {by}{f' ({why})' if why else ''}" for (status, by, why), count in counted.items()
        )
        or "nobody is left to tell"
    )


def _mark(about: str, recipient: str) -> str:
    return hashlib.sha256(f"{about}\n{recipient.lower()}".encode()).hexdigest()


def _line(error: Exception) -> str:
    return masked((str(error) or type(error).__name__).splitlines()[0])


def _known(ledger: Ledger, about: str) -> dict[str, str]:
    """What became last of what was told about this, by recipient."""
    if ledger.lake.main(NOTICES) is None:
        return {}
    recorded = ledger.lake.published(NOTICES).filter(F.col("about") == about)
    newest = recorded.groupBy("recipient").agg(F.max(F.struct("recorded_at", "status")).alias("last"))
    return {row.recipient: row.last.status for row in newest.collect()}


def record(ledger: Ledger, about: str, outcomes: Mapping[str, SendResult]) -> None:
    ledger.lake.ensure(NOTICES)
    of_now = {"about": about, "run_id": ledger.run_id, "recorded_at": datetime.now(UTC)}
    told = [
        {
            **of_now,
            "recipient": _mark(about, recipient),
            "channel": channel(recipient),
            "status": one.status,
            "tries": one.tries,
            "message": one.message,
        }
        for recipient, one in outcomes.items()
    ]
    ledger.lake.append(NOTICES, local_frame(ledger.lake.spark, NOTICES, told))
