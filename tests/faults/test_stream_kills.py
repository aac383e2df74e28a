"""A stream that is killed again and again: its tables are those of an undisturbed run, and nothing is sent twice."""

import json
import os
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.realtime.watch import JOB
from jobs.runtime.cli.lake_commands import COMMANDS
from jobs.runtime.spark.small_frames import content_hash
from tests.aws.stand_in import StandIn, recorded, stand_in
from tests.conftest import InProcess
from tests.detection import Event, at, instant
from tests.mail import MailServer, mail_server
from tests.processes import HASTY, start

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]
SEED = int(os.environ.get("WEIR_SEED") or secrets.randbelow(10_000))
KILLS = int(os.environ.get("WEIR_KILLS", "20"))
# A batch reads one file, and lasts about a second.
FILES, FILE_S = 12 + 12 * KILLS, 10
WATCH = ("--max_files", "1", "--trigger_s", "1", "--clock", "2019-10-02T00:00:00Z")
# A publication takes longer than a batch. Streams that are killed publish often; those that read to the end need not.
KILLED, TO_THE_END = ("--publish_s", "8"), ("--publish_s", "120", "--available_now")


def events(file: int, chance: random.Random) -> list[Event]:
    """Shoppers; every third file a visitor who floods the shop; now and then an event out of order, or a late one."""
    found = [
        at(
            file * FILE_S + chance.randrange(FILE_S),
            user_id=chance.randrange(50),
            category_id=chance.randrange(4),
            event_type=chance.choice(("view", "view", "cart", "purchase")),
            user_session=f"s{chance.randrange(60)}",
        )
        for _ in range(30)
    ]
    if file % 3 == 0:
        found += [at(file * FILE_S + one / 10, user_id=1000 + file, category_id=1) for one in range(70)]
    if file % 4 == 0:
        found.append(at(max(0, file * FILE_S - 60), user_id=chance.randrange(50)))
    if file > 30 and file % 10 == 0:
        found.append(at(0, user_id=7))
    return found


def deliver(folder: Path) -> None:
    folder.mkdir()
    chance = random.Random(SEED)
    for file in range(FILES):
        lines = [json.dumps({**event, "event_time": instant(event), "price": "1.00"}) for event in events(file, chance)]
        lines += ['{"event_time": "soon"'] if file % 7 == 0 else []
        path = folder / f"{file:04}.json"
        path.write_text("".join(f"{line}\n" for line in lines))
        os.utime(path, (file, file))  # Spark reads files in the order of their times


def hashes(stream: InProcess, lake: Path) -> dict[str, str]:
    """The tables of a lake: name -> content hash."""
    stream.path = lake
    assert stream.run("--table", "ops.runs", "--limit", "1", job=COMMANDS["show"]) == 0, stream.output
    return {table.name: content_hash(stream.table(table.name).select(*table.data_columns)) for table in JOB.tables}


@pytest.fixture
def post() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def aws() -> Iterator[StandIn]:
    with stand_in() as server:
        yield server


def blocks(client: Any) -> list[tuple[str, str, str]]:
    items = client.scan(TableName="blocks")["Items"]
    return sorted((one["key"]["S"], one["last_seen"]["N"], one["expires_at"]["N"]) for one in items)


def create_table(client: Any) -> None:
    client.create_table(
        TableName="blocks",
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.mark.fault(
    "R01",
    injected="kill -9 of a stream at random instants, restarted from its checkpoint",
    checked="the tables of an undisturbed run; no mail and no block is sent twice",
)
def test_a_stream_that_is_killed_at_random_instants_ends_in_the_undisturbed_tables_and_sends_nothing_twice(
    daily: InProcess, post: MailServer, aws: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily.say(f"WEIR_SEED={SEED} repeats this")
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    (daily.folder / "rules.json").write_text(
        json.dumps({"mode": "enforce", "mass_block_guard": {"max_blocks": 10_000, "max_share": 1}})
    )
    given, calm, struck = (daily.folder / name for name in ("events", "calm", "struck"))
    deliver(given)
    client, chance = aws.client("dynamodb"), random.Random(SEED)
    create_table(client)
    options = ("--input", str(given), "--rules", str(daily.folder / "rules.json"), *WATCH)
    options += ("--notify", "ops@example.com", *post.options, "--block_table", "blocks")
    with recorded(aws.url) as (url, puts):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        for kill in range(KILLS):
            with start("realtime.watch", "--lake", str(struck), *options, *KILLED, java=HASTY) as run:
                while run.stdout and "start Spark" not in (line := run.stdout.readline()) and line:
                    pass
                time.sleep(seconds := chance.uniform(0, 40))
                os.killpg(run.pid, signal.SIGKILL)
                output = run.stdout.read() if run.stdout else ""
            daily.say(f"kill {kill + 1}: {seconds:.1f} s after the start of Spark, {output.count('kept')} publications")
            assert run.returncode == -signal.SIGKILL, output
        with start("realtime.watch", "--lake", str(struck), *options, *TO_THE_END, java=HASTY) as run:
            output = run.stdout.read() if run.stdout else ""
        assert run.returncode == 0, output
    sent = Counter(
        line for mail in post.mails for line in str(mail.get_body(("plain",))).splitlines() if "user" in line
    )
    put = Counter((item["key"]["S"], item["last_seen"]["N"]) for item in puts)
    found = blocks(client)
    client.delete_table(TableName="blocks")
    create_table(client)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    with start("realtime.watch", "--lake", str(calm), *options, *TO_THE_END, java=HASTY) as run:
        output = run.stdout.read() if run.stdout else ""
    assert run.returncode == 0, output
    assert hashes(daily, struck) == hashes(daily, calm)
    assert found == blocks(client)
    assert len(found) >= FILES // 3
    assert {line: times for line, times in sent.items() if times > 1} == {}
    assert {item: times for item, times in put.items() if times > 1} == {}
