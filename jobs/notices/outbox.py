"""Who was told what: each notice goes to each recipient once, and what became of it is recorded."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
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

    @property
    def is_dead(self) -> bool:
        """Whether the channel took nothing, however often it was tried."""
        return self.status == "failed" and self.tries > len(_PAUSES)


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
    answers = [_begun(post, about, some) for some in by_channel]
    return dict(outcome for some, found in zip(by_channel, answers, strict=True) for outcome in _answered([recipient for recipient, _ in some], found))


def _begun(post: Post, about: str, notices: Sequence[tuple[str, Notice]]) -> "Queue[Outcome]":
    """Have a thread send them, one after the other, until the channel is found dead."""
    answers: Queue[Outcome] = Queue()

    def work() -> None:
        for recipient, notice in notices:
            answers.put(outcome := _tried(post, recipient, notice, _mark(about, recipient)))
            if outcome.is_dead:
                return

    Thread(target=work, daemon=True).start()  # no run waits for its end
    return answers


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


def _answered(recipients: Sequence[str], answers: "Queue[Outcome]") -> Iterator[tuple[str, Outcome]]:
    """What is known of each: of the one that is under way without an answer that it is in doubt, of those behind it that they were not tried."""
    found = list[Outcome]()
    with suppress(Empty):
        while len(found) < len(recipients) and not (found and found[-1].is_dead):
            found.append(answers.get(timeout=PATIENCE))
    if len(found) < len(recipients) and not (found and found[-1].is_dead):
        found.append(Outcome("in_doubt", 1, f"no answer within {PATIENCE:.0f} seconds"))
    found += [Outcome("failed", 0, f"not tried: {found[-1].message}")] * (len(recipients) - len(found))
    return zip(recipients, found, strict=True)


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
