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
from jobs.runtime.notify.channels import CHANNELS, NoticeSender, channel
from jobs.runtime.notify.notice import DeliveryUnknown, Notice, RecipientRefused, SendAttempt
from jobs.runtime.redaction import mask
from jobs.runtime.spark.small_frames import local_frame
from schemas.ops.notices import NOTICES

# Seconds before each of three retries, and seconds to wait for a channel.
_PAUSES = (0.5, 1.0, 2.0)
CHANNEL_TIMEOUT = 16.0


@dataclass(frozen=True)
class SendResult:
    """The status of a notice (sent, failed or in_doubt), the number of tries and the reason.

    `is_dead` means that the channel does not work for any recipient.
    """

    status: str
    tries: int = 0
    message: str | None = None
    is_dead: bool = False


def send_once(sender: NoticeSender, about: str, notices: Mapping[str, Notice], ledger: Ledger) -> dict[str, SendResult]:
    """Send a notice to each recipient who has not received one `about` this from any run.

    Each is recorded before and after it is sent. A notice that was being sent when its run was killed is in doubt
    and is reported as such.
    """
    known, dead = _known(ledger, about), dict[str, SendResult]()
    outcomes = {
        recipient: SendResult("in_doubt", 1, "its run was killed")
        for recipient in notices
        if known.get(_mark(about, recipient)) == "sending"
    }
    unrecorded = dict(outcomes)
    for recipient, notice in _unsent(about, notices, known).items():
        if (by := channel(recipient)) not in dead:
            record(ledger, about, {**unrecorded, recipient: SendResult("sending")})
            unrecorded = {}
        outcomes[recipient] = unrecorded[recipient] = _send(
            sender, about, recipient, notice, CHANNEL_TIMEOUT, dead.get(by)
        )
        if outcomes[recipient].is_dead:
            dead.setdefault(by, outcomes[recipient])
    if unrecorded:
        record(ledger, about, unrecorded)
    return outcomes


def unsent(about: str, notices: Mapping[str, Notice], ledger: Ledger) -> dict[str, Notice]:
    """The notices whose recipients have not received one about this: never tried, or failed."""
    return _unsent(about, notices, _known(ledger, about))


def _unsent(about: str, notices: Mapping[str, Notice], known: Mapping[str, str]) -> dict[str, Notice]:
    return {
        recipient: notice
        for recipient, notice in notices.items()
        if known.get(_mark(about, recipient), "failed") == "failed"
    }


def send(sender: NoticeSender, about: str, recipients: Sequence[str], notice: Notice) -> dict[str, SendResult]:
    """Send one notice to all recipients.

    Channels run in parallel; each has CHANNEL_TIMEOUT seconds for all of its recipients.
    """

    def send_through(name: str) -> dict[str, SendResult]:
        results, deadline = dict[str, SendResult](), time.monotonic() + CHANNEL_TIMEOUT
        for recipient in (recipient for recipient in recipients if channel(recipient) == name):
            dead = next((result for result in results.values() if result.is_dead), None)
            results[recipient] = _send(sender, about, recipient, notice, deadline - time.monotonic(), dead)
        return results

    with ThreadPoolExecutor(len(CHANNELS)) as pool:
        return dict(chain.from_iterable(results.items() for results in pool.map(send_through, CHANNELS)))


def _send(
    sender: NoticeSender, about: str, recipient: str, notice: Notice, timeout: float, dead: SendResult | None
) -> SendResult:
    """Send a notice and wait at most `timeout` seconds; after that it is in doubt. A dead channel is not tried."""
    if dead:
        return SendResult("failed", 0, f"not tried: {dead.message}", is_dead=True)
    answer, attempt = Queue[SendResult](), SendAttempt()
    send_notice = partial(_send_with_retries, sender, recipient, notice, _mark(about, recipient), attempt)
    Thread(target=lambda: answer.put(send_notice()), daemon=True).start()  # daemon: must not keep the process alive
    try:
        return answer.get(timeout=max(timeout, 0.1))
    except Empty:
        return SendResult("failed" if attempt.cancel() else "in_doubt", 1, "no answer for too long", is_dead=True)


def _send_with_retries(
    sender: NoticeSender, recipient: str, notice: Notice, mark: str, attempt: SendAttempt
) -> SendResult:
    for tries, pause in enumerate((*_PAUSES, None), 1):
        try:
            sender.send(recipient, notice, mark, attempt)
        except DeliveryUnknown as error:
            return SendResult("in_doubt", tries, _first_line(error))
        except Exception as error:  # any error of a server or of the connection
            attempt.end()
            refusal = error if isinstance(error, RecipientRefused) else None
            if pause is None or (refusal and refusal.is_final):
                return SendResult("failed", tries, _first_line(error), is_dead=not refusal)
            time.sleep(pause)
        else:
            return SendResult("sent", tries)
    raise AssertionError("the last try has no pause")


def summarize(outcomes: Mapping[str, SendResult]) -> str:
    """One line: how many notices were sent, and why others were not."""
    counts = Counter(
        (result.status.replace("_", " "), channel(recipient), result.message) for recipient, result in outcomes.items()
    )
    return (
        "; ".join(
            f"{count:,} {status} by {by}{f' ({why})' if why else ''}" for (status, by, why), count in counts.items()
        )
        or "every recipient was already notified"
    )


def _mark(about: str, recipient: str) -> str:
    return hashlib.sha256(f"{about}\n{recipient.lower()}".encode()).hexdigest()


def _first_line(error: Exception) -> str:
    return mask((str(error) or type(error).__name__).splitlines()[0])


def _known(ledger: Ledger, about: str) -> dict[str, str]:
    """The newest status of the notices about this, by recipient."""
    if ledger.lake.main(NOTICES) is None:
        return {}
    recorded = ledger.lake.published(NOTICES).filter(F.col("about") == about)
    newest = recorded.groupBy("recipient").agg(F.max(F.struct("recorded_at", "status")).alias("last"))
    return {row.recipient: row.last.status for row in newest.collect()}


def record(ledger: Ledger, about: str, outcomes: Mapping[str, SendResult]) -> None:
    ledger.lake.ensure(NOTICES)
    shared = {"about": about, "run_id": ledger.run_id, "recorded_at": datetime.now(UTC)}
    rows = [
        {
            **shared,
            "recipient": _mark(about, recipient),
            "channel": channel(recipient),
            "status": result.status,
            "tries": result.tries,
            "message": result.message,
        }
        for recipient, result in outcomes.items()
    ]
    ledger.lake.append(NOTICES, local_frame(ledger.lake.spark, NOTICES, rows))
