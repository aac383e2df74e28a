"""Who was told what: each notice goes to each recipient once, and what became of it is recorded."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from queue import Empty, Queue
from threading import Thread

from pyspark.sql import functions as F

from jobs.frames import local_frame
from jobs.masked import masked
from jobs.notices.notice import InDoubt, Notice, NotTaken
from jobs.runtime.ledger import Ledger
from jobs.runtime.notices import CHANNELS, Post, channel
from schemas.ops.notices import NOTICES

# Before each of three more tries, in seconds; and how long a channel may leave us without any answer, all its tries together.
_PAUSES = (0.5, 1.0, 2.0)
PATIENCE = 16.0
# Recorded together before they are sent: of so many nobody knows whether they arrived, where the run is killed.
_TOGETHER = 100


@dataclass(frozen=True)
class Outcome:
    """What became of a notice: sent, failed or in_doubt, after so many tries, and why."""

    status: str
    tries: int = 0
    message: str | None = None
    is_silent: bool = False

    @property
    def is_dead(self) -> bool:
        """Whether the channel took nothing, however often it was tried, or did not answer."""
        return self.is_silent or (self.status == "failed" and self.tries > len(_PAUSES))


def send_once(post: Post, about: str, notices: Mapping[str, Notice], ledger: Ledger) -> dict[str, Outcome]:
    """Send each recipient the notice who was not sent one `about` this before, whichever run did; recorded before and after."""
    asked, outcomes = waiting(about, notices, ledger), dict[str, Outcome]()
    for start in range(0, len(asked), _TOGETHER):
        some = list(asked.items())[start : start + _TOGETHER]
        record(ledger, about, {recipient: Outcome("sending") for recipient, _ in some})
        found = send(post, about, some)
        record(ledger, about, found)
        outcomes |= found
    return outcomes


def waiting(about: str, notices: Mapping[str, Notice], ledger: Ledger) -> dict[str, Notice]:
    """Of the recipients those who were not sent one about this, or to whom it surely did not go."""
    known = _known(ledger, about)
    return {recipient: notice for recipient, notice in notices.items() if known.get(_mark(about, recipient), "failed") == "failed"}


def send(post: Post, about: str, notices: Sequence[tuple[str, Notice]]) -> dict[str, Outcome]:
    """Send each recipient the notice. Each channel by itself, side by side: one that is dead keeps no other waiting."""
    by_channel = [some for by in CHANNELS if (some := [one for one in notices if channel(one[0]) == by])]
    with ThreadPoolExecutor(len(CHANNELS)) as pool:
        return dict(chain(*pool.map(lambda some: list(_sent(post, about, some)), by_channel)))


def _sent(post: Post, about: str, notices: Sequence[tuple[str, Notice]]) -> Iterator[tuple[str, Outcome]]:
    """One after the other, until the channel is found dead: what is left is not tried then."""
    why_not = None
    for recipient, notice in notices:
        outcome = Outcome("failed", 0, f"not tried: {why_not}") if why_not else _answered(partial(_tried, post, recipient, notice, _mark(about, recipient)))
        why_not = why_not or (outcome.message if outcome.is_dead else None)
        yield recipient, outcome


def _answered(tried: Callable[[], Outcome]) -> Outcome:
    """What came of it; that it is in doubt, where nobody knows within our patience."""
    answer: Queue[Outcome] = Queue()
    Thread(target=lambda: answer.put(tried()), daemon=True).start()  # the end of a process does not wait for it
    try:
        return answer.get(timeout=PATIENCE)
    except Empty:
        return Outcome("in_doubt", 1, f"no answer within {PATIENCE:.0f} seconds", is_silent=True)


def _tried(post: Post, recipient: str, notice: Notice, mark: str) -> Outcome:
    for tries, pause in enumerate((*_PAUSES, None), 1):
        try:
            post.send(recipient, notice, mark)
        except (InDoubt, NotTaken) as error:
            return Outcome("in_doubt" if isinstance(error, InDoubt) else "failed", tries, _line(error))
        except Exception as error:  # whatever a server says, or is not there to say
            if pause is None:
                return Outcome("failed", tries, _line(error))
            time.sleep(pause)
        else:
            return Outcome("sent", tries)
    raise AssertionError("the last try has no pause")


def told(outcomes: Mapping[str, Outcome]) -> str:
    """In one line: how many were sent, and why others were not."""
    counted = Counter((one.status.replace("_", " "), channel(recipient), one.message) for recipient, one in outcomes.items())
    return "; ".join(f"{count:,} {status} by {by}{f' ({why})' if why else ''}" for (status, by, why), count in counted.items()) or "nobody is left to tell"


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


def record(ledger: Ledger, about: str, outcomes: Mapping[str, Outcome]) -> None:
    ledger.lake.ensure(NOTICES)
    of_now = {"about": about, "run_id": ledger.run_id, "recorded_at": datetime.now(UTC)}
    told = [
        {**of_now, "recipient": _mark(about, recipient), "channel": channel(recipient), "status": one.status, "tries": one.tries, "message": one.message}
        for recipient, one in outcomes.items()
    ]
    ledger.lake.append(NOTICES, local_frame(ledger.lake.spark, NOTICES, told))
